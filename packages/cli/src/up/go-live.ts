import {
  type PolicyRecord,
  RAW_TOPICS,
  type RawTopic,
  readTimelineHeaders,
  type SchemaIds,
  type WrittenPolicy,
} from '@tidemark/contracts';
import { birthVersions, type TimeMs } from '@tidemark/domain';
import { defaultPolicy, type PolicyDocument, parsePolicyDocument, policyDocument } from '@tidemark/policy';
import {
  type Clock,
  type Committed,
  type EventLog,
  type Lane,
  type LogWriter,
  type Offset,
  readLane,
  readLaneBackwards,
  type Topic,
} from '@tidemark/stream';
import { droppedSection, judgePolicy, type PolicyInForce, readJudgedControl } from '@tidemark/timeline';
import { Failure } from '../terminal/failure.ts';
import { RawRecords } from './raw-records.ts';

export interface LiveStart {
  /** The policy that every lane has been given. */
  readonly policy: Pick<PolicyRecord, 'number' | 'hash'>;
  /** Where it stands in `control`, by lane; a lane that is absent has it in force already. */
  readonly placed: ReadonlyMap<Lane, Offset>;
  /** Whether lanes were switched from the event clock of a replay. */
  readonly switched: boolean;
}

/** The log, the schemas of what stands in its raw topics, and what consumer groups have committed of its lanes. */
export interface LiveLog {
  readonly log: EventLog;
  readonly schemaIds: SchemaIds;
  committed(group: string, lane: Lane): Promise<ReadonlyMap<Topic, Committed>>;
}

/**
 * Writes what brings every lane to the wall clock under the policy: the given one, or else the one in force, or the
 * default. A lane that a replay wrote gets a last punctuation and the switch; every lane gets the policy if it has not got
 * it yet. Whether lanes take it, `awaitLanes` tells. Reads what is there first, so it may be stopped and done again. Throws a
 * `Failure` before it writes anything where lanes are sure to refuse. Reads `control` whole: it has a record a day.
 */
export async function goLive(live: LiveLog, clock: Clock, given: PolicyDocument | null): Promise<LiveStart> {
  const raw = new RawRecords(live.log, live.schemaIds);
  const lanes = await Promise.all(Array.from({ length: live.log.lanes }, (_, lane) => readControl(live, raw, lane)));
  const policy = choosePolicy(lanes, given);
  const policyRecord = raw.policy(policy, clock.now());
  const isReplayed = ({ punctuatedTo, isSwitched }: Control) => punctuatedTo !== null && !isSwitched;
  checkNotAhead(lanes, clock.now());
  for (const [lane, control] of lanes.entries()) if (isReplayed(control)) await checkReplayed(raw, lane, control);
  const placed = new Map<Lane, Offset>();
  const writer = await live.log.writer();
  try {
    for (const [lane, control] of lanes.entries()) {
      if (isReplayed(control)) await endEventClock(raw, writer, lane, control.punctuatedTo ?? (0 as TimeMs));
      if (control.policy !== null && control.policy.number >= policy.number) {
        if (control.policyAt !== null) placed.set(lane, control.policyAt);
        continue;
      }
      placed.set(lane, (await writer.send('control', lane, [policyRecord])).baseOffset);
    }
  } finally {
    await writer.close();
  }
  return { policy, placed, switched: lanes.some(isReplayed) };
}

/** What a lane's `control` says; what unify refuses there says nothing. */
interface Control {
  /** In force, or about to be. */
  readonly policy: PolicyInForce | null;
  /** Where in `control` that policy waits to be taken; null: it is in force. */
  readonly policyAt: Offset | null;
  /** `until` of the last punctuation; null on the wall clock from the first record on. */
  readonly punctuatedTo: TimeMs | null;
  readonly isSwitched: boolean;
  /** Of the timeline's last record; a record may be ahead of the last punctuation. 0 without one. */
  readonly logTime: TimeMs;
}

/** What unify has judged is a fact; what it has not is judged as it will be. */
async function readControl(live: LiveLog, raw: RawRecords, lane: Lane): Promise<Control> {
  const judged = await readJudgedControl(live.log, lane, (await live.committed('unify', lane)).get('control'));
  let policy: PolicyInForce | null = judged.policy;
  let policyAt: Offset | null = null;
  let punctuatedTo: TimeMs | null = null;
  let isSwitched = judged.clock === 'live';
  let clock: 'event' | 'live' | null = null;
  for await (const { value, offset } of readLane(raw.log, 'control', lane)) {
    const record = await raw.decode(value);
    clock ??= record?.recordType === 'punctuation' ? 'event' : 'live';
    if (record?.recordType === 'policy' && offset >= judged.next) {
      const verdict = judgePolicy(record.value, policy);
      const { number, hash, rules: document, format, versions } = record.value;
      if (verdict.kind === 'taken') {
        [policy, policyAt] = [{ number, hash, document, format, versions, policy: verdict.policy }, offset];
      }
    }
    if (record?.recordType === 'punctuation' && clock === 'event') punctuatedTo = record.value.until;
    if (record?.recordType === 'live-switch') isSwitched = true;
  }
  const last = await readLaneBackwards(raw.log, 'timeline', lane).next();
  const logTime = last.done === true ? (0 as TimeMs) : readTimelineHeaders(last.value.headers).logTime;
  return { policy, policyAt, punctuatedTo, isSwitched, logTime };
}

