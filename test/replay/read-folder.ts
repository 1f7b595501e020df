import { changeCodecOf, codecs, parseCustomerKey, type Records, readOutputHeaders } from '@tidemark/contracts';
import type { ScoreName, TimeMs, View } from '@tidemark/domain';
import type { EmbeddedReader } from '@tidemark/embedded';
import { scores } from '@tidemark/pipeline';
import { type LogRecord, readLane, type Topic } from '@tidemark/stream';

export type TierChange = Records['tier-change'] & { readonly customerId: string };

/** The tier changes of a lane as a consumer takes them: what has a number seen before is a repeat, and dropped. */
export async function tierChangesOfLane(reader: EmbeddedReader, lane: number): Promise<TierChanges> {
  const changes: TierChange[] = [];
  let repeats = 0;
  for await (const record of readLane(reader.log, 'tier-changes', lane)) {
    const change = decodeTierChange(record);
    if (change.number <= changes.length) repeats += 1;
    else if (change.number === changes.length + 1) changes.push(change);
    else throw new Error(`lane ${lane}: expected change ${changes.length + 1}, found ${change.number}`);
  }
  return { changes, repeats };
}

export interface TierChanges {
  readonly changes: readonly TierChange[];
  readonly repeats: number;
}

function decodeTierChange({ key, value, headers }: LogRecord): TierChange {
  const { schema } = readOutputHeaders(headers);
  const parsed = parseCustomerKey(key);
  if (!parsed.ok || value === null) throw new Error('expected a tier change with a key and a value');
  return { customerId: parsed.customerId, ...codecs['tier-change'].decode(value, schema) };
}

/** A change of a score's view, by its score's name. */
export interface LoggedViewChange {
  readonly customerId: string;
  readonly at: TimeMs;
  readonly view: View | null;
  readonly bySilence: boolean;
}

/** The changes of a score's view in a lane, in order. */
export async function viewChangesOfLane(
  reader: EmbeddedReader,
  score: ScoreName,
  lane: number,
): Promise<readonly LoggedViewChange[]> {
  const changes: LoggedViewChange[] = [];
  for await (const { key, value, headers } of readLane(reader.log, scores[score].changeTopic, lane)) {
    const { type, schema } = readOutputHeaders(headers);
    if (type !== 'change') continue;
    const parsed = parseCustomerKey(key);
    if (!parsed.ok || value === null) throw new Error('expected a change with a key and a value');
    const { effectiveAt, to, cause } = changeCodecOf(score).decode(value, schema);
    changes.push({ customerId: parsed.customerId, at: effectiveAt, view: to, bySilence: cause.kind === 'silence' });
  }
  return changes;
}

export async function countOf(reader: EmbeddedReader, topic: Topic): Promise<number> {
  let count = 0;
  for (let lane = 0; lane < reader.log.lanes; lane++) {
    const { start, end } = await reader.log.bounds(topic, lane);
    count += end - start;
  }
  return count;
}
