import type { CustomerId } from '@tidemark/domain';
import type { FoldService } from '@tidemark/pipeline';
import { type Lane, readLane, type Told, VersionRule } from '@tidemark/stream';
import type { OpenedPipeline } from '../location/opened-pipeline.ts';
import { formatCount, formatShare } from '../terminal/format.ts';

/** What the new version would tell of whom at its cutover, as things stand. */
export interface Comparison {
  readonly customers: number;
  readonly changed: number;
  /** How many customers change a value of the view so, as `segment: new -> promising`. */
  readonly byValue: ReadonlyMap<string, number>;
}

/** What is told of a customer: a score's view, or the tier. */
type Face = Readonly<Record<string, string | number>>;

/** Compares what was told last of each customer with what the new version sees of them; a lane at a time in memory. */
export async function compareVersions(
  { log, store }: Pick<OpenedPipeline, 'log' | 'store'>,
  service: FoldService,
): Promise<Comparison> {
  const count = new Counted();
  for (let lane = 0; lane < log.lanes; lane++) {
    const told = await readTold(log, service, lane);
    for await (const [customerId, face] of facesOf(store, service, lane)) {
      count.add(told.get(customerId) ?? null, face);
      told.delete(customerId);
    }
    for (const face of told.values()) count.add(face, null);
  }
  return count;
}

class Counted implements Comparison {
  customers = 0;
  changed = 0;
  readonly byValue = new Map<string, number>();

  add(from: Face | null, to: Face | null): void {
    if (from === null && to === null) return;
    this.customers++;
    const attributes = new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})]);
    const differing = [...attributes].filter((attribute) => from?.[attribute] !== to?.[attribute]);
    if (differing.length > 0) this.changed++;
    for (const attribute of differing) {
      const name = `${attribute}: ${from?.[attribute] ?? 'none'} -> ${to?.[attribute] ?? 'none'}`;
      this.byValue.set(name, (this.byValue.get(name) ?? 0) + 1);
    }
  }
}

async function readTold(
  log: OpenedPipeline['log'],
  { changeTopic, readTold: read }: FoldService,
  lane: Lane,
): Promise<Map<CustomerId, Face | null>> {
  const faces = new Map<CustomerId, Face | null>();
  if (changeTopic === null || read === null) return faces;
  const rule = new VersionRule();
  for await (const record of readLane(log, changeTopic, lane)) {
    const told = read(record);
    if (rule.take(told) === 'taken' && told.kind === 'change') faces.set(told.customerId, faceOf(told.told));
  }
  return faces;
}

function faceOf(told: Told): Face | null {
  return 'view' in told ? told.view : { tier: told.tier };
}

const PAGE_CUSTOMERS = 500;

async function* facesOf(
  store: OpenedPipeline['store'],
  { stateName, name }: FoldService,
  lane: Lane,
): AsyncGenerator<[CustomerId, Face | null]> {
  for (let after: CustomerId | null = null; ; ) {
    const page: Awaited<ReturnType<typeof store.customers>> = await store.customers(lane, after, PAGE_CUSTOMERS);
    for (const { customerId, facets } of page) {
      const facet = facets.get(stateName);
      if (facet === undefined) continue;
      const { view, tier } = JSON.parse(facet) as { readonly view?: Face | null; readonly tier?: string };
      yield [customerId, name === 'tier' ? (tier === undefined ? null : { tier }) : (view ?? null)];
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.customerId;
  }
}

const VALUES_SHOWN = 20;

/** For people: how many, and what of them. */
export function describeComparison(
  { name, version }: FoldService,
  { customers, changed, byValue }: Comparison,
): string[] {
  const values = [...byValue].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return [
    `Version ${version} of ${name} would change ${formatCount(changed)} of ${formatCount(customers)} customers ` +
      `(${formatShare(changed, customers)}), as things stand.`,
    ...values.slice(0, VALUES_SHOWN).map(([value, count]) => `  ${value}  ${formatCount(count)}`),
    ...(values.length > VALUES_SHOWN ? [`  and ${formatCount(values.length - VALUES_SHOWN)} other values`] : []),
  ];
}

/** More than this needs somebody's word. */
const SHARE_MAX = 0.05;

export function needsYes({ customers, changed }: Comparison): boolean {
  return changed > customers * SHARE_MAX;
}
