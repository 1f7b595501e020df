import { describeWithSharedServers } from '@tidemark/testkit/servers';
import { afterAll, expect, test } from 'vitest';
import { firstDifference } from '../replay/settled-state.ts';
import { applyTopics, variablesFor } from './deployment.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { FACETS_ON, RemotePipeline } from './remote-pipeline.ts';
import { embeddedOutcome, ended, endOf, LAST_DAY, startReplay } from './sample-replay.ts';
import { killAll, ServiceProcess, until, type Variables } from './service-process.ts';

const LANES = 6;
const ALL_LANES = Array.from({ length: LANES }, (_, lane) => lane);
const SHARED = ['unify', 'rfm', 'tier'] as const;
const ALONE = FACETS_ON.filter((name) => name !== 'rfm');
/** The replay is written in parts, so that whatever happens after the first is followed by more. */
const DAYS = ['1997-04-30', '1997-09-30', LAST_DAY] as const;

describeWithSharedServers(
  'processes that share the lanes of a service',
  ['kafka', 'redis', 'registry'],
  (stack, prepare) => {
    let embedded: Outcome;
    let variables: Variables;
    let pipeline: RemotePipeline;
    /** By name and number, such as `rfm-2`. */
    const processes = new Map<string, ServiceProcess>();

    prepare(async () => {
      // A member that is killed is missed for as long as that.
      const more = { TIDEMARK_LANES: String(LANES), TIDEMARK_KAFKA_SESSION_TIMEOUT_MS: '6000' };
      variables = variablesFor(stack(), 'shares', more);
      [embedded] = await Promise.all([
        embeddedOutcome(LANES),
        applyTopics(variables),
        ...ALONE.map((name) => start(name, 1)),
        ...SHARED.flatMap((name) => [start(name, 1), start(name, 2)]),
      ]);
      pipeline = await RemotePipeline.open(variables);
    });
    afterAll(async () => {
      await pipeline?.close();
      await killAll();
    });

    test('two have some each, and all between them', async () => {
      for (const name of SHARED) await lanesAreWith(name, [1, 2]);
    });

    test('a third that starts in the middle of a replay takes some', async () => {
      await inTheMiddleOf(DAYS[0], async () => {
        await Promise.all(SHARED.map((name) => start(name, 3)));
        for (const name of SHARED) await lanesAreWith(name, [1, 2, 3]);
      });
    });

    test('the lanes of one that is stopped and of one that is killed go to the third, and the replay goes on', async () => {
      await inTheMiddleOf(DAYS[1], async () => {
        const ends = await Promise.all(SHARED.map((name) => processOf(name, 1).stop('SIGTERM')));
        expect(ends.map(({ code }) => code)).toEqual(SHARED.map(() => 0));
        await Promise.all(SHARED.map((name) => processOf(name, 2).stop('SIGKILL')));
      });
      await ended(startReplay(variables, DAYS[2]));
      for (const name of SHARED) await lanesAreWith(name, [3]);
    });

    test('the answer is that of embedded mode all the same', async () => {
      await pipeline.settled(endOf(DAYS[2]));
      const { doubles, contradictions, ...found } = await outcomeOf(pipeline);
      console.log(`${found.changes.length} tier changes; doubles on the wire: ${doubles}`);
      expect(embedded.changes.length).toBeGreaterThan(6_000);
      expect(firstDifference(embedded.changes, found.changes)).toBeNull();
      expect(contradictions).toBe(0);
      expect(embedded.facets.length).toBeGreaterThan(2_000);
      expect(firstDifference(embedded.facets, found.facets)).toBeNull();
    });

    /** Each process has a client id of its own, by which the group knows it. */
    async function start(name: string, number: number): Promise<void> {
      const id = `${name}-${number}`;
      processes.set(id, await ServiceProcess.start(name, { ...variables, TIDEMARK_KAFKA_CLIENT_ID: id }));
    }

    function processOf(name: string, number: number): ServiceProcess {
      const found = processes.get(`${name}-${number}`);
      if (found === undefined) throw new Error(`expected ${name}-${number} to have been started`);
      return found;
    }

    /** Does it while what the replay writes up to the day comes through the services. */
    async function inTheMiddleOf(day: string, disturb: () => Promise<void>): Promise<void> {
      const before = await pipeline.countOf('tier-changes');
      const replay = startReplay(variables, day);
      await pipeline.reaches('tier-changes', before);
      await disturb();
      await ended(replay);
    }

    /** Each of these has at least one, every lane has one owner, and nobody else has any. */
    async function lanesAreWith(name: string, numbers: readonly number[]): Promise<void> {
      const wanted = numbers.map((number) => `${name}-${number}`);
      const areWithThem = async () => {
        const lanes = await pipeline.lanesOf(name);
        const owned = [...lanes.values()].flat().sort((a, b) => a - b);
        const owners = [...lanes].filter(([, some]) => some.length > 0).map(([id]) => id);
        return owned.join() === ALL_LANES.join() && owners.sort().join() === wanted.join();
      };
      await until(`the lanes of ${name} are with ${wanted.join(', ')}`, areWithThem);
    }
  },
);
