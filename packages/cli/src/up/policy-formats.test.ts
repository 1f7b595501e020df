import { embeddedSchemaIds, encodePolicy, encodeTimelinePolicy, timelineHeaders } from '@tidemark/contracts';
import type { Policy, TimeMs } from '@tidemark/domain';
import { canonicalJson, defaultPolicy, policyDocument, policyHash } from '@tidemark/policy';
import { systemClock } from '@tidemark/runtime';
import type { Fault } from '@tidemark/stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folders, inFolder, laneOfCustomer, rawOrder, replayedFolder, runLive, send } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';
import { startPipeline } from './pipeline.ts';
import { readPipelineSettings } from './pipeline-settings.ts';

// All services on a data folder: policies with words for people, and what a newer build writes.

const folders = new Folders();
const lane = laneOfCustomer('anna');
const PLAIN = defaultPolicy();
const SPOKEN: Policy = {
  ...PLAIN,
  name: 'spoken',
  review: '2027-01-31',
  utcOffsetMinutes: 480,
  tiers: {
    ...PLAIN.tiers,
    tiers: PLAIN.tiers.tiers.map((rule, i) => ({
      ...rule,
      label: { und: `Tier ${i}`, zh: `层 ${i}` },
      benefits: [`benefit-${i}`],
      ...(rule.name === 'member' ? {} : { strategy: `care ${i}` }),
    })),
  },
};
/** What a newer build may write, by what this one has not. */
const NEWER = {
  'of a later format': { ...policyDocument(PLAIN), format: 3 },
  'with a section of a later facet': documentOf({ ...PLAIN, laterFacet: { version: 1 } }),
  'with a later version of a section': documentOf({ ...PLAIN, churn: { ...PLAIN.churn, version: 2 } }),
} as const;
const SAYS = {
  'of a later format': 'expected a policy of format 1 to 2, found format 3: a newer build wrote it. Upgrade this one',
  'with a section of a later facet': 'found one of laterFacet: a newer build wrote it. Upgrade this one',
  'with a later version of a section':
    'expected version 1 of the section churn, found version 2: a newer build wrote it. Upgrade this one',
} as const;
/** Tier waits for the scores, which do not come to the policy. */
const STOPPED = ['behaviour', 'churn', 'profile', 'rfm', 'unify'];
const KINDS = Object.keys(NEWER) as (keyof typeof NEWER)[];

let live: string;

beforeAll(async () => {
  live = await replayedFolder(folders);
  await runLive(live);
});

afterAll(() => folders.remove());

/** A line of `tail`, as far as the tests look at it: a tier change, a dead letter, or a policy. */
interface Line {
  readonly lane: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: {
    readonly policyNumber: number;
    readonly from: string | null;
    readonly to: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly benefits: readonly string[];
    readonly strategy: string | null;
    readonly topic: string;
    readonly detail: string;
    readonly value: { readonly base64: string };
    readonly document: { readonly name: string };
    readonly format: number;
  };
}

describe('a policy with words for people', () => {
  let spoken: string;

  beforeAll(async () => {
    spoken = folders.copy(live);
    await runLive(spoken, SPOKEN);
    await send(spoken, 'orders', lane, [rawOrder('anna', { amountMinor: 300_000 })]);
    await runLive(spoken, SPOKEN);
  });

  test('goes out with the tier changes under it, and leaves those before as they were', async () => {
    const changes = (await tail(spoken, 'tier-changes')).map(({ value }) => value);
    const under = changes.filter(({ policyNumber }) => policyNumber === changes.at(-1)?.policyNumber);
    expect(under.length).toBeGreaterThan(0);
    for (const { from, to, labels, benefits, strategy } of under) {
      const index = SPOKEN.tiers.tiers.findIndex(({ name }) => name === to);
      expect(labels).toMatchObject({ [to]: `Tier ${index}`, [`${to}.zh`]: `层 ${index}` });
      expect(Object.keys(labels)).toHaveLength(from === null || from === to ? 2 : 4);
      expect([benefits, strategy]).toEqual([[`benefit-${index}`], index === 0 ? null : `care ${index}`]);
    }
    const before = changes.slice(0, -under.length);
    expect(before.length).toBeGreaterThan(0);
    for (const { labels, benefits, strategy } of before) expect([labels, benefits, strategy]).toEqual([{}, [], null]);
  });

  test('is in the profile, for people and programs', async () => {
    const { stdout } = await runTidemark(['profile', 'anna', '--json', '--data', spoken]);
    const { policy, tier } = JSON.parse(stdout);
    const index = SPOKEN.tiers.tiers.findIndex(({ name }) => name === tier.tier);
    expect(policy).toMatchObject({ name: 'spoken', review: '2027-01-31', utcOffset: '+08:00' });
    expect(tier).toMatchObject({ labels: { und: `Tier ${index}`, zh: `层 ${index}` }, benefits: [`benefit-${index}`] });
    const { stdout: lines } = await runTidemark(['profile', 'anna', '--data', spoken]);
    expect(lines).toContain(`${tier.tier} (Tier ${index}, 层 ${index})`);
    expect(lines).toContain(`gives benefit-${index}`);
    expect(lines).toContain('(spoken), to be looked at again on 2027-01-31, clocks at +08:00');
  });

  test('is verified, and folded again to the same bytes', async () => {
    expect((await runTidemark(['verify', '--data', spoken])).stdout).toContain('0 differences');
    const { stdout } = await runTidemark(['rebuild', '--service', 'tier', '--yes', '--json', '--data', spoken]);
    expect(JSON.parse(stdout)).toMatchObject({ sent: 0 });
  });

  test('stands in a record of its own version; one without words in that of the first release', async () => {
    const plain = folders.copy(spoken);
    await runLive(plain, { ...PLAIN, name: 'plain again' });
    const policies = (await tail(plain, 'timeline')).filter(
      (record) => record.type === 'policy' && record.lane === lane,
    );
    expect(policies.map(({ value }) => [value.document.name, value.format])).toEqual([
      ['default', 1],
      ['spoken', 2],
      ['plain again', 1],
    ]);
    const [first, second, third] = policies.map(({ headers }) => headers['schema']);
    expect(third).toBe(first);
    expect(second).not.toBe(first);
  });
});

