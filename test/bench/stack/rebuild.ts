import { type Figure, median } from '../measure.ts';
import { secondsOfRebuild } from '../rebuild.ts';
import { consumeBare, FLOOR, foldAll, SIZE } from './behaviour.ts';
import { type BenchContext, withPipeline } from './bench-context.ts';
import { writeTimeline } from './write-timeline.ts';

/** How fast `tidemark rebuild`, one process, folds a timeline again that services/behaviour has folded before. */
export async function benchRebuild({ stack, runs, say }: BenchContext): Promise<Figure[]> {
  const rebuilds: number[] = [];
  const floors: number[] = [];
  for (let run = 0; run < runs; run++) {
    await withPipeline(stack, 'rebuild', async (pipeline) => {
      say(`rebuild: writing ${SIZE.events} interactions of ${SIZE.customers} customers`);
      const records = await writeTimeline(pipeline.remote.log, SIZE);
      const service = await foldAll(pipeline, records);
      say(`rebuild: service ${JSON.stringify(service)}`);
      const floor = await consumeBare(pipeline, records);
      say(`rebuild: floor ${JSON.stringify(floor)}`);
      const { kafka, redis, registry } = stack;
      const location = ['--kafka', kafka.brokers.join(','), '--redis', redis.url, '--registry', registry.url];
      const seconds = await secondsOfRebuild('behaviour', location, pipeline.variables);
      say(`rebuild: command ${seconds} s`);
      rebuilds.push(SIZE.events / seconds);
      floors.push(SIZE.events / floor.seconds);
    });
  }
  return [
    {
      name: 'rebuild of behaviour on servers, one process',
      unit: 'events/s',
      value: median(rebuilds),
      runs: rebuilds,
      floor: { name: FLOOR, value: median(floors) },
      mustReach: { atLeast: 100_000 },
    },
  ];
}
