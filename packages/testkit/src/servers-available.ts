import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether tests that need this program of the system may run it. Where it is missing they are skipped, loudly; in CI that
 * is an error, since nobody reads what CI skips. `TIDEMARK_STACK=none` says that servers are not wanted here.
 */
export function requireServer(program: string, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env['TIDEMARK_STACK'] === 'none') return skip(program, 'TIDEMARK_STACK is none');
  if (isInstalled(program, env['PATH'] ?? '')) return true;
  if (env['CI'] === 'true') {
    throw new Error(
      `expected ${program} on the PATH, since CI is true, found none. Install it, or set TIDEMARK_STACK=none to go without.`,
    );
  }
  return skip(program, 'it is not on the PATH');
}

function isInstalled(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function skip(program: string, reason: string): false {
  process.stderr.write(`\nSKIPPED: the tests that need ${program}, because ${reason}.\n`);
  return false;
}
