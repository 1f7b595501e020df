import { encodeTimelinePolicy, TIMELINE_FORMAT, timelineFormatOf, timelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import type { NewRecord } from '@tidemark/stream';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import { afterAll, expect, test } from 'vitest';
import { applyLayout, variablesFor } from './deployment.ts';
import { RemotePipeline } from './remote-pipeline.ts';
import { killAll, runTidemark, ServiceProcess, until } from './service-process.ts';

const LANES = [0, 1, 2];

describeWithSharedServers(
  'a pipeline on servers that an earlier build began',
  ['kafka', 'redis', 'registry'],
  (stack) => {
    afterAll(killAll);

    test('is written in the newest format once the command has asked each lane, which waits for that', async () => {
      const { kafka, redis, registry } = stack();
      const addresses = ['--kafka', kafka.brokers.join(','), '--redis', redis.url, '--registry', registry.url];
      const variables = variablesFor(stack(), 'upgrade-format');
      const upgrade = (...options: readonly string[]) =>
        runTidemark(['upgrade-format', ...options, ...addresses], variables);
      await applyLayout(variables);
      const pipeline = await RemotePipeline.open(variables);
      const formats = async (lane: number) => {
        const { end } = await pipeline.log.bounds('timeline', lane);
        const records = await pipeline.log.read('timeline', lane, 0, end);
        return records.map(({ headers }) => timelineFormatOf(headers));
      };
      const writer = await pipeline.log.writer();
      for (const lane of LANES) await writer.send('timeline', lane, [earlierPolicy()]);
      await writer.close();
      await ServiceProcess.start('unify', variables);

      await until('unify has taken up the lanes', async () =>
        (await upgrade()).stdout.startsWith('lanes 0, 1, 2 would be'),
      );
      for (const lane of LANES) expect(new Set(await formats(lane))).toEqual(new Set([1]));

      const { code, stdout, stderr } = await upgrade('--yes');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^lanes 0, 1, 2 written in format 2 from here on/);
      for (const lane of LANES) {
        await until(`lane ${lane} ticks`, async () => (await formats(lane)).at(-1) === TIMELINE_FORMAT);
        const all = await formats(lane);
        expect(new Set(all.slice(all.indexOf(TIMELINE_FORMAT)))).toEqual(new Set([TIMELINE_FORMAT]));
      }
      expect((await upgrade('--yes')).stdout).toMatch(/^Every lane is in format 2/);
      expect(await pipeline.countOf('dead-letters')).toBe(0);
      await pipeline.close();
    });
  },
);

/** The first record of a lane as a build before there were formats writes it. */
function earlierPolicy(): NewRecord {
  const { value, schema } = encodeTimelinePolicy({ number: 1, ...policyDocument(defaultPolicy()) });
  const origin = { topic: 'control', offset: 0 } as const;
  const parts = { type: 'policy', origin, logTime: Date.now() as TimeMs, clock: 'live' } as const;
  return { key: null, value, headers: timelineHeaders({ ...parts, eventId: null, rawAppendedAtMs: null }, schema, 1) };
}
