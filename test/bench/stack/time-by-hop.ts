import { changeCodecOf, changeTopicOf, codecs, readOutputHeaders, readTimelineHeaders } from '@tidemark/contracts';
import { scoreNames } from '@tidemark/domain';
import type { EventLog, LogRecord } from '@tidemark/stream';
import { percentile } from '../measure.ts';

/** Of each lane's end; about what a minute of the load leaves there. */
const RECORDS = 4_000;

/**
 * Where the time of recent tier changes went, in ms: by service, from the input's arrival in Kafka until the output was given
 * to the client to be sent. From the records' own times, which are whole ms of one machine's clock.
 */
export async function timeByHop(log: EventLog): Promise<Readonly<Record<string, { p50: number; p99: number }>>> {
  const times: Record<string, number[]> = Object.fromEntries(
    ['unify', ...scoreNames, 'tier'].map((name) => [name, []]),
  );
  for (let lane = 0; lane < log.lanes; lane++) {
    const timeline = new Map((await readEnd(log, 'timeline', lane)).map((record) => [record.offset, record]));
    const scores = await Promise.all(
      scoreNames.map((name) => sentAt(log, changeTopicOf(name), lane, changeCodecOf(name))),
    );
    for (const [offset, tierAtMs] of await sentAt(log, 'tier-changes', lane, codecs['tier-change'])) {
      const event = timeline.get(offset);
      const rawAppendedAtMs = event === undefined ? null : readTimelineHeaders(event.headers).rawAppendedAtMs;
      const scoreAtMs = scores.map((sent) => sent.get(offset) ?? Number.NaN);
      if (event === undefined || rawAppendedAtMs === null || scoreAtMs.some(Number.isNaN)) continue;
      times['unify']?.push(event.appendedAtMs - rawAppendedAtMs);
      for (const [i, name] of scoreNames.entries()) {
        times[name]?.push((scoreAtMs[i] ?? Number.NaN) - event.appendedAtMs);
      }
      times['tier']?.push(tierAtMs - Math.max(...scoreAtMs));
    }
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, ms]) => [name, { p50: percentile(ms, 0.5), p99: percentile(ms, 0.99) }]),
  );
}

interface OffsetCodec {
  decode(bytes: Uint8Array, writtenWith: string): { readonly timelineOffset: number };
}

/** When the last change at each timeline offset was sent. */
async function sentAt(log: EventLog, topic: string, lane: number, codec: OffsetCodec): Promise<Map<number, number>> {
  const sent = new Map<number, number>();
  for (const { headers, value, appendedAtMs } of await readEnd(log, topic, lane)) {
    const { type, schema } = readOutputHeaders(headers);
    if (type === 'change' && value !== null) sent.set(codec.decode(value, schema).timelineOffset, appendedAtMs);
  }
  return sent;
}

async function readEnd(log: EventLog, topic: string, lane: number): Promise<readonly LogRecord[]> {
  const { start, end } = await log.bounds(topic, lane);
  return log.read(topic, lane, Math.max(start, end - RECORDS), RECORDS);
}
