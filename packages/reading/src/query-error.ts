import { TidemarkError } from '@tidemark/domain';

/**
 * - `invalid-cursor`: a cursor that this build did not give for this request, or that the log no longer covers.
 * - `state-damaged`: what the store holds is not what the services write.
 * - `policy-unreadable`: a newer build applied the policy in force; its rules must not be guessed at.
 * - `upgrading`: another version of a fold is in force than this build's; it passes with the upgrade.
 * - `other-fold-version`: another version of Tidemark wrote the state.
 */
export type QueryErrorCode =
  | 'invalid-cursor'
  | 'state-damaged'
  | 'policy-unreadable'
  | 'upgrading'
  | 'other-fold-version';

/** A question that cannot be answered. The message holds no customer's data. */
export class QueryError extends TidemarkError<QueryErrorCode> {
  override readonly name = 'QueryError';
}
