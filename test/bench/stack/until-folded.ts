import { setTimeout as sleep } from 'node:timers/promises';
import { type ChangeTopic, codecs, readOutputHeaders } from '@tidemark/contracts';
import type { EventLog, LogRecord } from '@tidemark/stream';
import type { ServiceProcess } from '../../stack/service-process.ts';

const POLL_MS = 250;
const GIVE_UP_MS = 10 * 60_000;

/**
 * Resolves once each lane has shown in the service's change topic that so many timeline records are folded and published,
 * to when the last output of all was sent, ms since the epoch: Kafka has that time.
 */
export async function untilFolded(
  service: ServiceProcess,
  log: EventLog,
  topic: ChangeTopic,
  records: readonly number[],
): Promise<number> {
  const giveUpAtMs = Date.now() + GIVE_UP_MS;
  const ends = records.map(async (count, lane) => {
    while (Date.now() < giveUpAtMs && service.isRunning) {
      const { end } = await log.bounds(topic, lane);
      const [last] = end === 0 ? [] : await log.read(topic, lane, end - 1, 1);
      if (last !== undefined && progressOf(last) === count - 1) return last.appendedAtMs;
      await sleep(POLL_MS);
    }
    throw new Error(`expected lane ${lane} to be folded within ${GIVE_UP_MS} ms, found on stderr: ${service.stderr}`);
  });
  return Math.max(...(await Promise.all(ends)));
}

/** The timeline offset through which the lane is folded, if the record says so. */
function progressOf({ headers, value }: LogRecord): number | null {
  const { type, schema } = readOutputHeaders(headers);
  return type === 'progress' && value !== null ? codecs.progress.decode(value, schema).timelineOffset : null;
}
