import { camelCase, pascalCase, titleOf, wordsOf } from './names.ts';

const FACETS = 'packages/domain/src/facets';
const RUNBOOK = '../../../../../docs/runbook';

/** The files of a new facet by path: whether a customer was there of late, by their newest interaction. */
export function facetFiles(name: string): ReadonlyMap<string, string> {
  const folder = `${FACETS}/${name}`;
  return new Map([
    [`${folder}/${name}.ts`, foldOf(name)],
    [`${folder}/policy.ts`, policyOf(name)],
    [`${folder}/batch.ts`, batchOf(name)],
    [`${folder}/${name}.test.ts`, testOf(name)],
    [`${folder}/README.md`, readmeOf(name)],
  ]);
}

export const REGISTRY_FILE = `${FACETS}/all.ts`;

/** The registry with a line for the facet. */
export function withFacet(registry: string, name: string): string {
  const exported = camelCase(name) === name ? name : `${camelCase(name)} as '${name}'`;
  return `${registry.trimEnd()}\nexport { ${exported} } from './${name}/${name}.ts';\n`;
}

function policyOf(name: string): string {
  const [camel, pascal] = [camelCase(name), pascalCase(name)];
  return `import { days, type SectionValue, section } from '../section.ts';

/** In force where a policy does not say otherwise. */
export const BY_DEFAULT = { activeDays: 30 };

export const ${camel}Policy = section(
  {
    /** A customer is active for so long after their newest interaction. */
    activeDays: days({ default: BY_DEFAULT.activeDays }),
  },
  { describe: ({ activeDays }) => \`${wordsOf(name)} over \${activeDays} days\` },
);

export type ${pascal}Policy = SectionValue<typeof ${camel}Policy>;
`;
}

function foldOf(name: string): string {
  const [camel, pascal] = [camelCase(name), pascalCase(name)];
  const titles = wordsOf(name) === name ? '' : `  title: '${titleOf(name)}',\n  subject: '${wordsOf(name)}',\n`;
  return `import type { TimelineEvent } from '../../events.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import type { Measure } from '../explained-score.ts';
import { facet } from '../facet.ts';
import { bandOf } from '../measures.ts';
import { ranked } from '../view-field.ts';
import { ${camel}Batch } from './batch.ts';
import { BY_DEFAULT, type ${pascal}Policy, ${camel}Policy } from './policy.ts';

export interface ${pascal}State {
  /** When the newest interaction happened; null before the first. */
  readonly newestAt: TimeMs | null;
}

interface ${pascal}Parameters {
  readonly activeMs: number;
}

/**
 * Whether a customer was there of late: active for some days after their newest interaction, then quiet. The view is null
 * before their first. Late and repeated interactions leave the very same state.
 *
 * Cost: a comparison an event.
 */
export const ${camel} = facet({
  name: '${name}',
${titles}  version: 1,
  eventTypes: ['interaction'],
  policy: ${camel}Policy,
  parametersOf,
  view: {
    activity: ranked(['quiet', 'active'], { label: '${wordsOf(name)}', verbs: ['fell quiet', 'became active'] }),
  },
  exact: { daysSince: 'days' },
  initial: { newestAt: null } as ${pascal}State,
  evolve,
  viewAt,
  nextDueAt,
  exactAt,
  measuresAt,
  batch: ${camel}Batch,
});

type Activity = 'quiet' | 'active';

function parametersOf({ activeDays }: ${pascal}Policy = BY_DEFAULT): ${pascal}Parameters {
  return { activeMs: Math.round(activeDays * DAY_MS) };
}

function evolve(state: ${pascal}State, { data }: TimelineEvent): ${pascal}State {
  const { occurredAt } = data;
  return state.newestAt !== null && occurredAt <= state.newestAt ? state : { newestAt: occurredAt };
}

function viewAt(
  { newestAt }: ${pascal}State,
  at: TimeMs,
  { activeMs }: ${pascal}Parameters,
): { readonly activity: Activity } | null {
  return newestAt === null ? null : { activity: at < newestAt + activeMs ? 'active' : 'quiet' };
}

function nextDueAt({ newestAt }: ${pascal}State, at: TimeMs, { activeMs }: ${pascal}Parameters): TimeMs | null {
  if (newestAt === null || at >= newestAt + activeMs) return null;
  return (newestAt + activeMs) as TimeMs;
}

function exactAt({ newestAt }: ${pascal}State, at: TimeMs) {
  return { daysSince: newestAt === null ? null : Math.max(0, at - newestAt) / DAY_MS };
}

/** For people: what the activity was taken from, and when it would be another. */
function measuresAt(
  { activity }: { readonly activity: Activity },
  { daysSince }: { readonly daysSince: number | null },
  { activeMs }: ${pascal}Parameters,
): readonly Measure[] {
  const inputs = daysSince === null ? [] : [{ name: 'daysSince', value: daysSince, unit: 'days' }];
  const bands = { input: 'daysSince', cuts: [activeMs / DAY_MS], values: ['active', 'quiet'], includes: 'from' } as const;
  return [{ attribute: 'activity', value: activity, inputs, band: bandOf(activity, bands) }];
}
`;
}

