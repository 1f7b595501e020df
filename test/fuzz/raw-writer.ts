import { encodePolicy, LANES_DEFAULT, type SchemaIds, topics } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { openEmbedded } from '@tidemark/embedded';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import type { LogWriter, NewRecord } from '@tidemark/stream';
import type { Random } from '@tidemark/testkit';
import type { Sent } from './account.ts';
import type { HostileRecord } from './hostile-records.ts';

/** Records in one send at most. */
const SEND_RECORDS_MAX = 500;
/** Kafka takes 1 MiB in one, headers included; a record that is larger goes alone. */
const SEND_BYTES_MAX = 700_000;

/** Writes past everything that checks: straight into the raw topics. Says where each record is. */
export async function writeAll(records: Iterable<HostileRecord>, writer: LogWriter): Promise<Sent[]> {
  const sent: Sent[] = [];
  const waiting = new Map<string, { hostile: HostileRecord[]; bytes: number }>();
  const flush = async (name: string) => {
    const { hostile = [] } = waiting.get(name) ?? {};
    waiting.delete(name);
    const [first] = hostile;
    if (first === undefined) return;
    const appended = await writer.send(
      first.topic,
      first.lane,
      hostile.map(({ record }) => record),
    );
    for (const [i, each] of hostile.entries()) sent.push({ ...each, offset: appended.baseOffset + i });
  };
  for (const hostile of records) {
    const name = `${hostile.topic}/${hostile.lane}`;
    const bytes = sizeOf(hostile.record);
    if ((waiting.get(name)?.bytes ?? 0) + bytes > SEND_BYTES_MAX) await flush(name);
    const batch = waiting.get(name) ?? { hostile: [], bytes: 0 };
    waiting.set(name, batch);
    batch.hostile.push(hostile);
    batch.bytes += bytes;
    if (batch.hostile.length >= SEND_RECORDS_MAX) await flush(name);
  }
  for (const name of [...waiting.keys()]) await flush(name);
  return sent;
}

/** Sends in turn, as chance has it, by one of the others: each compresses in its own way. */
export function inTurn(writers: readonly LogWriter[], random: Random): LogWriter {
  return {
    send: (topic, lane, records) => random.pick(writers).send(topic, lane, records),
    close: async () => {
      await Promise.all(writers.map((writer) => writer.close()));
    },
  };
}

function sizeOf({ key, value, headers }: NewRecord): number {
  const ofHeaders = Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length + 10, 0);
  return (key?.length ?? 0) + (value?.length ?? 0) + 3 * ofHeaders;
}

/** The first policy of a lane, as `tidemark policy apply` writes it. */
export function firstPolicy(schemaIds: SchemaIds, now: number): NewRecord {
  const policy = { number: 1, ...policyDocument(defaultPolicy()) };
  return { key: null, value: encodePolicy(schemaIds, policy, now as TimeMs), headers: {} };
}

/** A data folder whose raw topics hold the records; nothing of them is read yet. */
export async function fillFolder(folder: string, records: Iterable<HostileRecord>, schemaIds: SchemaIds, now: number) {
  const clock = { now: () => Date.now() as TimeMs, elapsedMs: () => performance.now(), sleep: async () => undefined };
  const names = topics.map(({ name }) => name);
  const embedded = openEmbedded({ folder, lanes: LANES_DEFAULT, topics: names, clock });
  try {
    const writer = await embedded.log.writer();
    for (let lane = 0; lane < LANES_DEFAULT; lane++) await writer.send('control', lane, [firstPolicy(schemaIds, now)]);
    return await writeAll(records, writer);
  } finally {
    embedded.close();
  }
}
