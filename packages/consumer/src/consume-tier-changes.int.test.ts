import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TierChangeJson } from '@tidemark/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConsumerOptions, consumeTierChanges, type Retry } from './consume-tier-changes.ts';
import { filePlace } from './file-place.ts';
import { httpSource } from './http-source.ts';
import { memoryPlace, type PlaceStore } from './place.ts';
import { ChangeServer, changesOf, type Fault } from './testing/change-server.ts';
import { VirtualRuntime } from './testing/virtual-runtime.ts';

let server: ChangeServer;
let folder: string;
beforeEach(async () => {
  server = await ChangeServer.start();
  folder = await mkdtemp(join(tmpdir(), 'tidemark-consumer-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Consumes until so many changes are handled; gives them in the order of their handling. */
async function consume(count: number, options: Partial<ConsumerOptions> = {}, idleTimeoutMs = 5_000) {
  const handled: TierChangeJson[] = [];
  const retries: Retry[] = [];
  const runtime = new VirtualRuntime();
  const end = new AbortController();
  await consumeTierChanges({
    source: httpSource({ url: server.url, token: 'secret', idleTimeoutMs }),
    place: memoryPlace(),
    signal: end.signal,
    runtime,
    onRetry: (retry) => retries.push(retry),
    ...options,
    async handle(changes) {
      await options.handle?.(changes);
      handled.push(...changes);
      if (handled.length >= count) end.abort();
    },
  });
  return { handled, retries, runtime };
}

const identities = (changes: readonly TierChangeJson[]) => changes.map(({ lane, number }) => `${lane}:${number}`);

describe('changes are handed over once, in order', () => {
  test('from the first one, with the token', async () => {
    server.changes.push(...changesOf([1, 0, 1]));
    const { handled } = await consume(3);
    expect(handled).toEqual(server.changes);
    expect(server.requests).toEqual([
      { url: '/v1/tier-changes?from=start', lastEventId: undefined, authorization: 'Bearer secret' },
    ]);
  });

  test('in batches of at most so many', async () => {
    server.changes.push(...changesOf([0, 0, 0, 0, 0]));
    const sizes: number[] = [];
    await consume(5, { batchChangesMax: 2, handle: (changes) => void sizes.push(changes.length) });
    expect(sizes).toEqual([2, 2, 1]);
  });

  test.each<[string, Fault[]]>([
    ['a status that passes', [status(503), status(429), status(500)]],
    [
      'a connection that breaks',
      [
        { kind: 'cut', after: 2 },
        { kind: 'cut', after: 0 },
      ],
    ],
    [
      'a connection that ends',
      [
        { kind: 'end', after: 1 },
        { kind: 'end', after: 3 },
      ],
    ],
    ['a connection that falls silent', [{ kind: 'silence', after: 2 }]],
    [
      'repeats after a reconnect',
      [
        { kind: 'cut', after: 4 },
        { kind: 'repeat', count: 3 },
      ],
    ],
    ['everything twice, in pieces of 7 bytes', [{ kind: 'pieces', bytes: 7 }]],
  ])('whatever happens: %s', async (_name, faults) => {
    server.changes.push(...changesOf([0, 3, 0, 3, 3, 0]));
    server.faults.push(...faults);
    const { handled } = await consume(6, {}, 100);
    expect(handled).toEqual(server.changes);
  });

  test('whatever happens, one thing after another, and across restarts', async () => {
    const lanes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 });
    const fault = fc.oneof(
      fc.constantFrom<Fault>(status(503), status(429, { 'retry-after': '3' })),
      fc.record({ kind: fc.constantFrom('cut' as const, 'end' as const), after: fc.nat(10) }),
      fc.record({ kind: fc.constant('repeat' as const), count: fc.nat(10) }),
      fc.record({ kind: fc.constant('pieces' as const), bytes: fc.integer({ min: 50, max: 3_000 }) }),
    );
    const restarts = fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 3 });
    const run = fc.asyncProperty(lanes, fc.array(fault, { maxLength: 8 }), restarts, async (order, faults, stops) => {
      server.changes.splice(0, Number.POSITIVE_INFINITY, ...changesOf(order));
      server.faults.splice(0, Number.POSITIVE_INFINITY, ...faults);
      const place = filePlace(join(folder, `place-${server.requests.length}`));
      const handled: TierChangeJson[] = [];
      const flaky = failing((calls) => calls % 3 === 1);
      for (const stop of [...stops, order.length]) {
        const left = order.length - handled.length;
        if (left > 0)
          handled.push(...(await consume(Math.min(stop, left), { place, handle: flaky, batchChangesMax: 3 })).handled);
      }
      expect(identities(handled)).toEqual(identities(server.changes));
    });
    await fc.assert(run, { numRuns: 60 });
  });
});

