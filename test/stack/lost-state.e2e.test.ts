import { describeWithServers } from '@tidemark/testkit/servers';
import { afterEach, expect, test } from 'vitest';
import { firstDifference } from '../replay/settled-state.ts';
import { variablesFor } from './deployment.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { FOLDING, RemotePipeline } from './remote-pipeline.ts';
import { embeddedOutcome, ended, endOf, startReplay } from './sample-replay.ts';
import { killAll, ServiceProcess, until, type Variables } from './service-process.ts';
import { emptyNamespace, tellRedis } from './tell-redis.ts';

const LANES = 4;
/** The state is lost while the replay up to here comes through, and the rest of it follows. */
const PART = '1997-06-30';
const END = '1997-09-30';
/** Of the first part's tier changes, more than 4,000. */
const [EARLY, LATER] = [500, 2_000];

describeWithServers(
  'services whose state is lost in the middle of a replay',
  ['kafka', 'redis', 'registry'],
  (stack, prepare) => {
    let embedded: Outcome;

    prepare(async () => {
      embedded = await embeddedOutcome(LANES, END);
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

    test('stop where Redis evicts, publish nothing wrong, and build all of it again once the namespace is emptied', async () => {
      const { redis } = stack();
      const variables = variablesFor(stack(), 'evicted', { TIDEMARK_LANES: String(LANES) });
      const part = startReplay(variables, PART);
      const start = () => Promise.all(FOLDING.map((name) => ServiceProcess.start(name, variables)));
      const services = await start();
      const folds = services.filter(({ name }) => name !== 'unify');
      const readiness = () => Promise.all(folds.map((service) => service.health()));
      const isEach = async (ok: boolean) => (await readiness()).every((report) => report?.ok === ok);
      await until('every fold is ready', () => isEach(true));
      const pipeline = await RemotePipeline.open(variables);
      try {
        await pipeline.reaches('tier-changes', LATER);
        const used = Number(/used_memory:(\d+)/.exec(await tellRedis(redis.url, 'INFO memory'))?.[1]);
        await tellRedis(redis.url, 'CONFIG SET maxmemory-policy allkeys-random');
        await tellRedis(redis.url, `CONFIG SET maxmemory ${Math.round(used * 0.9)}`);
        await until('no fold is ready', () => isEach(false));
        // Mended before anybody looked: what is gone by then is missed where it is needed.
        await tellRedis(redis.url, 'CONFIG SET maxmemory 0');
        await tellRedis(redis.url, 'CONFIG SET maxmemory-policy noeviction');
        await ended(part);
        const rest = startReplay(variables, END);
        const misses = /fault state-missing/;
        const isMissed = async () =>
          (await readiness()).some((report) => report?.checks.some(({ detail }) => misses.test(detail)));
        await until('a lane misses something', isMissed);
        await Promise.all(services.map((service) => service.stop()));
        await emptyNamespace(redis.url, 'evicted');
        await start();
        await ended(rest);
        await pipeline.settled(endOf(END));
        expectSame(await outcomeOf(pipeline));
      } finally {
        await pipeline.close();
      }
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
        await ended(startReplay(variables, END));
        await pipeline.settled(endOf(END));
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
  { shared: ['kafka', 'registry'] },
);
