import type { Acknowledged, SentEvent } from '../ledger.ts';
import type { Findings } from './findings.ts';

/** A record of a raw topic. */
export interface RawEvidence {
  /** `topic:offset`. */
  readonly origin: string;
  /** `event`: it can be read; `malformed`: it cannot; `policy`: repeats of its number are passed over. */
  readonly kind: 'event' | 'malformed' | 'policy';
  readonly eventId: string | null;
  /** All that an order event says but its id; null for other records. One that says the same as another is its repeat. */
  readonly says: string | null;
}

/** A record of the timeline that has an origin. */
export interface TimelineEvidence {
  readonly offset: number;
  readonly topic: string;
  readonly originOffset: number;
  readonly eventId: string | null;
  readonly customerId: string | null;
  /** Of an order. */
  readonly amountMinor: number | null;
}

export interface LaneEvidence {
  readonly lane: number;
  readonly raw: readonly RawEvidence[];
  /** In order, repeats included. */
  readonly timeline: readonly TimelineEvidence[];
  /** Origins of unify's dead letters, in order, repeats included. */
  readonly letters: readonly string[];
}

/**
 * Whether every record of a lane's raw topics became one timeline record, or a dead letter, or is a repeat of an event
 * that did; and whether what stands on the timeline is what was sent. Timeline records are taken as the folds take them:
 * those whose origin, or a later one of their topic, came before are dropped.
 */
export function checkAccounts(
  { lane, raw, timeline, letters }: LaneEvidence,
  sent: ReadonlyMap<string, SentEvent>,
  { problems, wireDuplicates, compared }: Findings,
): void {
  compared.rawRecords += raw.length;
  const taken = dropRepeats(timeline);
  wireDuplicates.timeline += timeline.length - taken.length;
  const refused = new Set(letters);
  wireDuplicates.deadLetters += letters.length - refused.size;
  const byOrigin = new Map(taken.map((record) => [`${record.topic}:${record.originOffset}`, record]));
  const byEvent = new Map<string, TimelineEvidence>();
  for (const record of taken) {
    const at = `lane ${lane}, timeline offset ${record.offset}`;
    if (record.eventId === null) continue;
    const first = byEvent.get(record.eventId);
    if (first !== undefined) problems.doubled.push(`${at}: event ${record.eventId}, as at offset ${first.offset}`);
    else byEvent.set(record.eventId, record);
    const event = sent.get(record.eventId);
    if (event === undefined) problems.ghosts.push(`${at}: event ${record.eventId}, which nobody sent`);
    else if (event.customerId !== record.customerId || event.amountMinor !== record.amountMinor) {
      problems.torn.push(`${at}: event ${record.eventId} is not what was sent`);
    }
  }
  const known = new Set(raw.map(({ origin }) => origin));
  const said = new Set(raw.flatMap(({ origin, says }) => (says !== null && byOrigin.has(origin) ? [says] : [])));
  for (const origin of [...byOrigin.keys(), ...refused]) {
    if (!known.has(origin)) problems.ghosts.push(`lane ${lane}: something came of ${origin}, which is not there`);
  }
  for (const { origin, kind, eventId, says } of raw) {
    const at = `lane ${lane}, ${origin}`;
    const became = byOrigin.get(origin);
    if (became !== undefined && became.eventId !== eventId) problems.torn.push(`${at}: became event ${became.eventId}`);
    if (became !== undefined && refused.has(origin)) problems.doubled.push(`${at}: taken and refused`);
    if (became !== undefined || refused.has(origin) || kind === 'policy') continue;
    const isRepeat = (eventId !== null && byEvent.has(eventId)) || (says !== null && said.has(says));
    if (!isRepeat) problems.lost.push(`${at}: ${kind} ${eventId ?? ''} is neither on the timeline nor refused`);
  }
}

/** Whether the log still holds what it acknowledged, where it said. `raw` by `lane/topic:offset`. */
export function checkAcknowledged(
  acknowledged: readonly Acknowledged[],
  raw: ReadonlyMap<string, RawEvidence>,
  { problems }: Findings,
): void {
  for (const { topic, lane, offset, eventId } of acknowledged) {
    const found = raw.get(`${lane}/${topic}:${offset}`);
    if (found === undefined || found.eventId !== eventId) {
      problems.lost.push(`lane ${lane}, ${topic}:${offset}: acknowledged ${eventId ?? 'record'} is not there`);
    }
  }
}

function dropRepeats(timeline: readonly TimelineEvidence[]): TimelineEvidence[] {
  const last = new Map<string, number>();
  return timeline.filter(({ topic, originOffset }) => {
    if (originOffset <= (last.get(topic) ?? -1)) return false;
    last.set(topic, originOffset);
    return true;
  });
}
