import { describe, expect, test } from 'vitest';
import { compareTopics, type FoundTopic } from './compare-topics.ts';
import { layOutTopics } from './topic-layout.ts';

const layouts = layOutTopics('shop', 12, 3);
const asLaidOut = (): Map<string, FoundTopic> =>
  new Map(layouts.map(({ name, partitions, settings }) => [name, { partitions, settings: { ...settings } }]));

function withSettings(topic: string, settings: Record<string, string>): Map<string, FoundTopic> {
  const found = asLaidOut();
  const before = found.get(topic);
  if (before !== undefined) found.set(topic, { ...before, settings: { ...before.settings, ...settings } });
  return found;
}

describe('compareTopics', () => {
  test('finds nothing where all is as it should be', () => {
    expect(compareTopics(layouts, asLaidOut())).toEqual({ missing: [], changes: [], problems: [] });
  });

  test('names what is missing, and every setting that breaks what the pipeline relies on', () => {
    const found = withSettings('shop.timeline', {
      'message.timestamp.type': 'CreateTime',
      'cleanup.policy': 'compact',
    });
    found.delete('shop.orders');
    const { missing, changes, problems } = compareTopics(layouts, found);
    expect(missing.map(({ name }) => name)).toEqual(['shop.orders']);
    expect(changes).toEqual([
      { topic: 'shop.timeline', setting: 'cleanup.policy', from: 'compact', to: 'delete' },
      { topic: 'shop.timeline', setting: 'message.timestamp.type', from: 'CreateTime', to: 'LogAppendTime' },
    ]);
    expect(problems).toEqual([]);
  });

  test('refuses another number of partitions, and says what to do', () => {
    const found = asLaidOut();
    found.set('shop.tier-changes', { partitions: 6, settings: found.get('shop.tier-changes')?.settings ?? {} });
    expect(compareTopics(layouts, found).problems).toEqual([
      expect.stringMatching(/^expected 12 partitions .*found 6 of shop\.tier-changes\. .*new namespace$/),
    ]);
  });

  test('leaves retention to the operator, but the timeline and the changes must reach back equally far', () => {
    expect(compareTopics(layouts, withSettings('shop.orders', { 'retention.ms': '1000' })).changes).toEqual([]);
    const { changes, problems } = compareTopics(layouts, withSettings('shop.timeline', { 'retention.ms': '1000' }));
    expect(changes).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(/shop\.timeline 1000, shop\.rfm-changes -1/)]);
  });

  test('says the same of another retention before it makes what is missing as afterwards', () => {
    const found = withSettings('shop.timeline', { 'retention.ms': '604800000' });
    const afterwards = compareTopics(layouts, found).problems;
    for (const { name } of layouts) if (name !== 'shop.timeline') found.delete(name);
    const { missing, problems } = compareTopics(layouts, found);
    expect(missing).toHaveLength(layouts.length - 1);
    const valuesIn = ([problem]: readonly string[]) => problem?.replaceAll(' (to be made)', '').split('. ')[0];
    expect(valuesIn(problems)).toBe(valuesIn(afterwards));
    expect(problems[0]).toMatch(/shop\.timeline 604800000, shop\.rfm-changes -1 \(to be made\)/);
    // Where all of them are there with a retention of the operator's, or none is, nothing is to be said.
    const all = new Map(
      [...asLaidOut()].map(([name, topic]) => {
        return [name, { ...topic, settings: { ...topic.settings, 'retention.ms': '604800000' } }] as const;
      }),
    );
    expect(compareTopics(layouts, all).problems).toEqual([]);
    expect(compareTopics(layouts, new Map()).problems).toEqual([]);
  });

  test('leaves compression to the operator, as long as batches can be read', () => {
    for (const type of ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']) {
      const { changes, problems } = compareTopics(layouts, withSettings('shop.orders', { 'compression.type': type }));
      expect([...changes, ...problems]).toEqual([]);
    }
    const { problems } = compareTopics(layouts, withSettings('shop.orders', { 'compression.type': 'brotli' }));
    expect(problems).toEqual([expect.stringMatching(/^expected compression\.type of shop\.orders .*, found brotli: /)]);
  });

  test('lets an operator allow larger messages and demand more replicas', () => {
    const generous = { 'max.message.bytes': '99000000', 'min.insync.replicas': '3' };
    expect(compareTopics(layouts, withSettings('shop.timeline', generous)).changes).toEqual([]);
  });
});

describe('layOutTopics', () => {
  test('asks for two replicas in sync only where there are three', () => {
    expect(layouts.every(({ settings }) => settings['min.insync.replicas'] === '2')).toBe(true);
    expect(layOutTopics('shop', 12, 0).some(({ settings }) => 'min.insync.replicas' in settings)).toBe(false);
  });

  test('lets Tidemark write a whole chunk as one batch, and producers a record as the catalogue says', () => {
    const bytesOf = (topic: string) => layouts.find(({ name }) => name === topic)?.settings['max.message.bytes'];
    expect(Number(bytesOf('shop.rfm-changes'))).toBeGreaterThan(16 * 1_024 * 1_024);
    expect(Number(bytesOf('shop.orders'))).toBe(1_024 * 1_024);
  });
});
