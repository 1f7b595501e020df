import { runbook } from '@tidemark/telemetry';
import { readPipeline } from '../location/opened-pipeline.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { formatCount, formatTable } from '../terminal/format.ts';
import type { ListOptions } from './command.ts';
import { type Letter, originOf, readLetters } from './letter.ts';

/** Rows of a table unless --limit says otherwise: a table is as wide as its widest row, so all are held. */
const TABLE_ROWS = 100;

/** Prints the letters asked for, newest last. */
export async function listLetters(options: ListOptions, environment: Environment): Promise<number> {
  const { stdout, stderr } = environment;
  const limit = options.limit ?? (options.json ? null : TABLE_ROWS);
  return readPipeline(options, environment, async ({ log }) => {
    const newest: Letter[] = [];
    let count = 0;
    for await (const letter of readLetters(log)) {
      const signal = stopSignalOf(environment);
      if (signal !== null) return exitCodeOf(signal);
      if (!isWanted(letter, options)) continue;
      count++;
      if (limit === null) {
        await stdout.line(jsonLine(letter));
        continue;
      }
      newest.push(letter);
      if (newest.length > limit) newest.shift();
    }
    if (options.json) for (const letter of newest) await stdout.line(jsonLine(letter));
    else for (const line of tableOf(newest)) await stdout.line(line);
    if (options.json) return EXIT.ok;
    await stderr.line(describeCount(newest.length, count));
    for (const line of whereToRead(newest)) await stderr.line(line);
    return EXIT.ok;
  });
}

function isWanted({ content }: Letter, { reason, service }: ListOptions): boolean {
  return (reason === undefined || content.reason === reason) && (service === undefined || content.service === service);
}

function tableOf(letters: readonly Letter[]): readonly string[] {
  if (letters.length === 0) return [];
  const rows = letters.map(({ name, content }) => {
    const { at, service, reason, detail } = content;
    return [name, isoTime(at), service, reason, originOf(content), detail];
  });
  return formatTable([['letter', 'time', 'service', 'reason', 'record', 'what was wrong'], ...rows], 'left');
}

function jsonLine({ name, lane, offset, appendedAtMs, content }: Letter): string {
  const { at, service, reason, detail } = content;
  return JSON.stringify({
    letter: name,
    lane,
    offset,
    time: isoTime(at),
    appendedAt: isoTime(appendedAtMs),
    service,
    reason,
    detail,
    origin: originOf(content),
    runbook: runbook.deadLetter(reason),
  });
}

/** A line for each reason among the letters. */
function whereToRead(letters: readonly Letter[]): readonly string[] {
  const reasons = new Set(letters.map(({ content }) => content.reason));
  return [...reasons].map((reason) => `What to do about ${reason}: ${runbook.deadLetter(reason)}`);
}

function describeCount(shown: number, count: number): string {
  if (count === 0) return 'No dead letters.';
  if (shown < count)
    return `The newest ${formatCount(shown)} of ${formatCount(count)} dead letters (--limit N for others).`;
  return count === 1 ? '1 dead letter.' : `${formatCount(count)} dead letters.`;
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
