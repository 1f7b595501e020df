import type { Clock } from '@tidemark/stream';
import { Throttle } from '@tidemark/telemetry';
import type { Logger } from 'pino';

/** What an outage makes a client library say a thousand times gets a line at first, then at most one in this time. */
const REPEATED_EVERY_MS = 60_000;

/** Writes lines of the same words only now and then; `count` says how many one stands for. */
export interface Announcer {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export function createAnnouncer(logger: Logger, clock: Pick<Clock, 'elapsedMs'>): Announcer {
  const repeated = new Throttle(clock, REPEATED_EVERY_MS);
  const at = (level: 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    const count = repeated.take(`${level} ${message}`);
    if (count !== null) logger[level]({ ...fields, ...(count === 1 ? {} : { count }) }, message);
  };
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}
