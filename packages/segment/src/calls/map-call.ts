import { OCCURRED_AT_MIN_MS } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { conclude } from '../conclude.ts';
import { Draft } from '../draft.ts';
import { type IgnoredReason, type Outcome, Refusal } from '../outcome.ts';
import type { Source } from '../source.ts';
import { occurredAtOf } from '../values/event-time.ts';
import { eventIdOf, readIdOrNothing } from '../values/ids.ts';
import { isObject, type JsonObject, kindOf, objectOf } from '../values/texts.ts';
import { addAlias, addIdentify } from './identities.ts';
import { addPage, addTrack } from './tracks.ts';
import { readWho, type Who } from './who.ts';

export const CALL_TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type CallType = (typeof CALL_TYPES)[number];

/** How a call came. */
export interface Receipt {
  readonly source: Source;
  readonly receivedAt: TimeMs;
  /** The batch's, for calls without one of their own. */
  readonly sentAt?: unknown;
  /** It was archived before it came: what it says of clocks is not put right. By default false. */
  readonly isImported?: boolean;
  /** Events from before it are refused (`events.earliest` of the policy in force); by default 1990. */
  readonly earliestAt?: TimeMs;
  /** An id for an event that has none, such as a UUID. A letter that is mapped again gives its event's. */
  newId(): string;
}

/** A call of Segment's SDKs, as it is mapped. */
export interface Call {
  readonly json: JsonObject;
  readonly source: Source;
  /** As it was given, or made on receipt. */
  readonly messageId: string;
  readonly who: Who;
  readonly draft: Draft;
}

/**
 * The records that a call of Segment's API becomes: one event of a batch, or the body of a request of its own, whose `type`
 * the caller fills in from the path. Pure but for `newId`: the same call gives the same records. Never throws, whatever the JSON holds.
 */
export function mapCall(call: unknown, receipt: Receipt): Outcome {
  const json = objectOf(call);
  const { source, receivedAt, earliestAt = OCCURRED_AT_MIN_MS as TimeMs } = receipt;
  const given = readIdOrNothing(json['messageId']);
  const messageId = given ?? receipt.newId();
  const eventId = eventIdOf(source.name, messageId);
  const reason = ignoredReasonOf(json);
  if (reason !== null) return { verdict: 'ignored', eventId, reason };
  return conclude(eventId, earliestAt, () => {
    const add = adderOf(call);
    const who = readWho(json);
    const { timestamp, originalTimestamp } = json;
    const sentAt = json['sentAt'] ?? receipt.sentAt;
    const occurredAt = occurredAtOf(
      { timestamp, originalTimestamp, sentAt, receivedAt },
      receipt.isImported ? 'server' : source.kind,
    );
    const draft = new Draft(source, { eventId, customerId: who.customerId, occurredAt });
    if (given === null) draft.warn('no-message-id');
    add({ json, source, messageId, who, draft });
    return draft;
  });
}

/** The type of a call, for metrics; `other` for none that there is. */
export function callTypeOf(call: unknown): CallType | 'other' {
  const { type } = objectOf(call);
  return CALL_TYPES.find((known) => known === type) ?? 'other';
}

const ADDERS: Readonly<Record<Exclude<CallType, 'group'>, (call: Call) => void>> = {
  track: addTrack,
  page: (call) => addPage(call, 'page'),
  screen: (call) => addPage(call, 'screen'),
  identify: addIdentify,
  alias: addAlias,
};

function adderOf(call: unknown): (call: Call) => void {
  if (!isObject(call)) throw new Refusal('unmapped', '(event)', 'a call as a JSON object', kindOf(call));
  const type = callTypeOf(call);
  if (type !== 'other' && type !== 'group') return ADDERS[type];
  throw new Refusal('unmapped', 'type', `one of ${CALL_TYPES.join(', ')}`, kindOf(call['type']));
}

function ignoredReasonOf(json: JsonObject): IgnoredReason | null {
  if (objectOf(objectOf(json['context'])['library'])['name'] === 'tidemark') return 'own-event';
  const integrations = objectOf(json['integrations']);
  const own = integrations['Tidemark'];
  if (own === false || (own === undefined && integrations['All'] === false)) return 'integrations';
  return json['type'] === 'group' ? 'not-used' : null;
}
