import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeTimeline, readTimelineHeaders } from '@tidemark/contracts';
import { facetNames, type TimelineEventType } from '@tidemark/domain';
import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { readLane } from '@tidemark/stream';
import { Program, type Variables } from '../stack/service-process.ts';
import { type Figure, median } from './measure.ts';

const TIDEMARK = 'scripts/tidemark.mjs';
/** Tier runs the scores beside it, in the same process; every fold of the others must reach its speed. */
const SERVICES = [...facetNames, 'tier'];
const EVENT_TYPES: ReadonlySet<string> = new Set<TimelineEventType>(['order', 'interaction', 'marketing', 'identity']);

/** How fast `tidemark rebuild` folds the bundled data set again, which was replayed to a data folder before. */
export async function benchRebuild(runs: number): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  try {
    await runTidemark(['up', '--once', '--data', folder]);
    const floors: number[] = [];
    const speeds = new Map<string, number[]>(SERVICES.map((service) => [service, []]));
    for (let run = 0; run < runs; run++) {
      const { events, seconds } = await readEmbedded(folder, readTimeline);
      floors.push(events / seconds);
      for (const [service, ofService] of speeds) {
        ofService.push(events / (await secondsOfRebuild(service, ['--data', folder])));
      }
    }
    return [...speeds].map(([service, ofService]) => ({
      name: `embedded rebuild, ${service}${service === 'tier' ? ' beside the scores' : ''}`,
      unit: 'events/s',
      value: median(ofService),
      runs: ofService,
      floor: { name: 'timeline: read, Avro decode', value: median(floors) },
      mustReach: service === 'tier' ? null : { atLeast: 100_000 },
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds that `tidemark rebuild` takes, from its clear to its last record; what a process takes to start is not in it. */
export async function secondsOfRebuild(
  service: string,
  location: readonly string[],
  variables: Variables = {},
): Promise<number> {
  const stdout = await runTidemark(['rebuild', '--service', service, '--yes', '--json', ...location], variables);
  const { sent, seconds } = JSON.parse(stdout) as { readonly sent: number; readonly seconds: number };
  if (sent > 0) throw new Error(`expected nothing to be published again, found ${sent} records sent`);
  return seconds;
}

/** The timeline alone, from end to end. */
async function readTimeline({ log }: EmbeddedReader): Promise<{ readonly events: number; readonly seconds: number }> {
  const startedAt = performance.now();
  let events = 0;
  for (let lane = 0; lane < log.lanes; lane++) {
    for await (const { value, headers } of readLane(log, 'timeline', lane)) {
      const { type, schema } = readTimelineHeaders(headers);
      if (value === null || !EVENT_TYPES.has(type)) continue;
      decodeTimeline(type as TimelineEventType, schema ?? '', value);
      events++;
    }
  }
  return { events, seconds: (performance.now() - startedAt) / 1_000 };
}

async function runTidemark(args: readonly string[], variables: Variables = {}): Promise<string> {
  const program = new Program(TIDEMARK, args, variables);
  if ((await program.closed) === 0) return program.stdout;
  throw new Error(`expected \`tidemark ${args[0]}\` to work, found: ${program.stderr}`);
}
