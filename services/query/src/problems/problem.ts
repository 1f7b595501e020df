/** Every kind of problem that the API answers with: its title and its HTTP status. `type` is `urn:tidemark:problem:<kind>`. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not well-formed' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one that this request gave' },
  'invalid-events': { status: 400, title: 'Some events would be refused' },
  'token-required': { status: 401, title: 'A valid bearer token is required' },
  'role-required': { status: 403, title: 'The token does not have the role' },
  'foreign-origin': { status: 403, title: 'The request comes from elsewhere' },
  'unknown-customer': { status: 404, title: 'There is no such customer' },
  'held-id': { status: 404, title: 'The id is held: nobody knows yet whose it is' },
  'unknown-tier': { status: 404, title: 'There is no such tier' },
  'unknown-topic': { status: 404, title: 'There is no such topic' },
  'unknown-route': { status: 404, title: 'There is nothing at this address' },
  'method-not-allowed': { status: 405, title: 'The address does not take this method' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'not-live': { status: 409, title: 'Events are not taken now' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The request line or the headers are too large' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'Tidemark cannot answer now' },
  'too-many-streams': { status: 503, title: 'Too many open streams' },
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

/** What is wrong in one place of the request. Values are described by kind and size, never quoted. */
export interface ProblemItem {
  /** Place in `records`, for events. */
  readonly index?: number;
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An answer that is a problem document of RFC 9457. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly errors: readonly ProblemItem[];
  readonly headers: Readonly<Record<string, string>>;
  readonly instance: string | null;

  /** @param detail what was expected and what to do; never a customer's data */
  constructor(
    kind: ProblemKind,
    detail: string,
    options: {
      readonly errors?: readonly ProblemItem[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly instance?: string;
    } = {},
  ) {
    super(detail);
    this.kind = kind;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.instance = options.instance ?? null;
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }

  /** The document, as JSON text. */
  toText(): string {
    const { status, title } = PROBLEMS[this.kind];
    return JSON.stringify({
      type: `urn:tidemark:problem:${this.kind}`,
      title,
      status,
      ...(this.message === '' ? {} : { detail: this.message }),
      ...(this.instance === null ? {} : { instance: this.instance }),
      ...(this.errors.length === 0 ? {} : { errors: this.errors }),
    });
  }
}