describe('the place', () => {
  test('is asked for again after a restart, with the numbers that tell repeats', async () => {
    server.changes.push(...changesOf([0, 1, 0]));
    const path = join(folder, 'place.json');
    await consume(3, { place: filePlace(path) });
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      from: 'start',
      cursor: 'after-3',
      numbers: { 0: 2, 1: 1 },
    });
    server.changes.push({ ...(server.changes[2] as TierChangeJson), number: 3 });
    server.faults.push({ kind: 'repeat', count: 3 });
    const { handled } = await consume(1, { place: filePlace(path) });
    expect(identities(handled)).toEqual(['0:3']);
    expect(server.requests.at(-1)).toMatchObject({ url: '/v1/tier-changes', lastEventId: 'after-3' });
  });

  test('moves only once the changes are handled: what was not stored comes again', async () => {
    server.changes.push(...changesOf([0, 0]));
    const kept = memoryPlace();
    const broken: PlaceStore = {
      load: kept.load,
      // The first is that of the stream's beginning.
      save: (place) => (place.cursor === 'after-0' ? kept.save(place) : Promise.reject(new Error('disk full'))),
    };
    const first: string[] = [];
    const run = consume(2, { place: broken, handle: (changes) => void first.push(...identities(changes)) });
    await expect(run).rejects.toMatchObject({ code: 'place-not-stored', cause: { message: 'disk full' } });
    expect(first).toEqual(['0:1', '0:2']);
    expect(identities((await consume(2, { place: kept })).handled)).toEqual(['0:1', '0:2']);
  });

  test('that is not one is refused and left as it is', async () => {
    const path = join(folder, 'place.json');
    await writeFile(path, '{"cursor": 1}');
    await expect(consume(1, { place: filePlace(path) })).rejects.toMatchObject({ code: 'place-unreadable' });
    await expect(consume(1, { place: filePlace(folder) })).rejects.toMatchObject({ code: 'place-unreadable' });
    expect(await readFile(path, 'utf8')).toBe('{"cursor": 1}');
  });

  test('is stored with the first answer, so that a consumer that begins now misses nothing until it starts again', async () => {
    const place = memoryPlace();
    const end = new AbortController();
    server.changes.push(...changesOf([0, 0]));
    server.faults.push({ kind: 'cut', after: 0 });
    await consume(1, { from: 'now', place, signal: end.signal, onRetry: () => end.abort() });
    expect(await place.load()).toEqual({ from: 'now', cursor: 'after-2', numbers: {} });
    server.changes.push(...changesOf([0, 0, 0]).slice(2));
    expect(identities((await consume(1, { from: 'now', place })).handled)).toEqual(['0:3']);
  });

  test('begins now where that is asked for, in the middle of a lane’s numbers', async () => {
    server.changes.push(...changesOf([0, 0, 0]).slice(1));
    // The server's `now` is its end: the connection is asked to repeat, which stands for changes that come later.
    server.faults.push({ kind: 'repeat', count: 2 });
    const { handled } = await consume(2, { from: 'now' });
    expect(identities(handled)).toEqual(['0:2', '0:3']);
    expect(server.requests[0]?.url).toBe('/v1/tier-changes');
  });
});

