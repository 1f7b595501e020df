import type { Committed, Lane } from '@tidemark/stream';
import kafkajs from 'kafkajs';
import type { ClusterAccess } from './cluster-access.ts';

/** What a coordinator answers about a member or a generation that it does not know: it has others. */
const HAS_MEMBERS = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);

/**
 * Commits for a group without being a member of it. The coordinator takes that only while the group has no member, whoever
 * joins at the same time: false where it has one, and nothing is committed.
 *
 * @param group as Kafka knows it, with its namespace, and so are the topics
 */
export function commitOutside(
  access: ClusterAccess,
  group: string,
  lane: Lane,
  places: ReadonlyMap<string, Committed>,
): Promise<boolean> {
  return access.run(`committing for group ${group} from outside`, async (cluster) => {
    const coordinator = await cluster.findGroupCoordinator({ groupId: group });
    // Its types have no metadata.
    const topics = [...places].map(([topic, { offset, metadata }]) => ({
      topic,
      partitions: [{ partition: lane, offset: String(offset), metadata }],
    }));
    try {
      await coordinator.offsetCommit({ groupId: group, groupGenerationId: NO_GENERATION, memberId: NOBODY, topics });
      return true;
    } catch (error) {
      if (error instanceof kafkajs.KafkaJSProtocolError && HAS_MEMBERS.has(error.type)) return false;
      throw error;
    }
  });
}

const NO_GENERATION = -1;
const NOBODY = '';
