import { codecs, readOutputHeaders, readTimelineHeaders } from '@tidemark/contracts';
import {
  DAY_MS,
  facets,
  isOn,
  type Policy,
  type ScoreName,
  scoreNames,
  sectionOf,
  type TimeMs,
  type View,
} from '@tidemark/domain';
import {
  type Customer,
  countNotes,
  findScoreChange,
  findScoreChangeAt,
  isBySilence,
  type LoggedTierChange,
  laneTierChanges,
  listCustomers,
  type Reading,
  readLaneState,
  type ScoreViewChange,
} from '@tidemark/reading';
import { readLane } from '@tidemark/stream';

/** What can be read of a data folder, whether this process writes it or only looks. */
type FolderReading = Pick<Reading, 'log' | 'store'>;

/** The whole state of a data folder in numbers, whichever runs it came from. */
export interface Summary {
  /** Those that have any facet. */
  readonly customers: number;
  /** Accepted events, orders among them. */
  readonly events: number;
  readonly orders: number;
  /** Order events that changed nothing, or less than they say, by why, the most frequent first. */
  readonly notes: ReadonlyMap<string, number>;
  /** Records that could not be accepted or folded, by reason, the most frequent first. */
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly tierChanges: number;
  readonly tierChangesBySilence: number;
  /** Customers by tier, from the lowest; all tiers of the policy. */
  readonly tiers: ReadonlyMap<string, number>;
  /** Customers by each attribute that a summary shows: by rank, or the largest first where values have none. */
  readonly views: readonly ViewCounts[];
  /** Newest first. */
  readonly lastChanges: readonly ExplainedTierChange[];
  readonly streamTime: TimeMs;
}

export interface ViewCounts {
  readonly name: string;
  readonly heading: string;
  readonly counts: ReadonlyMap<string, number>;
}

export interface ExplainedTierChange extends LoggedTierChange {
  /** Of the scores among its causes, as far as the log has them. */
  readonly scoreChanges: readonly ScoreViewChange[];
  /** What brought the points down before a fall that waited for the grace to end; empty if it waited for longer. */
  readonly beforeGrace: readonly ScoreViewChange[];
}

const LAST_CHANGES = 6;

/** The attributes that a summary shows. */
const SHOWN = scoreNames.flatMap((score) =>
  Object.entries(facets[score].view).flatMap(([attribute, field]) =>
    field.summary === undefined ? [] : [{ score, attribute, field, summary: field.summary }],
  ),
);

/** Reads it off the log and the store. */
export async function collectSummary(folder: FolderReading, policy: Policy): Promise<Summary> {
  const customers = await countCustomers(folder, policy);
  const records = await countTimeline(folder);
  const changes = await readChanges(folder, policy.tiers.graceDays * DAY_MS);
  const deadLetters = await countDeadLetters(folder);
  return { ...customers, ...records, deadLetters, ...changes, streamTime: await readStreamTime(folder) };
}

async function countCustomers(folder: FolderReading, policy: Policy) {
  let customers = 0;
  const tiers = new Map(policy.tiers.tiers.map(({ name }) => [name, 0]));
  const shown = SHOWN.filter(({ score }) => isOn(score, policy)).map((one) => {
    const ranks = one.field.kind === 'ranked' ? one.field.values : [];
    return { ...one, counts: new Map(ranks.map((value) => [value, 0])) };
  });
  const notes = new Map<string, number>();
  for await (const { customer } of listCustomers(folder)) {
    customers++;
    count(tiers, customer.tier?.tier);
    for (const { score, attribute, counts } of shown) count(counts, viewOf(customer, score)?.[attribute]);
    for (const [note, events] of countNotes(customer)) notes.set(note, (notes.get(note) ?? 0) + events);
  }
  const views = shown.map(({ score, field, summary, counts }): ViewCounts => {
    const heading = summary.heading(sectionOf(policy, score) as never);
    return { name: summary.name, heading, counts: field.kind === 'ranked' ? counts : largestFirst(counts) };
  });
  return { customers, tiers, views, notes: largestFirst(notes) };
}

