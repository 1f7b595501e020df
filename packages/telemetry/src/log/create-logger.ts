import { type DestinationStream, type Level, type Logger, pino } from 'pino';
import { prettyStream } from './pretty-stream.ts';
import { redactFields } from './redact.ts';

export interface LoggerOptions {
  readonly level: Level | 'silent';
  /** `json`: a JSON object a line; `pretty`: for people. */
  readonly format: 'json' | 'pretty';
  /** Stderr by default: stdout is for what a command was asked for. Written to at once, without a thread. */
  readonly destination?: DestinationStream;
  /** Goes into every line. */
  readonly service?: string;
}

const STDERR = 2;

/**
 * A logger whose lines hold no customer's data and no secret: fields are redacted by name at any depth, also those of
 * child loggers and what serializers make, and errors lose messages that are not ours. A message is the caller's own words:
 * put data in fields, never into the message.
 */
export function createLogger({ level, format, destination, service }: LoggerOptions): Logger {
  const out = destination ?? pino.destination({ dest: STDERR, sync: true });
  const logger = pino(
    {
      level,
      base: service === undefined ? null : { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      // By then an error is what `redactFields` made of it; pino's own serializer would look for more.
      serializers: { err: (error: unknown) => error },
      formatters: {
        level: (label) => ({ level: label }),
        // Before any serializer: one that a framework brings along would write a message down.
        log: redactFields,
      },
      hooks: {
        logMethod(args, method) {
          method.apply(this, withMessage(args));
        },
        // After everything else: what serializers make has passed nothing yet.
        streamWrite: (line) => `${JSON.stringify(redactLine(line))}\n`,
      },
    },
    format === 'pretty' ? prettyStream(out) : out,
  );
  return redactChildren(logger);
}

/** Pino has no formatter for what a child logger puts into its lines. Children inherit the method. */
function redactChildren(logger: Logger): Logger {
  const { child } = logger;
  logger.child = function redacted(this: Logger, bindings, options) {
    return child.call(this, redactFields(bindings), options);
  } as typeof child;
  return logger;
}

/** Without a message of its own a line would get the error's. */
function withMessage(args: Parameters<pino.LogFn>): Parameters<pino.LogFn> {
  const [first, message] = args as [unknown, unknown];
  if (message !== undefined) return args;
  if (first instanceof Error) return [{ err: first }, 'an error'];
  return hasError(first) && !('msg' in first) ? [first, 'an error'] : args;
}

function hasError(fields: unknown): fields is { readonly err: unknown } {
  return typeof fields === 'object' && fields !== null && 'err' in fields;
}

function redactLine(line: string): Record<string, unknown> {
  return redactFields(JSON.parse(line) as Record<string, unknown>);
}