describe('a handler that throws', () => {
  test('gets the same changes again, after waits that double', async () => {
    server.changes.push(...changesOf([0, 0]));
    const { handled, retries, runtime } = await consume(2, { handle: failing((calls) => calls <= 3) });
    expect(identities(handled)).toEqual(['0:1', '0:2']);
    expect(runtime.waits).toEqual([187.5, 375, 750]);
    expect(retries.map(({ doing, failures }) => [doing, failures])).toEqual([
      ['handle', 1],
      ['handle', 2],
      ['handle', 3],
    ]);
    expect(retries[0]?.error).toMatchObject({ message: 'not now' });
  });

  test('stops the consumer after handleAttemptsMax, and the place stays', async () => {
    server.changes.push(...changesOf([0]));
    const place = memoryPlace();
    const run = consume(1, { place, handle: failing(() => true), handleAttemptsMax: 2 });
    await expect(run).rejects.toMatchObject({ code: 'handler-failed', cause: { message: 'not now' } });
    expect(await place.load()).toMatchObject({ cursor: 'after-0', numbers: {} });
  });

  test('ends with the signal, without the place moving', async () => {
    server.changes.push(...changesOf([0]));
    const place = memoryPlace();
    const end = new AbortController();
    await consume(1, { place, signal: end.signal, handle: failing(() => true), onRetry: () => end.abort() });
    expect(await place.load()).toMatchObject({ cursor: 'after-0', numbers: {} });
  });
});

describe('what does not pass stops the consumer', () => {
  test('a number that is skipped, after what came before it is handled and stored', async () => {
    server.changes.push(...changesOf([0, 1, 0, 0, 1]).filter((_, index) => index !== 2));
    const place = memoryPlace();
    const seen: string[] = [];
    const run = consume(5, { place, handle: (changes) => void seen.push(...identities(changes)) });
    await expect(run).rejects.toThrow('lane 0: expected tier change number 2, found 3');
    await expect(consume(5, { place })).rejects.toMatchObject({ code: 'number-skipped', retriable: false });
    expect(seen).toEqual(['0:1', '1:1']);
    expect(await place.load()).toMatchObject({ cursor: 'after-2', numbers: { 0: 1, 1: 1 } });
  });

  test('a lane that does not begin with its first number', async () => {
    server.changes.push(...changesOf([0, 0]).slice(1));
    await expect(consume(1)).rejects.toMatchObject({ code: 'number-skipped' });
  });

  test.each<[string, Fault]>([
    ['bad-cursor', status(400)],
    ['not-authorised', status(401)],
    ['not-authorised', status(403)],
    ['unexpected-answer', status(404)],
    ['unexpected-answer', status(302, { location: '/elsewhere' })],
    ['unexpected-answer', { kind: 'page' }],
    ['unexpected-answer', { kind: 'garbage' }],
  ])('%s (case %#)', async (code, fault) => {
    server.faults.push(fault);
    await expect(consume(1)).rejects.toMatchObject({ name: 'ConsumerError', code, retriable: false });
  });
});

test('the server is not asked again before it wants to be', async () => {
  server.changes.push(...changesOf([0]));
  server.faults.push(status(429, { 'retry-after': '7' }));
  expect((await consume(1)).runtime.waits).toEqual([7_000]);
});

test('the signal ends a consumer that waits for changes', async () => {
  const end = new AbortController();
  const waiting = consume(1, { signal: end.signal });
  while (server.requests.length === 0) await new Promise(setImmediate);
  end.abort();
  await waiting;
});

function status(code: number, headers: Record<string, string> = {}): Fault {
  return { kind: 'status', status: code, headers };
}

/** A handler that throws for the calls that `fails` says, counted from 1. */
function failing(fails: (calls: number) => boolean): () => void {
  let calls = 0;
  return () => {
    calls++;
    if (fails(calls)) throw new Error('not now');
  };
}
