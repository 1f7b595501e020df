import {
  createRawDecoder,
  encodeRaw,
  type PolicyRecord,
  RAW_TOPICS,
  type RawDecoder,
  type RawRecord,
  type RawRecordType,
  type RawTopic,
  type SchemaIds,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { defaultPolicy, type PolicyDocument, parsePolicyDocument, policyDocument } from '@tidemark/policy';
import { type Clock, type EventLog, type Lane, type LogWriter, type NewRecord, readLane } from '@tidemark/stream';
import { Failure } from '../terminal/failure.ts';

export interface LiveStart {
  /** The policy in force from now on. */
  readonly policyNumber: number;
  /** Whether lanes were switched from the event clock of a replay. */
  readonly switched: boolean;
}

/** The log, and the schemas of what stands in its raw topics. */
interface RawLog {
  readonly log: EventLog;
  readonly schemaIds: SchemaIds;
}

/**
 * Brings every lane to the wall clock under the policy: the given one, or else the one that the log has, or the default.
 * A lane that a replay wrote gets a last punctuation and the switch; every lane gets the policy if it has not got it yet.
 * Reads what is there first, so it may be stopped and done again. Reads `control` whole: it has a record a day.
 */
export async function goLive(
  { log, schemaIds }: RawLog,
  clock: Clock,
  given: PolicyDocument | null,
): Promise<LiveStart> {
  const raw = new RawRecords(log, schemaIds);
  const lanes = await Promise.all(Array.from({ length: log.lanes }, (_, lane) => readControl(raw, lane)));
  const policy = choosePolicy(lanes, given);
  const writer = await log.writer();
  let switched = false;
  try {
    for (const [lane, control] of lanes.entries()) {
      if (control.punctuatedTo !== null && !control.isSwitched) {
        await endEventClock(raw, writer, lane, control.punctuatedTo);
        switched = true;
      }
      if ((control.policy?.number ?? 0) >= policy.number) continue;
      await writer.send('control', lane, [raw.encode('policy', { ...policy, time: clock.now() })]);
    }
  } finally {
    await writer.close();
  }
  return { policyNumber: policy.number, switched };
}

/** What a lane's `control` says; what unify refuses there says nothing. */
interface Control {
  readonly policy: PolicyRecord | null;
  /** `until` of the last punctuation; null on the wall clock from the first record on. */
  readonly punctuatedTo: TimeMs | null;
  readonly isSwitched: boolean;
}

async function readControl(raw: RawRecords, lane: Lane): Promise<Control> {
  let policy: PolicyRecord | null = null;
  let base: string | null = null;
  let punctuatedTo: TimeMs | null = null;
  let isSwitched = false;
  let clock: 'event' | 'live' | null = null;
  for await (const { value } of readLane(raw.log, 'control', lane)) {
    const record = await raw.decode(value);
    clock ??= record?.recordType === 'punctuation' ? 'event' : 'live';
    if (record?.recordType === 'policy' && record.value.number > (policy?.number ?? 0)) {
      const ofRecord = baseCurrencyOf(record.value);
      if (ofRecord !== null && (base === null || ofRecord === base)) [policy, base] = [record.value, ofRecord];
    }
    if (record?.recordType === 'punctuation' && clock === 'event') punctuatedTo = record.value.until;
    if (record?.recordType === 'live-switch') isSwitched = true;
  }
  return { policy, punctuatedTo, isSwitched };
}

/** Null for a policy that does not validate, or whose hash is not its document's. */
function baseCurrencyOf({ document, hash }: PolicyRecord): string | null {
  const parsed = parsePolicyDocument(document);
  return parsed.ok && policyDocument(parsed.policy).hash === hash ? parsed.policy.currency.base : null;
}

function choosePolicy(lanes: readonly Control[], given: PolicyDocument | null): Omit<PolicyRecord, 'time'> {
  let newest: PolicyRecord | null = null;
  for (const { policy } of lanes) if (policy !== null && policy.number > (newest?.number ?? 0)) newest = policy;
  if (newest === null) return { number: 1, ...(given ?? policyDocument(defaultPolicy())) };
  return given === null || given.hash === newest.hash ? newest : { number: newest.number + 1, ...given };
}

/** The switch sorts before records of its time, so the other topics have to be past what was promised before. */
async function endEventClock(raw: RawRecords, writer: LogWriter, lane: Lane, punctuatedTo: TimeMs): Promise<void> {
  const time = (punctuatedTo + 1) as TimeMs;
  for (const topic of RAW_TOPICS) {
    if (topic === 'control') continue;
    const last = await lastPunctuation(raw, topic, lane);
    if (last === null || last.time !== last.until || last.time < punctuatedTo) throw unfinished(topic, lane);
    if (last.time < time) await writer.send(topic, lane, [raw.encode('punctuation', { time, until: time })]);
  }
  await writer.send('control', lane, [raw.encode('live-switch', { number: 1, time })]);
}

async function lastPunctuation(raw: RawRecords, topic: RawTopic, lane: Lane) {
  const { start, end } = await raw.log.bounds(topic, lane);
  for (let offset = end - 1; offset >= start; offset--) {
    const [found] = await raw.log.read(topic, lane, offset, 1);
    const record = await raw.decode(found?.value ?? null);
    if (record?.recordType === 'punctuation') return record.value;
  }
  return null;
}

/** Raw records as the log has them, and what they say. */
class RawRecords {
  readonly log: EventLog;
  readonly #ids: SchemaIds;
  readonly #decoder: RawDecoder;

  constructor(log: EventLog, ids: SchemaIds) {
    this.log = log;
    this.#ids = ids;
    this.#decoder = createRawDecoder(ids);
  }

  async decode(value: Uint8Array | null): Promise<RawRecord | null> {
    const outcome = await this.#decoder.decode(value);
    return outcome.ok ? outcome : null;
  }

  encode<R extends RawRecordType>(recordType: R, value: Parameters<typeof encodeRaw<R>>[2]): NewRecord {
    const id = this.#ids.idOf(recordType);
    if (id === undefined) throw new Error(`expected the schema of ${recordType} to be known`);
    return { key: null, value: encodeRaw(recordType, id, value), headers: {} };
  }
}

function unfinished(topic: RawTopic, lane: Lane): Failure {
  return new Failure(
    `expected a replay that was finished before going live, found ${topic} of lane ${lane} in the middle of it. ` +
      'Start it again as before until it ends, then go live',
  );
}
