/** What a failure was about: numbers, names of topics, lanes. Never a customer's data. */
export type ErrorContext = Readonly<Record<string, string | number>>;

export interface TidemarkErrorOptions {
  /** By default false. */
  readonly retriable?: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/**
 * What Tidemark throws on purpose. The message says what was expected, what was found, where, and what to do, and holds no
 * customer's data. Anything else that is thrown is a bug.
 */
export abstract class TidemarkError<Code extends string = string> extends Error {
  /** One of a closed list: programs look at it, and the runbook has a page for those that operators meet. */
  readonly code: Code;
  /** Whether the same may succeed later without anything being changed. */
  readonly retriable: boolean;
  readonly context: ErrorContext;

  constructor(code: Code, message: string, { retriable = false, context = {}, cause }: TidemarkErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retriable = retriable;
    this.context = context;
  }
}
