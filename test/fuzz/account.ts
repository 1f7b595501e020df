import {
  codecs,
  createRawDecoder,
  HEADER,
  type RawDecoder,
  readTimelineHeaders,
  type SchemaIds,
} from '@tidemark/contracts';
import { type EventLog, type Lane, readLane } from '@tidemark/stream';
import { MARK } from './events.ts';
import type { HostileRecord } from './hostile-records.ts';

/** A record that was sent, and where the log has it. */
export interface Sent extends HostileRecord {
  readonly offset: number;
}

export interface Account {
  readonly timeline: number;
  readonly refused: number;
  /** Neither on the timeline nor a dead letter, with a reason: its event or its policy is there already. */
  readonly dropped: number;
  /** Unify's dead letters about anything, also about what others sent. */
  readonly letters: number;
  readonly refusedByReason: Readonly<Record<string, number>>;
  readonly sentByKind: Readonly<Record<string, number>>;
  /** What should not be: none of them may be there. At most so many as a person reads. */
  readonly violations: readonly string[];
}

type ReadableLog = Pick<EventLog, 'lanes' | 'bounds' | 'read'>;

const VIOLATIONS_MAX = 20;

/** Looks for every record that was sent: on the timeline by origin, among unify's dead letters, or there already. */
export async function accountFor(sent: readonly Sent[], log: ReadableLog, schemaIds: SchemaIds): Promise<Account> {
  const lanes = await Promise.all(Array.from({ length: log.lanes }, (_, lane) => readOutcomes(log, lane)));
  const decoder = createRawDecoder(schemaIds);
  const violations: string[] = lanes.flatMap((outcomes) => outcomes.violations);
  const refusedByReason: Record<string, number> = {};
  const sentByKind: Record<string, number> = {};
  const totals = { timeline: 0, refused: 0, dropped: 0 };
  for (const hostile of sent) {
    const outcomes = lanes[hostile.lane];
    if (outcomes === undefined) throw new Error(`expected a lane, found ${hostile.lane}`);
    count(sentByKind, hostile.kind);
    const origin = `${hostile.topic}:${hostile.offset}`;
    const letter = outcomes.letters.get(origin);
    const became = outcomes.origins.has(origin) ? 'timeline' : letter !== undefined ? 'refused' : 'dropped';
    totals[became]++;
    const problems: (string | null)[] = [contradiction(hostile, became)];
    if (letter !== undefined) {
      count(refusedByReason, letter.reason);
      problems.push(outcomes.origins.has(origin) ? 'both on the timeline and a dead letter' : null);
      problems.push(isKept(hostile, letter) ? null : 'other bytes in the dead letter than were sent');
      problems.push(letter.detail.includes(MARK) ? 'a dead letter whose detail has what was sent' : null);
    }
    if (became === 'dropped') problems.push(await unexplained(hostile, outcomes, decoder));
    for (const problem of problems)
      if (problem !== null) violations.push(`${hostile.kind} at ${origin}, lane ${hostile.lane}: ${problem}`);
  }
  return {
    ...totals,
    letters: lanes.reduce((sum, { letters }) => sum + letters.size, 0),
    refusedByReason,
    sentByKind,
    violations: violations.slice(0, VIOLATIONS_MAX),
  };
}

interface Letter {
  readonly reason: string;
  readonly detail: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

interface LaneOutcomes {
  readonly origins: ReadonlySet<string>;
  readonly letters: ReadonlyMap<string, Letter>;
  /** By `nameOfEvent`. */
  readonly events: ReadonlySet<string>;
  readonly violations: readonly string[];
}

async function readOutcomes(log: ReadableLog, lane: Lane): Promise<LaneOutcomes> {
  const origins = new Set<string>();
  const events = new Set<string>();
  const letters = new Map<string, Letter>();
  const violations: string[] = [];
  for await (const { key, headers } of readLane(log, 'timeline', lane)) {
    const { origin, eventId } = readTimelineHeaders(headers);
    if (origin === null) continue;
    if (eventId !== null) {
      const event = nameOfEvent(origin.topic, Buffer.from(key ?? []).toString(), eventId);
      if (events.has(event)) violations.push(`lane ${lane}: an event twice on the timeline`);
      events.add(event);
    }
    const name = `${origin.topic}:${origin.offset}`;
    if (origins.has(name)) violations.push(`lane ${lane}: ${name} twice on the timeline`);
    origins.add(name);
  }
  for await (const { value, headers } of readLane(log, 'dead-letters', lane)) {
    if (value === null) throw new Error('expected a dead letter, found no bytes');
    const { service, topic, offset, ...letter } = codecs['dead-letter'].decode(value, headers[HEADER.schema] ?? '');
    if (service !== 'unify') continue;
    const name = `${topic}:${offset}`;
    if (letters.has(name)) violations.push(`lane ${lane}: ${name} twice among the dead letters`);
    letters.set(name, letter);
  }
  return { origins, letters, events, violations };
}

function contradiction({ fate }: Sent, became: 'timeline' | 'refused' | 'dropped'): string | null {
  const allowed: Readonly<Record<Sent['fate'], readonly string[]>> = {
    refused: ['refused'],
    repeated: ['timeline', 'dropped'],
    dropped: ['dropped'],
    uncertain: ['timeline', 'refused', 'dropped'],
  };
  return allowed[fate].includes(became) ? null : `expected ${fate}, found ${became}`;
}

function isKept({ record }: Sent, letter: Letter): boolean {
  return sameBytes(record.key, letter.key) && sameBytes(record.value, letter.value);
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

/** What makes two records one event. */
function nameOfEvent(topic: string, customerId: string, eventId: string): string {
  return JSON.stringify([topic, customerId, eventId]);
}

async function unexplained(sent: Sent, { events }: LaneOutcomes, decoder: RawDecoder): Promise<string | null> {
  const { topic, record } = sent;
  const outcome = await decoder.decode(record.value);
  if (!outcome.ok) return 'lost: neither on the timeline nor a dead letter, and it cannot be read';
  if (outcome.recordType === 'policy') return null;
  if ('eventId' in outcome.value) {
    const { customerId, eventId } = outcome.value;
    if (events.has(nameOfEvent(topic, customerId, eventId))) return null;
  }
  return 'lost: neither on the timeline nor a dead letter, and its event is not there';
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
