import { cpSync, createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { topics } from '@tidemark/contracts';
import { type EventLog, readLane } from '@tidemark/stream';
import { type ChaosReport, describeFault, describeReport } from './report.ts';

/** Keeps what a run that went wrong can be understood from: the report, every topic as lines of JSON, Redis's files. */
export async function dumpRun(
  report: ChaosReport,
  log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>,
  redisFolder: string,
  folder: string,
): Promise<void> {
  const lines = [...report.records.map(describeFault), ...describeReport(report)];
  writeFileSync(join(folder, 'report.txt'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'problems.json'), JSON.stringify(report.findings.problems, null, 1));
  cpSync(redisFolder, join(folder, 'redis'), { recursive: true });
  for (const { name } of topics) {
    for (let lane = 0; lane < log.lanes; lane++) {
      const file = createWriteStream(join(folder, `${name}-${lane}.ndjson`));
      for await (const { key, value, ...rest } of readLane(log, name, lane)) {
        file.write(`${JSON.stringify({ ...rest, key: asText(key, 'utf8'), value: asText(value, 'base64') })}\n`);
      }
      file.end();
      await finished(file);
    }
  }
}

function asText(bytes: Uint8Array | null, encoding: BufferEncoding): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString(encoding);
}
