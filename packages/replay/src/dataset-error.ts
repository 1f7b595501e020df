export type DatasetErrorCode =
  | 'data-set-missing'
  | 'data-set-unreadable'
  | 'data-set-encoding'
  | 'data-set-header'
  | 'data-set-empty';

/** A data set cannot be used at all. The message says what was expected, what was found, where, and what to do. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code: DatasetErrorCode;
  constructor(code: DatasetErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
