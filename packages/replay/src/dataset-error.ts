import { TidemarkError } from '@tidemark/domain';

export type DatasetErrorCode =
  | 'data-set-missing'
  | 'data-set-unreadable'
  | 'data-set-encoding'
  | 'data-set-header'
  | 'data-set-empty';

/** A data set cannot be used at all. The message says what was expected, what was found, where, and what to do. */
export class DatasetError extends TidemarkError<DatasetErrorCode> {
  override readonly name = 'DatasetError';
}