function batchOf(name: string): string {
  const [camel, pascal] = [camelCase(name), pascalCase(name)];
  return `import { DAY_MS, type TimeMs } from '../../time.ts';
import type { Epoch } from '../facet.ts';
import { BY_DEFAULT, type ${pascal}Policy } from './policy.ts';

/** The view at \`at\` by the policy in force then, from all interactions at once. */
export function ${camel}Batch(epochs: readonly Epoch<${pascal}Policy | undefined>[], at: TimeMs) {
  const arrivals = epochs.flatMap((epoch) => epoch.arrivals);
  const times = arrivals.filter(({ event }) => event.type === 'interaction').map(({ event }) => event.data.occurredAt);
  if (times.length === 0) return { view: null, exact: { daysSince: null } };
  const sinceMs = Math.max(0, at - times.reduce((newest, time) => Math.max(newest, time), 0));
  const { activeDays } = epochs.at(-1)?.section ?? BY_DEFAULT;
  const activity = sinceMs < Math.round(activeDays * DAY_MS) ? 'active' : 'quiet';
  return { view: { activity } as const, exact: { daysSince: sinceMs / DAY_MS } };
}
`;
}

function testOf(name: string): string {
  const [camel, pascal] = [camelCase(name), pascalCase(name)];
  return `import { expect, test } from 'vitest';
import type { TimelineEvent } from '../../events.ts';
import type { Policy } from '../../policy.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import { stateOf } from '../score.ts';
import { type ${pascal}State, ${camel} } from './${name}.ts';

const { score } = ${camel};
const NOW = (10_000 * DAY_MS) as TimeMs;
const parameters = score.parametersOf({ ['${name}']: { activeDays: 7 } } as unknown as Policy);

function fold(...times: readonly number[]): ${pascal}State {
  return times.reduce<${pascal}State>((state, time) => {
    return stateOf(score.evolve(state, interaction(time), NOW, parameters)) as ${pascal}State;
  }, score.initial);
}

function interaction(occurredAt: number): TimelineEvent {
  const what = { channel: 'web', action: 'search', object: null, category: null, sessionId: null };
  return { type: 'interaction', data: { eventId: \`i@\${occurredAt}\`, occurredAt: occurredAt as TimeMs, ...what } };
}

test('a customer is active for the days of the policy after their newest interaction, to the ms', () => {
  const state = fold(NOW - DAY_MS, NOW);
  const end = (NOW + 7 * DAY_MS) as TimeMs;
  expect(score.nextDueAt(state, NOW, parameters)).toBe(end);
  expect(score.view(state, (end - 1) as TimeMs, parameters)).toEqual({ activity: 'active' });
  expect(score.view(state, end, parameters)).toEqual({ activity: 'quiet' });
  expect(score.nextDueAt(state, end, parameters)).toBeNull();
  expect(score.exact(state, end, parameters)).toEqual({ daysSince: 7 });
});

test('an interaction that comes late or again leaves the very same state', () => {
  const state = fold(NOW);
  for (const time of [NOW, NOW - DAY_MS]) {
    expect(score.evolve(state, interaction(time), NOW, parameters)).toBe(state);
  }
});

test('before their first interaction there is nothing to say of a customer', () => {
  expect(score.view(score.initial, NOW, parameters)).toBeNull();
  expect(score.nextDueAt(score.initial, NOW, parameters)).toBeNull();
});
`;
}

const FAULTS = [
  'place-outside-log',
  'record-changed',
  'state-missing',
  'other-fold-version',
  'corrupt-record',
  'corrupt-state',
  'undecodable-batch',
];

function readmeOf(name: string): string {
  const faults = FAULTS.map((fault) => `[\`${fault}\`](${RUNBOOK}/faults.md#${fault})`).join(', ');
  return `# ${name}

Whether a customer was there of late: active for some days after their newest interaction (\`active_days\`, 30 by default), then quiet.

| in | out |
|---|---|
| timeline | ${name}-changes, dead-letters |

The view: active or quiet. The code beside this page says what each part means.

**Guarantees**

- State, changes and their times are a function of the timeline: a replay gives the same bytes.
- Silence counts: the view changes at the millisecond at which it differs, not at the next event.
- A customer's data that makes the fold throw costs them that step (dead letter \`poison\`), and nobody else anything.

**When something is wrong**

| what you see | what it means, what to do |
|---|---|
| a lane stopped by a fault: ${faults} | its section in the runbook |
| dead letters [\`poison\`](${RUNBOOK}/dead-letters.md#poison) | its section |

**As a process**: \`node services/score/src/main.ts ${name}\`, with at least \`TIDEMARK_KAFKA_BROKERS\` and \`TIDEMARK_REDIS_URL\` in the environment.
How processes start, stop and fail, and all settings: [services](../../../../../services/README.md).
`;
}
