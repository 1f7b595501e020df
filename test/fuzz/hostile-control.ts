import { createHash } from 'node:crypto';
import type { Policy } from '@tidemark/domain';
import { canonicalJson, defaultPolicy } from '@tidemark/policy';
import type { Random } from '@tidemark/testkit';
import { type Bytes, block, long, text, wire } from './avro-bytes.ts';
import { MARK, type SchemaIdOf } from './events.ts';

export interface ControlContext {
  readonly random: Random;
  readonly schemaIdOf: SchemaIdOf;
  /** No policy so far had it. */
  readonly number: number;
  readonly now: number;
}

const PLAIN = document({});

/** A control record that no lane on the wall clock with a policy may take. */
export const REFUSED_CONTROL: Readonly<Record<string, (context: ControlContext) => Bytes | null>> = {
  'no bytes': ({ random }) => random.pick([null, Buffer.alloc(0), Buffer.from([0]), Buffer.alloc(300, 0xff)]),
  'no policy': (context) => policyBytes(context, context.random.pick(context.random.chance(0.05) ? BOMBS : DOCUMENTS)),
  'policy of odd values': (context) => policyBytes(context, oddValues(context.random)),
  'policy with another hash': (context) => policyBytes(context, PLAIN, 'f'.repeat(64)),
  'policy written otherwise': (context) => policyBytes(context, JSON.stringify(defaultPolicy(), null, 1)),
  'policy of another base': (context) => policyBytes(context, document({ currency: { base: 'EUR', rates: {} } })),
  'policy of a format that is none': (context) => laterPolicy(context, context.random.pick([3, 0, -1, 2 ** 31 - 1])),
  'policy with a section of a newer build': (context) =>
    policyBytes(context, canonicalJson({ ...defaultPolicy(), [context.random.pick(['weather', MARK])]: {} })),
  'policy with a version of a section of a newer build': (context) =>
    policyBytes(context, canonicalJson({ ...defaultPolicy(), rfm: { ...defaultPolicy().rfm, version: 2 } })),
  'policy of a number that is none': (context) =>
    policyBytes({ ...context, number: context.random.pick([2 ** 53, -(2 ** 53)]) }, PLAIN),
  punctuation: ({ schemaIdOf, random, now }) => {
    const times = [now, 0, -1, 2 ** 52 - 1, 253_402_300_799_999];
    return wire(schemaIdOf('punctuation'), long(random.pick(times)), long(random.pick(times)));
  },
  'live switch': ({ schemaIdOf, random, now }) =>
    wire(schemaIdOf('live-switch'), long(random.pick([0, 1, -1, 2 ** 52 - 1])), long(random.pick([now, 0]))),
  'format of a newer build, or none': ({ schemaIdOf, random, now }) =>
    wire(schemaIdOf('format'), long(random.pick([3, 0, -1, 2 ** 31 - 1])), long(random.pick([now, 0]))),
};

/** A policy that every rule allows, and nobody would write: the numbers at their ends. */
export function extremePolicy(context: ControlContext): Bytes {
  const { random } = context;
  // A lane that has begun takes nothing from names of versions: only its first policy says them.
  if (random.chance(0.1)) return laterPolicy(context, 1, [Buffer.concat([text(random.pick(['rfm', MARK])), long(3)])]);
  return policyBytes(context, random.pick(EXTREMES)());
}

/** A policy that the lane has had, or that is older: dropped. */
export function oldPolicy(context: ControlContext): Bytes {
  return policyBytes({ ...context, number: context.random.pick([1, 0, -1, -(2 ** 52) + 1]) }, PLAIN);
}

function policyBytes({ schemaIdOf, number, now }: ControlContext, content: string, hash = sha256(content)): Bytes {
  return wire(schemaIdOf('policy'), long(number), text(hash), long(now), text(content));
}

/** By the second version of the schema. */
function laterPolicy(
  { schemaIdOf, number, now }: ControlContext,
  format: number,
  versions: readonly Bytes[] = [],
): Bytes {
  const id = schemaIdOf('policy', 2);
  return wire(id, long(number), text(sha256(PLAIN)), long(now), text(PLAIN), long(format), block(versions));
}

function document(changes: Partial<Policy>): string {
  return canonicalJson({ ...defaultPolicy(), ...changes });
}

