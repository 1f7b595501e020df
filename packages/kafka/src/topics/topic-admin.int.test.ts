import { topics } from '@tidemark/contracts';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { createClient } from '../kafka-connection.ts';
import { connectionTo, silent } from '../testing/fixtures.ts';
import { createTopics } from './create-topics.ts';
import { applyTopics, checkTopics, type TopicOptions } from './topic-admin.ts';

describeWithSharedServers('topics', ['kafka'], (stack) => {
  const optionsOf = (namespace: string, more: Partial<TopicOptions> = {}): TopicOptions => ({
    connection: connectionTo(stack().kafka.brokers),
    namespace,
    lanes: 3,
    replicationFactor: 0,
    diagnostics: silent,
    ...more,
  });

  test('are all missing at first, all created by apply, and as they should be afterwards', async () => {
    const options = optionsOf('fresh');
    expect((await checkTopics(options)).missing).toHaveLength(topics.length);
    expect((await applyTopics(options)).missing).toHaveLength(topics.length);
    const nothing = { missing: [], changes: [], problems: [] };
    expect(await checkTopics(options)).toEqual(nothing);
    expect(await applyTopics(options)).toEqual(nothing);
  });

  test('get back the settings that the pipeline relies on, and keep those that others have set', async () => {
    const options = optionsOf('changed');
    await applyTopics(options);
    const admin = createClient(options.connection, silent).admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: 'changed.timeline',
          configEntries: [
            { name: 'cleanup.policy', value: 'compact' },
            { name: 'segment.ms', value: '3600000' },
            { name: 'retention.ms', value: '-1' },
          ],
        },
      ],
    });
    await expect.poll(async () => (await checkTopics(options)).changes.length).toBe(3);
    const { changes } = await applyTopics(options);
    expect(changes.map(({ setting }) => setting)).toEqual([
      'cleanup.policy',
      'message.timestamp.type',
      'max.message.bytes',
    ]);
    await expect.poll(async () => (await checkTopics(options)).changes).toEqual([]);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: 'changed.timeline', configNames: ['segment.ms'] }],
    });
    expect(resources[0]?.configEntries[0]?.configValue).toBe('3600000');
    await admin.disconnect();
  });

  test('with another number of partitions are refused, and nothing is created beside them', async () => {
    const admin = createClient(connectionTo(stack().kafka.brokers), silent).admin();
    await admin.connect();
    await createTopics(admin, [{ topic: 'odd.orders', numPartitions: 5 }]);
    const { problems } = await applyTopics(optionsOf('odd'));
    expect(problems).toEqual([expect.stringMatching(/expected 3 partitions .*found 5 of odd\.orders/)]);
    expect((await admin.listTopics()).filter((name) => name.startsWith('odd.'))).toEqual(['odd.orders']);
    await admin.disconnect();
  });

  test('made by hand with another retention: the same answer at the first start as at the second, and nothing is made', async () => {
    const admin = createClient(connectionTo(stack().kafka.brokers), silent).admin();
    await admin.connect();
    const configEntries = [{ name: 'retention.ms', value: '604800000' }];
    await createTopics(admin, [{ topic: 'by-hand.timeline', numPartitions: 3, configEntries }]);
    const first = await applyTopics(optionsOf('by-hand'));
    expect(first.problems).toEqual([expect.stringMatching(/by-hand\.timeline 604800000, by-hand\.rfm-changes -1/)]);
    expect(await applyTopics(optionsOf('by-hand'))).toEqual(first);
    expect((await checkTopics(optionsOf('by-hand'))).problems).toEqual(first.problems);
    expect((await admin.listTopics()).filter((name) => name.startsWith('by-hand.'))).toEqual(['by-hand.timeline']);
    await admin.disconnect();
  });

  test('that need more brokers than there are: the reason is in the error', async () => {
    await expect(applyTopics(optionsOf('many', { replicationFactor: 3 }))).rejects.toThrow(
      /creating the topics: .*replication.*INVALID_REPLICATION_FACTOR/i,
    );
  });
});
