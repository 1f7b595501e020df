/** Milliseconds since the Unix epoch, UTC: event time, log time, stream time, effective time. */
type TimeMs = number & {
  readonly __brand: 'TimeMs';
};
/** What a failure was about: numbers, names of topics, lanes. Never a customer's data. */
type ErrorContext = Readonly<Record<string, string | number>>;
interface TidemarkErrorOptions {
  /** By default false. */
  readonly retriable?: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}
/**
 * What Tidemark throws on purpose. The message says what was expected, what was found, where, and what to do, and holds no
 * customer's data. Anything else that is thrown is a bug.
 */
declare abstract class TidemarkError<Code extends string = string> extends Error {
  /** One of a closed list: programs look at it, and the runbook has a page for those that operators meet. */
  readonly code: Code;
  /** Whether the same may succeed later without anything being changed. */
  readonly retriable: boolean;
  readonly context: ErrorContext;
  constructor(code: Code, message: string, { retriable, context, cause }?: TidemarkErrorOptions);
}
/** Why a view or a tier changed. */
type CauseKind = 'event' | 'silence' | 'policy' | 'cutover' | 'merged' | 'handed_over' | 'erased' | 'override' | 'unknown';
/** How `to` compares to `from`. */
type TierDirection = 'enter' | 'up' | 'down' | 'erased' | 'unknown';
/** What one attribute of a view gives. */
type TierReason = {
  /** `<score>.<attribute>`, such as `rfm.segment`. */
  readonly view: string;
  /** The attribute's value, as text. */
  readonly value: string;
  /** The points that the policy gives for it. */
  readonly points: number;
};
/** Why it was decided now. */
type TierCause = {
  /** The score whose view changed; null for the tier's own timer (grace, minimum stay) or a policy. */
  readonly score: string | null;
  /** event: a record of the customer. silence: a timer, because nothing came. policy: new rules. The others are for later versions; unknown: what a newer version says. */
  readonly kind: CauseKind;
  /** Where the cause stands in the raw log, `topic:offset` without namespace (the lane is the partition), such as `orders:123`; null for silence. */
  readonly origin: string | null;
  /** The eventId of the record that caused it; null for silence and policies. */
  readonly eventId: string | null;
};
/** A customer's tier changed: the product. Topic: tier-changes. Key: the customer's id. */
type TierChangeRecord = {
  /** This lane's tier changes in order: dense, from 1. A gap is a fault. */
  readonly number: number;
  /** Offset in the lane's timeline of the record at which it changed, at least 0. */
  readonly timelineOffset: number;
  /** When the new tier holds from, in stream time: milliseconds since the Unix epoch, UTC. */
  readonly effectiveAt: TimeMs;
  /** The customer's own changes in order: dense, from 1. Whoever keeps the greatest one seen drops repeats. */
  readonly change: number;
  /** The tier before; null for a customer's first. */
  readonly from: string | null;
  /** The tier from now on, as the policy names it; `erased` after an erasure. */
  readonly to: string;
  /** enter: the customer's first tier. up, down: a higher or lower one. erased: the customer was forgotten. unknown: what a newer version says. */
  readonly direction: TierDirection;
  /** The customer's points under the policy in force. */
  readonly points: number;
  /** Every attribute that gives points, sorted by view; their sum is `points`. */
  readonly reasons: readonly TierReason[];
  /** What led to the decision, all at `effectiveAt`. */
  readonly causes: readonly TierCause[];
  /** Number of the policy in force. */
  readonly policyNumber: number;
  /** What people call `from` and `to`: by the tier's name, or by name, dot and language (BCP 47) such as `gold.zh`; empty where the policy has no labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the policy gives with `to`; empty where it names none. */
  readonly benefits: readonly string[];
  /** How the policy means customers of `to` to be treated, for people; null where it does not say, and then version 1 of this schema is written. */
  readonly strategy: string | null;
  /** Version of the fold that decided; null where it does not say. */
  readonly foldVersion: number | null;
  /** The log's epoch, with which `number` is unique for ever; null in a log that was never restored. */
  readonly epoch: string | null;
};
/** What later versions fill. */
type ForLater = 'foldVersion' | 'epoch';
/** A tier change as HTTP and the consumer package give it: the record with its customer, its place, and times as ISO 8601. */
interface TierChangeJson extends Omit<TierChangeRecord, 'effectiveAt' | ForLater> {
  readonly customerId: string;
  /** With `number`, the change's identity: `number` is dense in a lane. */
  readonly lane: number;
  readonly offset: number;
  readonly effectiveAt: string;
}
/** Where a consumer without a place begins: with the first change ever, or with those from now on. */
type Beginning = 'start' | 'now';
/** How far changes have been handled. */
interface Place {
  /** Where the consumer began. */
  readonly from: Beginning;
  /** The source's own word for what comes next. */
  readonly cursor: string;
  /** Of the last change handled, by lane. */
  readonly numbers: Readonly<Record<string, number>>;
}
/** Keeps one consumer's place. */
interface PlaceStore {
  /** Null where nothing was saved. */
  load(): Promise<Place | null>;
  /** Resolves once it is durable, and replaces the one before as a whole. */
  save(place: Place): Promise<void>;
}
/** Forgets with the process: then changes come again from the beginning. */
export declare function memoryPlace(): PlaceStore;
/** Waiting and chance: the system's own unless a test brings others. */
interface ConsumerRuntime {
  /** Resolves after `ms`, or at once when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** At least 0, below 1. */
  random(): number;
}
interface SourcedChange {
  /** Opens a source behind this change. */
  readonly cursor: string;
  /** Null: there was none, up to the cursor. */
  readonly change: TierChangeJson | null;
}
/**
 * Where tier changes come from, in order within a lane; repeats are allowed. An empty batch says that the source is
 * alive. Ends or throws a retriable ConsumerError when it is to be opened again. Nothing is read ahead without bound while
 * the reader is busy. Ends when `signal` aborts.
 */
