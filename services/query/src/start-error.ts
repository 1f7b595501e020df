import { TidemarkError } from '@tidemark/domain';

/**
 * - `tokens-required`: the host can be reached from elsewhere, and no token is configured.
 * - `port-in-use`, `host-unavailable`: the address cannot be bound.
 */
export type StartErrorCode = 'tokens-required' | 'port-in-use' | 'host-unavailable';

/** The server was not started. The message says what was expected, what was found, and what to do. */
export class StartError extends TidemarkError<StartErrorCode> {
  override readonly name = 'StartError';
}
