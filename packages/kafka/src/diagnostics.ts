import { type logCreator, logLevel } from 'kafkajs';

/** Where the adapter says what an operator may want to know: the shape of pino's loggers. */
export interface Diagnostics {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What kafkajs warns of and is so by intent: a writer whose tries are used up is closed, never used again. */
const INTENDED = /Limiting retries for the idempotent producer/;
/** Says every answer that is an error, also those that are expected, such as a leader that has moved. */
const CONNECTION = 'Connection';
/** No stacks, no payloads. */
const FIELDS = ['broker', 'groupId', 'memberId', 'topic', 'partition', 'error', 'retryCount', 'retryTime'] as const;

/** kafkajs's own log. Its errors are mostly tries that are repeated: a warning; one that ends something is told apart. */
export function logCreatorOf(diagnostics: Diagnostics): logCreator {
  return () => (entry) => {
    const { message } = entry.log;
    if (INTENDED.test(message)) return;
    const fields: Record<string, unknown> = { from: `kafkajs ${entry.namespace}`.trimEnd() };
    for (const name of FIELDS) if (entry.log[name] !== undefined) fields[name] = entry.log[name];
    if (entry.level === logLevel.ERROR && entry.namespace !== CONNECTION) diagnostics.warn(fields, message);
    else if (entry.level <= logLevel.WARN) diagnostics.info(fields, message);
    else diagnostics.debug(fields, message);
  };
}
