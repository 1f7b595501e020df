import { TidemarkError, type TidemarkErrorOptions } from '@tidemark/domain';

/** Which operating errors there are. `retriable` ones go away by themselves (a broker restarts); the others do not. */
export type OperatingErrorCode =
  | 'log-unavailable'
  | 'store-unavailable'
  | 'registry-unavailable'
  | 'data-folder-corrupt'
  | 'data-folder-held'
  | 'data-folder-newer'
  | 'data-folder-gone'
  | 'disk-full';

/** A failure of something outside the program. Its message says what was expected, what was found, and what to do. */
export class OperatingError extends TidemarkError<OperatingErrorCode> {
  override readonly name = 'OperatingError';

  constructor(
    code: OperatingErrorCode,
    message: string,
    options: TidemarkErrorOptions & { readonly retriable: boolean },
  ) {
    super(code, message, options);
  }
}

/** Why a lane stopped: going on would publish something wrong. An operator has to decide. */
export type FaultCode =
  | 'place-outside-log'
  | 'record-changed'
  | 'state-missing'
  | 'other-fold-version'
  | 'output-skipped'
  | 'corrupt-record'
  | 'unknown-schema'
  | 'policy-unreadable'
  | 'corrupt-state'
  | 'clock-ahead'
  | 'undecodable-batch';

/** A lane's fault: it stops until an operator has mended the cause. */
export class Fault extends TidemarkError<FaultCode> {
  override readonly name = 'Fault';
}
