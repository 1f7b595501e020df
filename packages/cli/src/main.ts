/** The `tidemark` command. The only reader of arguments, environment and signals. */
import { setFlagsFromString } from 'node:v8';
import { systemClock } from '@tidemark/runtime';
import { runProgram } from './program.ts';
import type { Environment } from './terminal/environment.ts';
import { EXIT, exitCodeOf, STOP_SIGNALS } from './terminal/exit-codes.ts';
import { Output } from './terminal/output.ts';
import { reportBug } from './terminal/report-bug.ts';

// On a machine with much memory V8 lets garbage pile up to several times what is alive. Measured over the full replay: a
// peak of 480 MiB instead of 690, and no slower.
setFlagsFromString('--heap-growing-percent=30');

const stop = new AbortController();
const environment: Environment = {
  variables: process.env,
  stdout: new Output(process.stdout),
  stderr: new Output(process.stderr),
  clock: systemClock,
  stop: stop.signal,
  peakMemoryBytes: () => process.resourceUsage().maxRSS * 1_024,
};

// One Ctrl-C may come twice: from the terminal, and passed on by whoever started us.
const ONE_STOP_MS = 1_000;
let stoppedAtMs = 0;
for (const signal of STOP_SIGNALS) {
  process.on(signal, () => {
    // The second time there is no patience left. What was acknowledged is safe.
    if (stop.signal.aborted && systemClock.elapsedMs() - stoppedAtMs > ONE_STOP_MS) process.exit(exitCodeOf(signal));
    if (!stop.signal.aborted) stoppedAtMs = systemClock.elapsedMs();
    stop.abort(signal);
  });
}
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    void reportBug(error, environment.stderr).then(() => process.exit(EXIT.bug));
  });
}

const exitCode = await runProgram(process.argv.slice(2), environment);
await Promise.all([environment.stdout.flush(), environment.stderr.flush()]);
process.exit(exitCode);
