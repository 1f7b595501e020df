/** What a failure was about; never a customer's data. */
export type ContractErrorContext = Readonly<Record<string, string | number>>;

/**
 * - `corrupt-record`: bytes are not a record of the schema that their header names.
 * - `invalid-record`: a value does not fit the schema it should be written with.
 * - `unknown-fingerprint`: bytes were written with a schema version that this build does not have.
 * - `invalid-header`: a header that the pipeline sets itself is missing or unreadable.
 * - `invalid-name`: a namespace that Kafka or Redis could not carry.
 * - `registry-unavailable`: the schema registry could not be asked; the only one worth trying again.
 */
export type ContractErrorCode =
  | 'corrupt-record'
  | 'invalid-record'
  | 'unknown-fingerprint'
  | 'invalid-header'
  | 'invalid-name'
  | 'registry-unavailable';

/** A record, header or name broke the contract between services. */
export class ContractError extends Error {
  readonly code: ContractErrorCode;
  readonly retriable: boolean;
  readonly context: ContractErrorContext;

  constructor(code: ContractErrorCode, message: string, context: ContractErrorContext = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ContractError';
    this.code = code;
    this.retriable = code === 'registry-unavailable';
    this.context = context;
  }
}
