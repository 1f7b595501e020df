import { type PolicyDocument, policyDocument } from '@tidemark/policy';
import { STILL_MS } from '@tidemark/telemetry';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { readPolicy } from '../terminal/read-policy.ts';
import { awaitLanes, describeWaiting } from './await-lanes.ts';
import type { UpOptions } from './command.ts';
import { goLive, type LiveStart } from './go-live.ts';
import type { RunningUp } from './run-up.ts';
import { waitForAbort } from './wait-for-abort.ts';

export interface Live {
  /** Null: the policy that the log has, or else the default. */
  readonly policy: PolicyDocument | null;
}

/** Between two looks whether every lane is on the wall clock. */
const POLL_MS = 20;

export async function readLive({ policy }: UpOptions, environment: Environment): Promise<Live> {
  return { policy: policy === undefined ? null : policyDocument(await readPolicy(policy, environment)) };
}

/** Takes events on the wall clock until it is stopped. */
export async function runLive(run: RunningUp, live: Live): Promise<number> {
  const { backend, pipeline, options, environment, signal, url, writeKey } = run;
  const { stdout, stderr, clock } = environment;
  const people = options.json ? stderr : stdout;
  const ports = { log: pipeline.log, schemaIds: backend.schemaIds, committed: backend.committed };
  const start = await backend.persist(() => goLive(ports, clock, live.policy));
  await untilTaken(run, start);
  while (!signal.aborted && !pipeline.isLive()) await clock.sleep(POLL_MS, signal);
  if (signal.aborted) return EXIT.ok;
  const policyNumber = start.policy.number;
  if (start.switched) await people.line('The replay is over for good: from here on time is the wall clock.');
  await people.line(
    `Live under policy ${policyNumber}. Send events to ${url}/v1/topics/orders/records; docs/wiring.md says how.`,
  );
  if (writeKey !== null) {
    await people.line(`Segment's SDKs of this machine send to ${url} with the write key ${writeKey}.`);
  }
  await people.line(`Serving ${url} (a page to try it: ${url}/docs). Ctrl-C stops.`);
  if (options.json) await stdout.line(JSON.stringify({ url, policyNumber }));
  await waitForAbort(signal);
  return EXIT.ok;
}

/** Other processes of the pipeline may have lanes, and be behind. */
async function untilTaken({ backend, environment, signal }: RunningUp, start: LiveStart): Promise<void> {
  const { clock, stderr } = environment;
  const wait = () => awaitLanes(backend, clock, start, { withinMs: STILL_MS, signal });
  for (let isTold = false; !signal.aborted; isTold = true) {
    const waiting = await backend.persist(wait);
    if (waiting.length === 0) return;
    if (!isTold && !signal.aborted) await stderr.line(`Waiting: ${describeWaiting(waiting, start)}.`);
  }
}
