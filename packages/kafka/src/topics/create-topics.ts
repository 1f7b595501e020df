import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';

const POLL_MS = 100;
const DEADLINE_MS = 30_000;

/**
 * Creates topics and waits until they can be used. kafkajs's own waiting gives up when the broker that it asks has not
 * heard of the topic yet.
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics });
  const giveUpAt = performance.now() + DEADLINE_MS;
  while (!(await canBeUsed(admin, topics)) && performance.now() < giveUpAt) await sleep(POLL_MS);
}

/** A broker that is busy may take seconds to lead what the metadata say it leads: the leaders are asked themselves. */
async function canBeUsed(admin: Admin, topics: readonly ITopicConfig[]): Promise<boolean> {
  try {
    const found = await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) });
    const haveLeaders = found.topics.every(
      ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
    );
    if (haveLeaders) for (const { topic } of topics) await admin.fetchTopicOffsets(topic);
    return haveLeaders;
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSError) return false;
    throw error;
  }
}
