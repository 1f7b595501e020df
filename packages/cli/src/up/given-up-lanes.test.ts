import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { embeddedSchemaIds, topics } from '@tidemark/contracts';
import { type Embedded, openEmbedded } from '@tidemark/embedded';
import { facetEntries, startScore } from '@tidemark/pipeline';
import { systemClock } from '@tidemark/runtime';
import { startUnify } from '@tidemark/service-unify';
import type { LaneWorker, RunningService } from '@tidemark/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goLive } from './go-live.ts';
import { readPipelineSettings } from './pipeline-settings.ts';

const LANES = 16;
/** Turns of the event loop: lanes are assigned one a turn, and a live one has a tick to write as it starts. */
const TURNS = Array.from({ length: 40 }, (_, turns) => turns);

type Services = readonly RunningService<LaneWorker>[];

const folder = mkdtempSync(join(tmpdir(), 'tidemark-given-up-'));

beforeAll(async () => {
  await run(async (services, embedded) => {
    const { log } = embedded;
    await goLive({ ...embedded, schemaIds: embeddedSchemaIds }, systemClock, null);
    for (let lane = 0; lane < LANES; lane++) while ((await log.bounds('timeline', lane)).end === 0) await sleep(5);
    await Promise.all(services.map((service) => service.stop()));
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('lanes that were given up, and are not through, say nothing of the log and store that are closed beneath them', async () => {
  for (const turns of TURNS) {
    const ended = await run(async (services) => {
      await takeTurns(turns);
      for (const { lanes } of services) for (const lane of lanes.values()) lane.abandon();
    });
    expect(ended, `${turns} turns`).toEqual([]);
  }
});

/** Starts a live pipeline, does `work`, closes log and store, and resolves to what lanes told of their end. */
async function run(work: (services: Services, embedded: Embedded) => Promise<void>): Promise<readonly unknown[]> {
  const names = topics.map(({ name }) => name);
  const embedded = openEmbedded({ folder, lanes: LANES, topics: names, clock: systemClock });
  const { log, store, close } = embedded;
  const { unify, fold } = readPipelineSettings({});
  const ended: unknown[] = [];
  const observer = {
    crashed: (...crash: unknown[]) => void ended.push(crash),
    faulted: (...fault: unknown[]) => void ended.push(fault),
  };
  const services = await Promise.all([
    startUnify({ log, clock: systemClock, schemas: embeddedSchemaIds }, unify, observer),
    startScore(facetEntries.rfm, { log, store, clock: systemClock }, fold, observer),
  ]);
  await work(services, embedded);
  close();
  await takeTurns(50);
  return ended;
}

async function takeTurns(turns: number): Promise<void> {
  for (let n = 0; n < turns; n++) await turn();
}