describe.each(KINDS)('a policy %s', (kind) => {
  test('is a dead letter that says what to do, and the pipeline goes on under the one in force', async () => {
    const folder = folders.copy(live);
    const value = encodePolicy(embeddedSchemaIds, { number: 9, ...NEWER[kind] }, Date.now() as TimeMs);
    await send(folder, 'control', lane, [{ key: null, value, headers: {} }]);
    await send(folder, 'orders', lane, [rawOrder('anna')]);
    const before = await tail(folder, 'rfm-changes');
    await runLive(folder);
    const letters = (await tail(folder, 'dead-letters')).filter((letter) => letter.value.topic === 'control');
    expect(letters).toMatchObject([{ lane, value: { service: 'unify', reason: 'invalid-policy' } }]);
    expect(letters[0]?.value.detail).toContain(SAYS[kind]);
    expect(Buffer.from(letters[0]?.value.value.base64 ?? '', 'base64')).toEqual(Buffer.from(value ?? []));
    expect((await tail(folder, 'rfm-changes')).length).toBeGreaterThan(before.length);
    expect((await runTidemark(['verify', '--data', folder])).stdout).toContain('0 differences');
  });

  test('that a newer unify let in stops unify and folds alike with the reason, after what came before it', async () => {
    const folder = folders.copy(live);
    await send(folder, 'orders', lane, [rawOrder('anna')]);
    await runLive(folder);
    const { value, schema } = encodeTimelinePolicy({ number: 9, ...NEWER[kind] });
    const parts = { type: 'policy', origin: { topic: 'control', offset: 99 }, logTime: Date.now() as TimeMs } as const;
    const headers = timelineHeaders({ ...parts, clock: 'live', eventId: null, rawAppendedAtMs: null }, schema);
    await send(folder, 'timeline', lane, [{ key: null, value, headers }]);
    const faults = await faultsOf(folder);
    expect([...faults.keys()].sort()).toEqual(STOPPED);
    for (const fault of faults.values()) {
      expect(fault).toMatchObject({ code: 'policy-unreadable', message: expect.stringContaining(SAYS[kind]) });
    }
    // What is committed is what stands before it.
    expect((await runTidemark(['verify', '--data', folder])).stdout).toContain('0 differences');
    expect((await runTidemark(['profile', 'anna', '--json', '--data', folder])).code).toBe(0);
  });
});

/** Runs all services until those that must have stopped, by the reason that each gives. */
async function faultsOf(folder: string): Promise<ReadonlyMap<string, Fault>> {
  const faults = new Map<string, Fault>();
  await inFolder(folder, async (embedded) => {
    const pipeline = await startPipeline(
      { ...embedded, schemaIds: embeddedSchemaIds },
      systemClock,
      readPipelineSettings({}),
      {
        folds: { faulted: (service, _lane, fault) => void faults.set(service, fault) },
        unify: { faulted: (_lane, fault) => void faults.set('unify', fault) },
      },
    );
    while (faults.size < STOPPED.length) await systemClock.sleep(5);
    await pipeline.stop();
  });
  return faults;
}

function documentOf(content: unknown) {
  const document = canonicalJson(content);
  return { format: 1, document, hash: policyHash(document) };
}

async function tail(folder: string, topic: string): Promise<readonly Line[]> {
  const { stdout } = await runTidemark(['tail', topic, '--data', folder]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
