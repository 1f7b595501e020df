import { type Headers, originText, RAW_TOPICS, readTimelineHeaders } from '@tidemark/contracts';
import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { readLane } from '@tidemark/stream';
import { facetsOfLane } from '../facets-of-lane.ts';
import { tierChangesOfLane } from './read-folder.ts';

/** What a replay leaves behind, in texts that can be compared; lane after lane, in order. */
export interface SettledState {
  /** Raw records as they stand in the log, with the source rows that they carry. */
  readonly rawRecords: readonly string[];
  /** Timeline records, those dropped that come from a raw record seen before. */
  readonly timeline: readonly string[];
  /** Tier changes, repeats dropped by number; without the timeline's offset, which repeats before it move. */
  readonly tierChanges: readonly string[];
  readonly facets: readonly string[];
  /** What was dropped as a repeat. */
  readonly repeats: { readonly timeline: number; readonly tierChanges: number };
}

export async function readSettledState(folder: string): Promise<SettledState> {
  return readEmbedded(folder, async (reader) => {
    const state = {
      rawRecords: [] as string[],
      timeline: [] as string[],
      tierChanges: [] as string[],
      facets: [] as string[],
      repeats: { timeline: 0, tierChanges: 0 },
    };
    for (let lane = 0; lane < reader.log.lanes; lane++) {
      state.rawRecords.push(...(await rawRecordsOfLane(reader, lane)));
      state.facets.push(...(await facetsOfLane(reader.store, lane)));
      const timeline = await timelineOfLane(reader, lane);
      state.timeline.push(...timeline.records);
      state.repeats.timeline += timeline.repeats;
      const { changes, repeats } = await tierChangesOfLane(reader, lane);
      state.tierChanges.push(...changes.map(({ timelineOffset: _, ...change }) => JSON.stringify({ lane, ...change })));
      state.repeats.tierChanges += repeats;
    }
    return state;
  });
}

/** Null if the lists are the same; else where they part, for a message. */
export function firstDifference(expected: readonly string[], found: readonly string[]): string | null {
  const index = expected.findIndex((text, i) => text !== found[i]);
  const at = index >= 0 ? index : expected.length;
  if (at === expected.length && found.length === at) return null;
  return `item ${at} of ${expected.length}: expected ${expected[at] ?? 'no more'}, found ${found[at] ?? 'no more'}`;
}

async function rawRecordsOfLane(reader: EmbeddedReader, lane: number): Promise<string[]> {
  const texts: string[] = [];
  for (const topic of RAW_TOPICS) {
    for await (const { key, value, headers } of readLane(reader.log, topic, lane)) {
      texts.push(`${topic}/${lane} ${JSON.stringify(withoutNow(headers))} ${hex(key)} ${hex(value)}`);
    }
  }
  return texts;
}

/** When a run was first started differs from run to run. */
function withoutNow({ 'replay-end': _, ...headers }: Headers) {
  return headers;
}

async function timelineOfLane(reader: EmbeddedReader, lane: number) {
  const seen = new Set<string>();
  const records: string[] = [];
  let repeats = 0;
  for await (const { key, value, headers } of readLane(reader.log, 'timeline', lane)) {
    const { origin: from } = readTimelineHeaders(headers);
    const origin = from === null ? '' : originText(from);
    if (seen.has(origin)) repeats += 1;
    else records.push(`${lane} ${JSON.stringify(headers)} ${hex(key)} ${hex(value)}`);
    seen.add(origin);
  }
  return { records, repeats };
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? '-' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
