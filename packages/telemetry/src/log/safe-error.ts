import { Fault, OperatingError } from '@tidemark/stream';

/** What of an error may be written down. */
export interface SafeError {
  readonly name: string;
  readonly code?: string;
  /** Only of errors whose messages are written here and hold no customer's data. */
  readonly message?: string;
  readonly stack: readonly string[];
  readonly cause?: SafeError;
}

/** A cause of a cause of a cause says nothing more. */
const CAUSES_MAX = 3;
const FRAMES_MAX = 30;
/** Names and codes are words of programs; whatever else stands there may be data. */
const WORD = /^[A-Za-z_$][\w$.-]{0,63}$/;

/**
 * An error's name, code and stack frames. The message of an error that is not ours may quote a customer's data (a parser
 * quotes what it could not parse), so it is left out, in the stack too.
 */
export function safeError(error: unknown, causesMax = CAUSES_MAX): SafeError {
  if (!(error instanceof Error)) return { name: typeof error, stack: [] };
  const code = 'code' in error && typeof error.code === 'string' && WORD.test(error.code) ? error.code : undefined;
  const isOurs = error instanceof OperatingError || error instanceof Fault;
  return {
    name: WORD.test(error.name) ? error.name : 'Error',
    ...(code === undefined ? {} : { code }),
    ...(isOurs ? { message: error.message } : {}),
    stack: framesOf(error),
    ...(error.cause instanceof Error && causesMax > 0 ? { cause: safeError(error.cause, causesMax - 1) } : {}),
  };
}

/** The frames stand below the message, which may have lines that look like frames. */
function framesOf({ stack, message }: Error): readonly string[] {
  if (typeof stack !== 'string') return [];
  const messageAt = message === '' ? -1 : stack.indexOf(message);
  const below = messageAt === -1 ? stack : stack.slice(messageAt + message.length);
  const lines = below.split('\n').slice(1);
  return lines
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, FRAMES_MAX)
    .map((line) => line.trim());
}
