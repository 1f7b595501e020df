import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_MS } from '@tidemark/domain';
import { type Outcome, outcomeOfFolder } from './outcome.ts';
import { Program, type Variables } from './service-process.ts';

/** The bundled sample: about 50,000 events of 2,357 customers, up to this day. */
export const LAST_DAY = '1998-06-30';

const MAIN = 'packages/cli/src/main.ts';

/** The last moment of a UTC day, where a replay's punctuation brings every lane. */
export function endOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + DAY_MS - 1;
}

/** What the sample comes to in embedded mode, up to the end of the day. */
export async function embeddedOutcome(lanes: number, day = LAST_DAY): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-embedded-'));
  try {
    const options = ['--sample', '--until', day, '--lanes', String(lanes), '--data', folder];
    await ended(new Program(MAIN, ['up', '--once', ...options], {}));
    return await outcomeOfFolder(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the sample to Kafka, up to the end of the day. */
export function startReplay(variables: Variables, day = LAST_DAY, ...options: readonly string[]): Program {
  const args = ['replay', '--sample', '--until', day, '--json', ...options];
  return new Program(MAIN, args, variables);
}

/** However long it takes; throws where it ends otherwise than with 0. */
export async function ended(program: Program): Promise<void> {
  const code = await program.closed;
  if (code !== 0) throw new Error(`expected the program to end with 0, found ${code}: ${program.stderr}`);
}
