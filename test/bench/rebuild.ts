import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeTimeline, readTimelineHeaders } from '@tidemark/contracts';
import { facetNames, type TimelineEventType } from '@tidemark/domain';
import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { readLane } from '@tidemark/stream';
import { Program, until, type Variables } from '../stack/service-process.ts';
import { NEXT_BUILD } from '../upgrade/next-build.ts';
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
    const besides: number[] = [];
    const speeds = new Map<string, number[]>(SERVICES.map((service) => [service, []]));
    for (let run = 0; run < runs; run++) {
      const { events, seconds } = await readEmbedded(folder, readTimeline);
      floors.push(events / seconds);
      for (const [service, ofService] of speeds) {
        ofService.push(events / (await secondsOfRebuild(service, ['--data', folder])));
      }
      besides.push(events / (await secondsBeside('rfm', ['--data', folder])));
    }
    const rebuilt = speeds.get('rfm') ?? [];
    const beside: Figure = {
      name: 'embedded upgrade: the next version of rfm beside, of its rebuild',
      unit: 'x',
      value: median(besides) / median(rebuilt),
      runs: besides.map((speed, run) => speed / (rebuilt[run] ?? Number.NaN)),
      floor: null,
      mustReach: { atLeast: 0.9 },
    };
    const figures = [...speeds].map(([service, ofService]) => ({
      name: `embedded rebuild, ${service}${service === 'tier' ? ' beside the scores' : ''}`,
      unit: 'events/s',
      value: median(ofService),
      runs: ofService,
      floor: { name: 'timeline: read, Avro decode', value: median(floors) },
      mustReach: service === 'tier' ? null : { atLeast: 100_000 },
    }));
    return [...figures, beside];
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

/** Seconds that the next build's version takes to fold the timeline beside, which is given up then. */
async function secondsBeside(service: string, location: readonly string[]): Promise<number> {
  const program = new Program(TIDEMARK, ['upgrade', '--service', service, '--dry-run', ...location], NEXT_BUILD);
  const told = (words: string) => until(words, () => program.stdout.includes(words), BESIDE_WITHIN_MS);
  await told('folds beside first');
  const startedAt = performance.now();
  await told("within a second of every lane's end");
  const seconds = (performance.now() - startedAt) / 1_000;
  if ((await program.closed) !== 0) throw new Error(`expected an upgrade to fold beside, found: ${program.stderr}`);
  await runTidemark(['upgrade', '--service', service, '--abort', ...location], NEXT_BUILD);
  return seconds;
}

const BESIDE_WITHIN_MS = 600_000;

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
