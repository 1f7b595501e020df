import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './file-lock.ts';
import { checkMaven } from './java.ts';
import { runProgram } from './run-program.ts';

type Variables = Readonly<Record<string, string | undefined>>;
type Download = 'kafka' | 'registry';

/** The executions of the pom, by what they bring. */
const GOAL: Readonly<Record<Download, string>> = {
  kafka: 'dependency:copy-dependencies@kafka',
  registry: 'dependency:unpack@registry',
};

const POM = join(import.meta.dirname, '../../../../infra/stack/pom.xml');

/**
 * The folder with the jars. The first time Maven brings them, and says so; after that no network is needed. Processes
 * that ask at the same time wait for the first one's download.
 */
export async function fetchJars(what: Download, variables: Variables, log: (line: string) => void): Promise<string> {
  // A changed pom is another download: its folder has another name.
  const version = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const cache = join(cacheFolder(variables), `stack-${version}`);
  const folder = join(cache, what);
  if (existsSync(folder)) return folder;
  await checkMaven(variables);
  mkdirSync(cache, { recursive: true });
  await withLock(join(cache, 'download.lock'), async () => {
    if (existsSync(folder)) return;
    log(`downloading ${what} with Maven, once, to ${folder}`);
    await download(what, cache, folder, variables);
    log(`downloaded ${what}`);
  });
  return folder;
}

/** Into a folder of another name first: one that is there is complete. */
async function download(what: Download, cache: string, folder: string, variables: Variables): Promise<void> {
  const partial = mkdtempSync(join(cache, 'partial-'));
  try {
    const args = ['-B', '-q', '-f', POM, `-Dtarget.folder=${partial}`, GOAL[what]];
    const { exitCode, output } = await runProgram('mvn', args, variables);
    if (exitCode !== 0) {
      throw new Error(`Maven could not download ${what}; is there a network? It said:\n${output.slice(-2_000)}`);
    }
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Outside the work tree, shared by all work trees of the user. */
export function cacheFolder(variables: Variables): string {
  return join(variables['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tidemark');
}
