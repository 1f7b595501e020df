import { join } from 'node:path';
import { fetchJars } from './downloads.ts';
import { findJava } from './java.ts';

/** What runs a program on Kafka's own Java client. */
export interface JavaClient {
  readonly java: string;
  readonly classPath: string;
}

/** From the jars of the native broker, however the stack itself was started. Throws `WayUnavailable` without Java or Maven. */
export async function findJavaClient(
  variables: Readonly<Record<string, string | undefined>>,
  log: (line: string) => void,
): Promise<JavaClient> {
  const java = await findJava(variables);
  return { java, classPath: join(await fetchJars('kafka', variables, log), '*') };
}
