import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { AssignerProtocol } = kafkajs;

const NAME = 'tidemark-lanes';
const VERSION = 0;
const NO_USER_DATA = Buffer.alloc(0);

/**
 * Gives lanes whole: whoever has partition p of one topic has it of all topics that it reads. Lanes go around the members
 * in order of their ids. Members may read different topics, while a new version with one more input replaces an old one.
 * All members of a group must use this assigner; Kafka refuses one that does not.
 */
export function laneAssigner(lanes: number): PartitionAssigner {
  return () => ({
    name: NAME,
    version: VERSION,
    async assign({ members, topics }) {
      const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
      return sorted.map(({ memberId, memberMetadata }, index) => {
        const own = Array.from({ length: lanes }, (_, lane) => lane).filter((lane) => lane % sorted.length === index);
        const read = AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? topics;
        const assignment = Object.fromEntries(read.map((topic) => [topic, own]));
        return {
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: VERSION,
            assignment,
            userData: NO_USER_DATA,
          }),
        };
      });
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: NO_USER_DATA }),
    }),
  });
}
