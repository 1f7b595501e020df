import { type ErrorContext, TidemarkError } from '@tidemark/domain';

/**
 * - `corrupt-record`: bytes are not a record of the schema that their header names.
 * - `invalid-record`: a value does not fit the schema it should be written with.
 * - `unknown-fingerprint`: bytes were written with a schema version that this build does not have.
 * - `unknown-type`: a header names a kind of record that this build does not have.
 * - `unknown-header`: a timeline record's header has a format or a flag that this build does not have.
 * - `policy-unreadable`: a policy has a format or a section that this build does not have, or is none.
 * - `invalid-header`: a header that the pipeline sets itself is missing or unreadable.
 * - `invalid-name`: a namespace that Kafka or Redis could not carry.
 * - `registry-unavailable`: the schema registry could not be asked; the only one worth trying again.
 */
export type ContractErrorCode =
  | 'corrupt-record'
  | 'invalid-record'
  | 'unknown-fingerprint'
  | 'unknown-type'
  | 'unknown-header'
  | 'policy-unreadable'
  | 'invalid-header'
  | 'invalid-name'
  | 'registry-unavailable';

/** A record, header or name broke the contract between services. */
export class ContractError extends TidemarkError<ContractErrorCode> {
  override readonly name = 'ContractError';

  constructor(code: ContractErrorCode, message: string, context: ErrorContext = {}, cause?: unknown) {
    super(code, message, { retriable: code === 'registry-unavailable', context, cause });
  }
}

/** What a lane stops with that meets the error in a topic of the pipeline's own. */
export function faultCodeOf({ code }: ContractError): 'unknown-schema' | 'policy-unreadable' | 'corrupt-record' {
  if (code === 'unknown-fingerprint' || code === 'unknown-type' || code === 'unknown-header') return 'unknown-schema';
  return code === 'policy-unreadable' ? code : 'corrupt-record';
}
