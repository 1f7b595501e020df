import { ContractError, codecs, RAW_TOPICS, readOutputHeaders } from '@tidemark/contracts';
import type { FoldService } from '@tidemark/pipeline';
import type { Fault, Lane, LogRecord } from '@tidemark/stream';
import { committedFormat, placeFault } from '@tidemark/timeline';
import { type PipelineReading, readFault, readServiceFacts, type ServiceFacts } from '../folds/service-facts.ts';
import type { LaneFacts } from './lane-facts.ts';

/** What `on` is to fold. */
export async function readLaneFacts(
  reading: PipelineReading,
  on: ReadonlySet<FoldService>,
  lane: Lane,
): Promise<LaneFacts> {
  const services: ServiceFacts[] = [];
  for (const service of on) services.push(await readServiceFacts(reading, service, lane));
  return { lane, services, ...(await readUnify(reading, lane)) };
}

async function readUnify(reading: PipelineReading, lane: Lane) {
  const { log } = reading;
  const places = await reading.committed('unify', lane);
  let unifyLag = 0;
  let unifyFault: Fault | null = null;
  for (const topic of RAW_TOPICS) {
    const bounds = await log.bounds(topic, lane);
    const committed = places.get(topic);
    unifyLag += Math.max(0, bounds.end - (committed?.offset ?? bounds.start));
    if (committed !== undefined) unifyFault ??= await placeFault({ log, lane, topic }, committed, bounds);
    const next = committed?.offset ?? bounds.start;
    if (next < bounds.end) unifyFault ??= await readFault(() => log.read(topic, lane, next, 1));
  }
  const readFormat = async () => committedFormat(places.get('control'), lane);
  unifyFault ??= await readFault(readFormat);
  return { unifyLag, unifyFault, format: unifyFault === null ? await readFormat() : null };
}

/** Letters of a lane that are looked at: the newest. */
const LETTERS_PER_LANE = 100;

/** The newest dead letters by reason. What is no letter counts as `unreadable`. */
export async function readDeadLetters(
  log: PipelineReading['log'],
): Promise<{ readonly byReason: ReadonlyMap<string, number>; readonly looked: number }> {
  const byReason = new Map<string, number>();
  let looked = 0;
  for (let lane = 0; lane < log.lanes; lane++) {
    const { start, end } = await log.bounds('dead-letters', lane);
    const records = await log.read('dead-letters', lane, Math.max(start, end - LETTERS_PER_LANE), LETTERS_PER_LANE);
    looked += records.length;
    for (const record of records) {
      const reason = reasonOf(record);
      byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
    }
  }
  return { byReason, looked };
}

function reasonOf({ headers, value }: LogRecord): string {
  try {
    return codecs['dead-letter'].decode(value ?? new Uint8Array(), readOutputHeaders(headers).schema).reason;
  } catch (error) {
    if (error instanceof ContractError) return 'unreadable';
    throw error;
  }
}
