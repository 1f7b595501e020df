import { describeWithServers } from '@tidemark/testkit/servers';
import { afterEach, expect, test } from 'vitest';
import { firstDifference } from '../replay/settled-state.ts';
import { variablesFor } from './deployment.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { FOLDING, RemotePipeline } from './remote-pipeline.ts';
import { embeddedOutcome, ended, endOf, LAST_DAY, startReplay } from './sample-replay.ts';
import { killAll, ServiceProcess, type Variables } from './service-process.ts';
import { tellRedis } from './tell-redis.ts';

const LANES = 4;
/** The state is lost while the replay up to here comes through, and the rest of it follows. */
const PART = '1997-12-31';
/** Of the first part's tier changes, more than 4,000. */
const [EARLY, LATER] = [500, 2_000];

describeWithServers(
  'services whose state is lost in the middle of a replay',
  ['kafka', 'redis', 'registry'],
  (stack, prepare) => {
    let embedded: Outcome;

    prepare(async () => {
      embedded = await embeddedOutcome(LANES);
    });
    afterEach(killAll);

    test('build all of it again after a FLUSHALL: the same answer, nothing missing, nothing else', async () => {
      const found = await replayWith('flushed', async (pipeline) => {
        await pipeline.reaches('tier-changes', LATER);
        expect(await tellRedis(stack().redis.url, 'FLUSHALL')).toContain('OK');
      });
      expectSame(found);
    });

    test('go on from what a Redis has that was put back by seconds: the same answer', async () => {
      const { redis } = stack();
      const found = await replayWith('put-back', async (pipeline) => {
        await pipeline.reaches('tier-changes', EARLY);
        // Without a log of commands, this is what the server has when it comes back.
        expect(await tellRedis(redis.url, 'SAVE')).toContain('OK');
        await pipeline.reaches('tier-changes', LATER);
        await redis.kill();
        await redis.restart();
        const loaded = /rdb_last_load_keys_loaded:(\d+)/.exec(await tellRedis(redis.url, 'INFO persistence'))?.[1];
        expect(Number(loaded)).toBeGreaterThan(0);
      });
      expectSame(found);
    });

    /** What a whole replay comes to that is disturbed in its first part. */
    async function replayWith(
      namespace: string,
      disturb: (pipeline: RemotePipeline) => Promise<void>,
    ): Promise<Outcome> {
      const variables: Variables = variablesFor(stack(), namespace, { TIDEMARK_LANES: String(LANES) });
      const replay = startReplay(variables, PART);
      const services = await Promise.all(FOLDING.map((name) => ServiceProcess.start(name, variables)));
      await Promise.all(services.map((service) => service.ready()));
      const pipeline = await RemotePipeline.open(variables);
      try {
        await disturb(pipeline);
        await ended(replay);
        await ended(startReplay(variables));
        await pipeline.settled(endOf(LAST_DAY));
        expect(services.every(({ isRunning }) => isRunning)).toBe(true);
        return await outcomeOf(pipeline);
      } finally {
        await pipeline.close();
      }
    }

    function expectSame({ changes, doubles, contradictions, facets }: Outcome): void {
      console.log(`${changes.length} tier changes; doubles on the wire: ${doubles}`);
      expect(firstDifference(embedded.changes, changes)).toBeNull();
      expect(contradictions).toBe(0);
      expect(firstDifference(embedded.facets, facets)).toBeNull();
    }
  },
);
