import { topics } from '@tidemark/contracts';
import { KafkaLog, RegistrySchemaIds } from '@tidemark/kafka';
import { policyDocument } from '@tidemark/policy';
import { readServiceSettings } from '@tidemark/runtime';
import type { Lane } from '@tidemark/stream';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { readPolicy } from '../terminal/read-policy.ts';
import { diagnosticsOf } from '../topics/diagnostics-of.ts';
import { awaitLanes, describeWaiting } from '../up/await-lanes.ts';
import { goLive, type LiveStart } from '../up/go-live.ts';
import type { ApplyOptions } from './command.ts';

/** How long lanes may take: a group that changes its members at that moment needs some seconds. */
const WITHIN_MS = 30_000;

/**
 * Puts every lane in Kafka on the wall clock under the policy: a file's, or the one in force, or the default; and says so
 * once every lane has taken it.
 */
export async function applyPolicy(
  file: string | undefined,
  { wait }: ApplyOptions,
  environment: Environment,
): Promise<number> {
  const { variables, stdout, stderr, clock, stop } = environment;
  const { kafka, registry, namespace, lanes } = readServiceSettings(variables, { registry: true });
  if (registry === null) throw new Error('expected the registry to be among the settings');
  const given = file === undefined ? null : policyDocument(await readPolicy(file, environment));
  const schemaIds = await RegistrySchemaIds.open(registry);
  if (schemaIds.idOf('policy', 1) === undefined || schemaIds.idOf('live-switch') === undefined) {
    throw new Failure(
      `expected the schemas at ${registry.url}, found that some are missing: run \`tidemark schemas apply\``,
    );
  }
  const log = new KafkaLog({ ...kafka, namespace, lanes, diagnostics: diagnosticsOf(stderr), now: () => clock.now() });
  const names = topics.map(({ name }) => name);
  const live = { log, schemaIds, committed: (group: string, lane: Lane) => log.committed(group, names, lane) };
  try {
    const start = await goLive(live, clock, given);
    if (!wait) {
      await stdout.line(
        `Policy ${start.policy.number} is in the log, in each of ${lanes} lanes. A lane takes it when unify comes to it; the same ` +
          'command without --no-wait waits for that.',
      );
      return EXIT.ok;
    }
    const waiting = await awaitLanes(live, clock, start, { withinMs: WITHIN_MS, signal: stop });
    const signal = stopSignalOf(environment);
    if (waiting.length > 0) {
      if (signal === null) throw notTaken(waiting, start, await log.members('unify'));
      await stderr.line(`Stopped: ${describeWaiting(waiting, start)}.`);
      return exitCodeOf(signal);
    }
    if (start.switched) await stdout.line('The replay is over for good: from here on time is the wall clock.');
    await stdout.line(`Policy ${start.policy.number} is in force, in each of ${lanes} lanes.`);
  } finally {
    await log.close();
  }
  return EXIT.ok;
}

function notTaken(waiting: readonly Lane[], start: LiveStart, processes: number): Failure {
  const why =
    processes === 0
      ? 'No process of unify runs: start it.'
      : 'unify is behind, or has stopped in them: `npx tidemark doctor` and its /readyz say which.';
  return new Failure(
    `expected every lane to take the policy within ${WITHIN_MS / 1_000} s, found that ${describeWaiting(waiting, start)}. ${why} ` +
      'They take it by themselves; the same command waits for them again',
  );
}
