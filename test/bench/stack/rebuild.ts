import { type Figure, median } from '../measure.ts';
import { secondsOfRebuild } from '../rebuild.ts';
import { consumeBare, FLOOR, foldAll, SIZE } from './behaviour.ts';
import { type BenchContext, withPipeline } from './bench-context.ts';
import { writeTimeline } from './write-timeline.ts';

/** behaviour has timers beside its events; profile has none. */
const SERVICES = ['behaviour', 'profile'];

/** How fast `tidemark rebuild`, one process, folds a timeline again that services/behaviour has folded before. */
export async function benchRebuild({ stack, runs, say }: BenchContext): Promise<Figure[]> {
  const rebuilds = new Map<string, number[]>(SERVICES.map((service) => [service, []]));
  const floors: number[] = [];
  for (let run = 0; run < runs; run++) {
    await withPipeline(stack, 'rebuild', async (pipeline) => {
      say(`rebuild: writing ${SIZE.events} interactions of ${SIZE.customers} customers`);
      const records = await writeTimeline(pipeline.remote.log, SIZE);
      const service = await foldAll(pipeline, records);
      say(`rebuild: service ${JSON.stringify(service)}`);
      const floor = await consumeBare(pipeline, records);
      say(`rebuild: floor ${JSON.stringify(floor)}`);
      floors.push(SIZE.events / floor.seconds);
      const { kafka, redis, registry } = stack;
      const location = ['--kafka', kafka.brokers.join(','), '--redis', redis.url, '--registry', registry.url];
      for (const [name, ofService] of rebuilds) {
        const seconds = await secondsOfRebuild(name, location, pipeline.variables);
        say(`rebuild: ${name} ${seconds} s`);
        ofService.push(SIZE.events / seconds);
      }
    });
  }
  return [...rebuilds].map(([name, ofService]) => ({
    name: `rebuild of ${name} on servers, one process`,
    unit: 'events/s',
    value: median(ofService),
    runs: ofService,
    floor: { name: FLOOR, value: median(floors) },
    mustReach: { atLeast: 100_000 },
  }));
}
