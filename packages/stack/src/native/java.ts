import { join } from 'node:path';
import { WayUnavailable } from '../servers.ts';
import { runProgram } from './run-program.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What Kafka 4 needs of a broker's machine. */
const JAVA_VERSION_MIN = 17;

/** The `java` to use: JAVA_HOME's, else that of the PATH. Throws `WayUnavailable` if it is missing or too old. */
export async function findJava(variables: Variables): Promise<string> {
  const home = variables['JAVA_HOME'];
  const java = home ? join(home, 'bin', 'java') : 'java';
  const { exitCode, output } = await runProgram(java, ['-version'], variables);
  const wanted = `expected Java ${JAVA_VERSION_MIN} or newer (JAVA_HOME or PATH)`;
  if (exitCode !== 0) throw new WayUnavailable(`${wanted}, found none`);
  const version = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  if (version < JAVA_VERSION_MIN) throw new WayUnavailable(`${wanted}, found ${version} at ${java}`);
  return java;
}

/** Throws `WayUnavailable` if there is no `mvn` in the PATH. */
export async function checkMaven(variables: Variables): Promise<void> {
  const { exitCode } = await runProgram('mvn', ['-version'], variables);
  if (exitCode !== 0) throw new WayUnavailable('expected Maven (mvn) in the PATH for the first download, found none');
}