interface TierChangeSource {
  open(at: Beginning | {
    readonly cursor: string;
  }, signal: AbortSignal): AsyncIterable<readonly SourcedChange[]>;
}
/** Something failed, and is tried again after `waitMs`. */
interface Retry {
  readonly doing: 'connect' | 'handle';
  /** In a row, this one included. */
  readonly failures: number;
  readonly error: unknown;
  readonly waitMs: number;
}
interface ConsumerOptions {
  readonly source: TierChangeSource;
  readonly place: PlaceStore;
  /**
   * Takes changes, a lane's in order of their numbers; resolve when they are done, since then the place moves behind them.
   * After a crash, or when it throws, the same changes come again: make it idempotent by (lane, number), or by (customerId,
   * change). Called once at a time.
   */
  readonly handle: (changes: readonly TierChangeJson[]) => Promise<void> | void;
  /** Ends the consumer, after the call of `handle` that is under way. */
  readonly signal: AbortSignal;
  /** Where to begin without a stored place. */
  readonly from?: Beginning | undefined;
  /** Changes in one call of `handle`. */
  readonly batchChangesMax?: number | undefined;
  /** Calls of `handle` for the same changes before giving up; for ever if absent. */
  readonly handleAttemptsMax?: number | undefined;
  /** The first wait before trying again; doubles up to the greatest. */
  readonly retryMinMs?: number | undefined;
  readonly retryMaxMs?: number | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  readonly runtime?: ConsumerRuntime | undefined;
}
/**
 * Hands every tier change to `handle` at least once: the place is stored only when `handle` has resolved. Repeats that
 * come from Tidemark are dropped by (lane, number), also after a restart. Resolves when `signal` aborts; rejects with
 * ConsumerError when it cannot go on, its place being that of the last changes handled.
 */
export declare function consumeTierChanges(options: ConsumerOptions): Promise<void>;
/**
 * Why tier changes could not be consumed.
 * - `unreachable`: no connection, one that broke or ended, or one that fell silent. Tried again for ever.
 * - `unavailable`: Tidemark asked to come back later. Tried again for ever.
 * - `not-authorised`: the token is missing, wrong, or not for this.
 * - `bad-cursor`: Tidemark does not know the stored place: it belongs to another pipeline.
 * - `unexpected-answer`: the answer is not Tidemark's.
 * - `number-skipped`: a lane's changes have a gap. Going on would lose changes silently.
 * - `handler-failed`: `handle` threw as often as allowed.
 * - `place-unreadable`, `place-not-stored`: the place could not be loaded or saved.
 */
type ConsumerErrorCode = 'unreachable' | 'unavailable' | 'not-authorised' | 'bad-cursor' | 'unexpected-answer' | 'number-skipped' | 'handler-failed' | 'place-unreadable' | 'place-not-stored';
/** What stops a consumer, or for a retriable code what makes it connect again. Its place is that of the last changes handled. */
export declare class ConsumerError extends TidemarkError<ConsumerErrorCode> {
  readonly name = "ConsumerError";
  /** How long the server asked to wait, if it did. */
  readonly retryAfterMs: number | null;
  constructor(code: ConsumerErrorCode, message: string, options?: {
    readonly retryAfterMs?: number | null;
    readonly cause?: unknown;
  });
}
/**
 * Keeps a place in a file: written beside it, flushed to disk, then renamed over it, so that a crash leaves the old one or
 * the new one. The folder must exist. One process may use it at a time.
 */
export declare function filePlace(path: string): PlaceStore;
interface HttpSourceOptions {
  /** Where Tidemark listens, such as `http://127.0.0.1:8080`; a path before `/v1` is kept. */
  readonly url: string;
  readonly token?: string | undefined;
  /** Silence after which the connection counts as broken; Tidemark says something every 15 s. */
  readonly idleTimeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}
/** Reads `GET /v1/tier-changes`, server-sent events. Throws a TypeError for a URL that is none. */
export declare function httpSource(options: HttpSourceOptions): TierChangeSource;
/**
 * What changes come to: one for each customer who ends elsewhere than they began, in the order of their last ones. It is the
 * last change with the first one's `from`; `direction` is `unknown` where the changes went both up and down, since only
 * the policy knows how tiers rank. For a tool that keeps the newest tier and has no use for what lay between.
 *
 * @param changes a customer's in the order of their numbers, as `handle` gets them
 */
export declare function settle(changes: readonly TierChangeJson[]): TierChangeJson[];
export type { Beginning, ConsumerErrorCode, ConsumerOptions, ConsumerRuntime, HttpSourceOptions, Place, PlaceStore, Retry, SourcedChange, TierChangeJson, TierChangeSource };