import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import { endOfSend } from '../end-of-send.ts';
import { Fault } from '../errors.ts';
import type { LaneFold, Takeover, Told } from '../folds/lane-fold.ts';
import { stateNameOf } from '../folds/state-name.ts';
import type { EventLog, Lane, Offset, Topic } from '../ports/event-log.ts';
import type { OutboxEntry, ProfileStore } from '../ports/profile-store.ts';
import { readLane } from '../read-lane.ts';
import type { SharedWriter } from '../shared-writer.ts';
import { VersionRule } from '../versions/version-rule.ts';

/** What was told before a version of a fold began to tell: its numbers go on from there. */
export interface ToldBefore {
  /** Of the last change. */
  readonly number: number;
  /** What was told of each customer last. */
  readonly last: ReadonlyMap<CustomerId, Told>;
  /** The same customers, by id bytes. */
  readonly customers: readonly CustomerId[];
}

const NOTHING_TOLD: ToldBefore = { number: 0, last: new Map(), customers: [] };

/** A lane whose version is about to tell, at the cutover to it. */
export interface MarkedLane {
  readonly fold: Pick<LaneFold<never, never, never>, 'service' | 'version' | 'firstVersion' | 'changeTopic'> & {
    readonly takeover: Pick<Takeover<never, never, never>, 'readTold' | 'encodeMarker'> | null;
  };
  readonly lane: Lane;
  readonly log: Pick<EventLog, 'bounds' | 'read'>;
  readonly store: Pick<ProfileStore, 'acquire'>;
  readonly writer: SharedWriter;
}

/**
 * What counts as told before this version: what stands in the change topic before the first marker of it, which is written
 * where there is none. The timeline does not say where the numbers of the version before end, since an owner of it that
 * lingers may send on; the marker does, once for all. Before it goes what the version in force has stored and not sent: the
 * build that would send it may be gone.
 */
export async function markTold(
  marked: MarkedLane,
  force: number,
  at: { readonly timelineOffset: Offset; readonly effectiveAt: TimeMs },
): Promise<ToldBefore> {
  const { fold, lane, store, writer } = marked;
  const { changeTopic, takeover } = fold;
  if (changeTopic === null || takeover === null) return NOTHING_TOLD;
  const told = await readToldBefore(marked, changeTopic, takeover);
  if (told !== null) return told;
  const before = await store.acquire(stateNameOf(fold.service, force, fold.firstVersion), lane);
  await sendAll(writer, lane, before?.outbox ?? []);
  const marker = takeover.encodeMarker(at.timelineOffset, at.effectiveAt);
  await writer.send(changeTopic, lane, [{ key: null, ...marker }]);
  // Not what was read before: others may have written meanwhile, a marker too.
  const marking = await readToldBefore(marked, changeTopic, takeover);
  if (marking === null) throw new Error(`${fold.service}: expected the marker that was written, found none`);
  return marking;
}

/** Null where no marker of this version stands. */
async function readToldBefore(
  { fold, lane, log }: MarkedLane,
  topic: Topic,
  { readTold }: Pick<Takeover<never, never, never>, 'readTold'>,
): Promise<ToldBefore | null> {
  const rule = new VersionRule();
  const last = new Map<CustomerId, Told>();
  for await (const record of readLane(log, topic, lane)) {
    const told = readTold(record);
    if (told.kind === 'marker' && told.version === fold.version) {
      return { number: rule.number, last, customers: [...last.keys()].sort(compareCustomerIds) };
    }
    const verdict = rule.take(told);
    if (verdict === 'gap') throw missing(fold.service, topic, lane, rule.number, record.offset);
    if (verdict === 'taken' && told.kind === 'change') last.set(told.customerId, told.told);
  }
  return null;
}

function missing(service: string, topic: string, lane: Lane, number: number, offset: Offset): Fault {
  return new Fault(
    'output-skipped',
    `${service}, lane ${lane}: expected every change in ${topic} from the first on, found one missing behind number ` +
      `${number}, at offset ${offset}. What was told last is not known without it, so that another version cannot take ` +
      'over: restore the topic from a backup.',
  );
}

const SEND_RECORDS_MAX = 1_000;

async function sendAll(writer: SharedWriter, lane: Lane, outbox: readonly OutboxEntry[]): Promise<void> {
  for (let from = 0; from < outbox.length; ) {
    const { topic } = outbox[from] as OutboxEntry;
    const most = endOfSend(outbox, from, SEND_RECORDS_MAX);
    let end = from + 1;
    while (end < most && outbox[end]?.topic === topic) end++;
    await writer.send(topic, lane, outbox.slice(from, end));
    from = end;
  }
}
