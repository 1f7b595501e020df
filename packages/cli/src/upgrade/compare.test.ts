import type { CustomerId } from '@tidemark/domain';
import type { LogRecord, ToldOutput } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { compareVersions, describeComparison, needsYes } from './compare.ts';

type Service = Parameters<typeof compareVersions>[1];
type Pipeline = Parameters<typeof compareVersions>[0];

/** What stands in the change topic of each lane, and the new version's views in the store. */
function compare(
  lanes: readonly (readonly ToldOutput[])[],
  views: Readonly<Record<string, object | null>>,
  name = 'rfm',
) {
  const service = {
    name,
    version: 3,
    stateName: `${name}-3`,
    changeTopic: 'changes',
    readTold: ({ offset }: LogRecord) => told[offset],
  } as unknown as Service;
  let told: readonly ToldOutput[] = [];
  const log = {
    lanes: lanes.length,
    bounds: async (_topic: string, lane: number) => {
      told = lanes[lane] ?? [];
      return { start: 0, end: told.length };
    },
    read: async (_topic: string, _lane: number, from: number) => told.map((_, offset) => ({ offset })).slice(from),
  };
  const customers = async (lane: number, after: CustomerId | null) => {
    if (lane > 0 || after !== null) return [];
    return Object.entries(views).map(([customerId, facet]) => {
      return { customerId, facets: new Map(facet === null ? [] : [[`${name}-3`, JSON.stringify(facet)]]) };
    });
  };
  return compareVersions({ log, store: { customers } } as unknown as Pipeline, service);
}

function change(number: number, customer: string, view: object | null, version = 2): ToldOutput {
  return { kind: 'change', version, number, customerId: customer as CustomerId, told: { view: view as never } };
}

test('whoever was told last what the new version sees does not change; all others do, also who is in one of the two only', async () => {
  const told = [
    change(1, 'anna', { segment: 'new' }),
    change(2, 'ben', { segment: 'new' }),
    change(3, 'anna', { segment: 'loyal' }),
  ];
  const found = await compare([told, [change(1, 'eve', { segment: 'new' })]], {
    anna: { view: { segment: 'loyal' } },
    ben: { view: { segment: 'promising' } },
    cleo: { view: { segment: 'new' } },
    dora: { view: null },
    emil: null,
  });
  expect([found.customers, found.changed]).toEqual([4, 3]);
  expect(Object.fromEntries(found.byValue)).toEqual({
    'segment: new -> promising': 1,
    'segment: none -> new': 1,
    'segment: new -> none': 1,
  });
  expect(describeComparison({ name: 'rfm', version: 3 } as Service, found)[0]).toBe(
    'Version 3 of rfm would change 3 of 4 customers (75.0 %), as things stand.',
  );
});

test('what lower versions send behind a marker was not told', async () => {
  const told: ToldOutput[] = [
    change(1, 'anna', { segment: 'new' }),
    { kind: 'marker', version: 3 },
    change(2, 'anna', { segment: 'lost' }),
  ];
  expect(await compare([told], { anna: { view: { segment: 'new' } } })).toMatchObject({ changed: 0 });
});

test('of tier the tier counts, not its points', async () => {
  const customerId = 'anna' as CustomerId;
  const gold: ToldOutput = {
    kind: 'change',
    version: 2,
    number: 1,
    customerId,
    told: { tier: 'gold', changes: 1, at: 5 as never },
  };
  expect(await compare([[gold]], { anna: { tier: 'gold', points: 7 } }, 'tier')).toMatchObject({ changed: 0 });
  const found = await compare([[gold]], { anna: { tier: 'silver', points: 7 } }, 'tier');
  expect([...found.byValue]).toEqual([['tier: gold -> silver', 1]]);
});

test('more than 5 % need a word', () => {
  const of = (changed: number) => ({ customers: 100, changed, byValue: new Map() });
  expect([needsYes(of(5)), needsYes(of(6)), needsYes({ ...of(0), customers: 0 })]).toEqual([false, true, false]);
});
