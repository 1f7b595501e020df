import { describeWithServers } from '@tidemark/testkit/servers';
import { afterAll, expect, test } from 'vitest';
import { firstDifference } from '../replay/settled-state.ts';
import { variablesFor } from './deployment.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { FOLDING, RemotePipeline } from './remote-pipeline.ts';
import { embeddedOutcome, endOf, LAST_DAY, replaySample } from './sample-replay.ts';
import { killAll, ServiceProcess } from './service-process.ts';

const LANES = 4;

describeWithServers('a replay through one process a service', ['kafka', 'redis', 'registry'], (stack, prepare) => {
  let embedded: Outcome;
  let remote: Outcome;

  prepare(async () => {
    const variables = variablesFor(stack(), 'modes', { TIDEMARK_LANES: String(LANES) });
    [embedded] = await Promise.all([
      embeddedOutcome(LANES),
      replaySample(variables),
      ...FOLDING.map((name) => ServiceProcess.start(name, variables)),
    ]);
    const pipeline = await RemotePipeline.open(variables);
    await pipeline.settled(endOf(LAST_DAY));
    remote = await outcomeOf(pipeline);
    await pipeline.close();
    console.log(`${remote.changes.length} tier changes; doubles on the wire: ${remote.doubles}`);
  });
  afterAll(killAll);

  test('ends in the tier changes of embedded mode, each once', () => {
    expect(embedded.changes.length).toBeGreaterThan(6_000);
    expect(firstDifference(embedded.changes, remote.changes)).toBeNull();
    expect(remote.contradictions).toBe(0);
  });

  test('ends in the facets of embedded mode', () => {
    expect(embedded.facets.length).toBeGreaterThan(2_000);
    expect(firstDifference(embedded.facets, remote.facets)).toBeNull();
  });
});
