export type ReplayErrorCode = 'other-data-set' | 'other-policy' | 'not-replayed' | 'until-before-data';

/** The log cannot be gone on with. Nothing was written. The message says what to do. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code: ReplayErrorCode;
  constructor(code: ReplayErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
