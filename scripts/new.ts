// Begins a facet or a raw topic: `npm run new facet NAME`, `npm run new topic NAME`.

import { join } from 'node:path';
import { type Check, generators, registryGenerators, runLoudly } from './check.ts';
import { checkName, type RoomKind } from './new/names.ts';
import { facetSteps, writeFacet } from './new/new-facet.ts';
import { topicSteps, writeTopic } from './new/new-topic.ts';
import { Refusal } from './new/refusal.ts';

const ROOT = join(import.meta.dirname, '..');
/** As everywhere: the command line is wrong. */
const EXIT_USAGE = 2;

interface Room {
  /** Gives the paths that were written. */
  write(root: string, name: string): readonly string[];
  /** What writes all that follows from it. */
  readonly generators: readonly Check[];
  /** What is left to whoever asked for it. */
  steps(name: string): string;
}

const rooms: Readonly<Record<RoomKind, Room>> = {
  facet: { write: writeFacet, generators: registryGenerators, steps: facetSteps },
  topic: { write: writeTopic, generators, steps: topicSteps },
};

/** Gives the exit code. */
async function run([kind, name, ...others]: readonly string[]): Promise<number> {
  if (kind === undefined || !Object.hasOwn(rooms, kind) || name === undefined || others.length > 0) {
    throw new Refusal(
      `expected one of ${Object.keys(rooms).join(', ')}, and a name, such as \`npm run new facet visits\``,
    );
  }
  checkName(ROOT, kind as RoomKind, name);
  const room = rooms[kind as RoomKind];
  const written = room.write(ROOT, name);
  for (const path of written) console.log(`${path} written`);
  process.chdir(ROOT);
  const format = ['node_modules/.bin/biome', 'check', '--write', ...written.filter((path) => path.endsWith('.ts'))];
  for (const command of [format, ...room.generators.map((generator) => generator.command)]) {
    const exitCode = await runLoudly(command);
    if (exitCode !== 0) return exitCode;
  }
  console.log(`\n${room.steps(name)}`);
  return 0;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`new: ${error.message}`);
  process.exitCode = EXIT_USAGE;
}
