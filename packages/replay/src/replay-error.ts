import { TidemarkError } from '@tidemark/domain';

export type ReplayErrorCode = 'other-data-set' | 'other-policy' | 'not-replayed' | 'until-before-data';

/** The log cannot be gone on with. Nothing was written. The message says what to do. */
export class ReplayError extends TidemarkError<ReplayErrorCode> {
  override readonly name = 'ReplayError';
}
