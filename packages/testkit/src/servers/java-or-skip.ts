import { findJavaClient, type JavaClient, WayUnavailable } from '@tidemark/stack';

/** What runs a program on Kafka's own Java client. Where there is no Java the test counts as skipped; with CI=true it fails. */
export async function javaOrSkip(skip: (why: string) => never): Promise<JavaClient> {
  try {
    return await findJavaClient(process.env, say);
  } catch (error) {
    if (!(error instanceof WayUnavailable) || process.env['CI'] === 'true') throw error;
    say(`SKIPPED, a program in Java: ${error.message}`);
    return skip(error.message);
  }
}

function say(line: string): void {
  process.stderr.write(`stack: ${line}\n`);
}