function largestFirst(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}

/** As last published: every change up to stream time has been. */
function viewOf({ scores }: Customer, name: ScoreName): View | null {
  return scores.get(name)?.view ?? null;
}

function count(counts: Map<string, number>, value: string | number | undefined): void {
  if (value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
}

async function countTimeline({ log }: FolderReading) {
  let events = 0;
  let orders = 0;
  for (let lane = 0; lane < log.lanes; lane++) {
    // A crash may leave events on the timeline twice: as in the folds, their origin tells.
    const greatest = new Map<string, number>();
    for await (const { headers } of readLane(log, 'timeline', lane)) {
      const { type, origin, eventId } = readTimelineHeaders(headers);
      // Only events of customers carry an id.
      if (eventId === null || origin === null || origin.offset <= (greatest.get(origin.topic) ?? -1)) continue;
      greatest.set(origin.topic, origin.offset);
      events++;
      if (type === 'order') orders++;
    }
  }
  return { events, orders };
}

/** A crash may leave letters twice too: one a service and refused record counts. */
async function countDeadLetters({ log }: FolderReading): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (let lane = 0; lane < log.lanes; lane++) {
    const seen = new Set<string>();
    for await (const { headers, value } of readLane(log, 'dead-letters', lane)) {
      if (value === null) continue;
      const { service, topic, offset, reason } = codecs['dead-letter'].decode(value, readOutputHeaders(headers).schema);
      const refused = `${service} ${topic} ${offset}`;
      if (!seen.has(refused)) count(counts, reason);
      seen.add(refused);
    }
  }
  return largestFirst(counts);
}

async function readChanges({ log }: FolderReading, graceMs: number) {
  let tierChanges = 0;
  let tierChangesBySilence = 0;
  let last: LoggedTierChange[] = [];
  for (let lane = 0; lane < log.lanes; lane++) {
    for await (const logged of laneTierChanges(log, lane)) {
      tierChanges++;
      if (isBySilence(logged.change)) tierChangesBySilence++;
      last.push(logged);
      if (last.length >= 100 * LAST_CHANGES) last = newest(last);
    }
  }
  const lastChanges = await Promise.all(newest(last).map((logged) => explain(log, logged, graceMs)));
  return { tierChanges, tierChangesBySilence, lastChanges };
}

function newest(changes: readonly LoggedTierChange[]): LoggedTierChange[] {
  const sorted = changes.toSorted((a, b) => b.change.effectiveAt - a.change.effectiveAt || a.lane - b.lane);
  return sorted.slice(0, LAST_CHANGES);
}

/** Looks up what the scores did at the change, and, before a fall that had its grace, when the grace began. */
async function explain(
  log: FolderReading['log'],
  logged: LoggedTierChange,
  graceMs: number,
): Promise<ExplainedTierChange> {
  const { lane, customerId, change } = logged;
  const { effectiveAt: at, timelineOffset } = change;
  const causes = scoreNames.filter((name) => change.causes.some(({ score }) => score === name));
  const graceBeganAt = (at - graceMs) as TimeMs;
  const find = async (names: readonly ScoreName[], look: (name: ScoreName) => ReturnType<typeof findScoreChangeAt>) =>
    (await Promise.all(names.map(look))).filter((scoreChange) => scoreChange !== null);
  const isDelayed = change.causes.some(({ score, kind }) => score === null && kind === 'silence');
  return {
    ...logged,
    scoreChanges: await find(causes, (name) => findScoreChange(log, name, { lane, customerId, at, timelineOffset })),
    beforeGrace: isDelayed
      ? await find(scoreNames, (name) => findScoreChangeAt(log, name, { lane, customerId, at: graceBeganAt }))
      : [],
  };
}

async function readStreamTime({ log, store }: FolderReading): Promise<TimeMs> {
  let streamTime = 0 as TimeMs;
  for (let lane = 0; lane < log.lanes; lane++) {
    const state = readLaneState(lane, await store.metas(lane));
    if (state.streamTime > streamTime) streamTime = state.streamTime;
  }
  return streamTime;
}