/** A policy with one number, or one name, that is out of all bounds. */
function oddValues(random: Random): string {
  const leaf = random.pick(['"windowDays":365', '"halfLifeDays":14', '"horizonDays":90', '"r":0.5248', '"hot":25']);
  const [name = ''] = leaf.split(':');
  const odd = ['1e999', '-1e999', '1e-999', '-0', '0', 'null', '"14"', '[]', '{}', '[14]', '1e308', '-1', 'true'];
  return PLAIN.replace(leaf, `${name}:${random.pick(odd)}`);
}

/** Not canonical, not a policy, or not JSON. */
const DOCUMENTS: readonly string[] = [
  '',
  'null',
  '[]',
  '{}',
  '"policy"',
  '1e999',
  'name: default\ncurrency: &a [*a, *a]\n',
  'a: &a ["x","x"]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n',
  '{"currency":{"base":"USD","rates":{"\\ud800":1}}}',
  '{"behaviour":{"weights":{"interaction.\\udfff":1}}}',
  '{"__proto__":{"name":"default"},"constructor":{"prototype":{"polluted":true}}}',
  '{"currency":{"base":"__proto__","rates":{"__proto__":1}}}',
  '{"tiers":{"points":{"__proto__":{"__proto__":1},"constructor":{"name":1}}}}',
  PLAIN.replace('"rates":{}', '"rates":{"__proto__":1.5}'),
  PLAIN.slice(0, -1),
  `${PLAIN} `,
  PLAIN.replace('"rates":{}', `"rates":{"EUR":1e-400}`),
];

/** Made to fill the stack or the memory, or to keep whoever checks them busy. */
const BOMBS: readonly string[] = [
  '['.repeat(120_000) + ']'.repeat(120_000),
  `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`,
  `${'{"tiers":'.repeat(20_000)}[]${'}'.repeat(20_000)}`,
  `{"tiers":{"tiers":[${'{},'.repeat(60_000)}{}]}}`,
  `{"behaviour":{"weights":{${Array.from({ length: 15_000 }, (_, i) => `"w${i}":1`).join(',')}}}}`,
  `{"tiers":{"points":{"${'x'.repeat(200_000)}":{}}}}`,
  PLAIN.replace('"name":"default"', `"name":"${MARK.padEnd(200_000, 'n')}"`),
  PLAIN.replace('"weights":{', `"weights":{"interaction.${'a'.repeat(100_000)}":1,`),
  document({ tiers: { ...defaultPolicy().tiers, tiers: many((i) => ({ name: `t${i}`, enter: i, leave: i })) } }),
  document({
    rfm: { ...defaultPolicy().rfm, spendBandsMinor: many((i) => i) },
    tiers: { ...defaultPolicy().tiers, points: { 'rfm.spend': Object.fromEntries(many((i) => [`x${i}`, 1])) } },
  }),
];

const EXTREMES: readonly (() => string)[] = [
  () => document({ behaviour: { ...defaultPolicy().behaviour, halfLifeDays: 36_525 } }),
  () => document({ behaviour: { ...defaultPolicy().behaviour, halfLifeDays: 1e-4 } }),
  () => document({ behaviour: { ...defaultPolicy().behaviour, bands: { hot: 1e6, warm: 2e-6, cool: 1e-6 } } }),
  () => document({ behaviour: { ...defaultPolicy().behaviour, weights: { 'interaction.constructor': 1e6 } } }),
  () => document({ churn: { ...defaultPolicy().churn, parameters: { r: 1e4, alpha: 1e-4, a: 1e-4, b: 1e4 } } }),
  () => document({ churn: { ...defaultPolicy().churn, parameters: { r: 1e-4, alpha: 1e4, a: 1e4, b: 1e-4 } } }),
  () => document({ churn: { ...defaultPolicy().churn, horizonDays: 1e-4, overdueIntervals: 1e-9 } }),
  () => document({ tiers: { ...defaultPolicy().tiers, minimumStayDays: 36_525, graceDays: 0 } }),
  () => document({ tiers: { ...defaultPolicy().tiers, points: {} } }),
  () => document({ name: '\u2028 {} "\\' }),
];

function many<Item>(make: (index: number) => Item): Item[] {
  return Array.from({ length: 5_000 }, (_, i) => make(i));
}

function sha256(content: string): string {
  return createHash('sha256').update(content, 'utf8').digest('hex');
}
