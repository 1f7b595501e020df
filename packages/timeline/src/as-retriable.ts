import { ContractError } from '@tidemark/contracts';
import { OperatingError } from '@tidemark/stream';

/** The registry is away, or log: worth another try. */
export function asRetriable(error: unknown): OperatingError | null {
  if (error instanceof OperatingError && error.retriable) return error;
  if (error instanceof ContractError && error.code === 'registry-unavailable') {
    return new OperatingError('registry-unavailable', error.message, { retriable: true, cause: error });
  }
  return null;
}