/** A clock that is set ahead makes today's events too old, and nothing sets it back. */
function checkNotAhead(lanes: readonly Control[], now: TimeMs): void {
  for (const [lane, { punctuatedTo, isSwitched, logTime }] of lanes.entries()) {
    if (isSwitched || punctuatedTo === null) continue;
    const reached = Math.max(punctuatedTo, logTime);
    if (reached < now) continue;
    throw new Failure(
      `expected a replay that ends before now, ${new Date(now).toISOString()}, found that lane ${lane} has one up to ` +
        `${new Date(reached).toISOString()}: this machine's clock is behind, or was ahead when the replay began. Set the ` +
        'clock, or write the events that are not ahead to a new place, with `npx tidemark replay --from-data DIR` or ' +
        '`--from-namespace NAME`',
    );
  }
}

/**
 * One that is in force is sent again as it was written. Each names the versions that the pipeline began with: it may be a
 * lane's first.
 */
function choosePolicy(lanes: readonly Control[], given: PolicyDocument | null): WrittenPolicy {
  const newest = newestOf(lanes);
  if (newest === null) {
    return { number: 1, ...(given ?? policyDocument(defaultPolicy())), versions: birthVersions() };
  }
  const { number, hash, document, format, versions } = newest;
  if (given === null || given.hash === hash) {
    // Two that were applied at once may have the same number in different lanes: only a greater one is every lane's.
    const isOthers = lanes.some(({ policy }) => policy?.number === number && policy.hash !== hash);
    return { number: isOthers ? number + 1 : number, hash, document, format, versions };
  }
  for (const { policy } of lanes) if (policy !== null) checkFollows(given, policy);
  return { number: number + 1, ...given, versions };
}

function newestOf(lanes: readonly Control[]): PolicyInForce | null {
  let newest: PolicyInForce | null = null;
  for (const { policy } of lanes) if (policy !== null && policy.number > (newest?.number ?? 0)) newest = policy;
  return newest;
}

/** Throws what every lane would refuse of a policy that follows on another. */
function checkFollows(given: PolicyDocument, { number, policy }: PolicyInForce): void {
  const parsed = parsePolicyDocument(given);
  if (!parsed.ok) return;
  const { base } = policy.currency;
  if (parsed.policy.currency.base !== base) {
    throw new Failure(
      `expected a policy with the base currency ${base}, as policy ${number} has, found ${parsed.policy.currency.base}. Nothing ` +
        `was written: every lane would refuse it, since amounts on the timeline are in ${base}. Keep the base and give the ` +
        'others rates, or start over in another folder or namespace.',
    );
  }
  const dropped = droppedSection(policy, parsed.policy);
  if (dropped === undefined) return;
  throw new Failure(
    `expected a policy with a section ${dropped}, as policy ${number} has, found one without. Nothing was written: every lane ` +
      `would refuse it, since what is on stays on. Keep the section; without points for ${dropped} it decides nothing.`,
  );
}

/** The other topics have to be past what was promised before. */
async function checkReplayed(raw: RawRecords, lane: Lane, { punctuatedTo }: Control): Promise<void> {
  for (const topic of RAW_TOPICS) {
    if (topic === 'control') continue;
    const last = await raw.lastPunctuation(topic, lane);
    if (last === null || last.time !== last.until || last.time < (punctuatedTo ?? 0)) throw unfinished(topic, lane);
  }
}

/** The switch sorts before records of its time: the other topics are brought past it. */
async function endEventClock(raw: RawRecords, writer: LogWriter, lane: Lane, punctuatedTo: TimeMs): Promise<void> {
  const time = (punctuatedTo + 1) as TimeMs;
  for (const topic of RAW_TOPICS) {
    if (topic === 'control') continue;
    const last = await raw.lastPunctuation(topic, lane);
    if (last === null || last.time < time)
      await writer.send(topic, lane, [raw.encode('punctuation', { time, until: time })]);
  }
  await writer.send('control', lane, [raw.encode('live-switch', { number: 1, time })]);
}

function unfinished(topic: RawTopic, lane: Lane): Failure {
  return new Failure(
    `expected a replay that was finished before going live, found ${topic} of lane ${lane} in the middle of it. ` +
      'Start it again as before until it ends, then go live',
  );
}
