import fc from 'fast-check';
import kafkajs, { type GroupMember, type PartitionAssigner } from 'kafkajs';
import { expect, test } from 'vitest';
import { laneAssigner } from './lane-assigner.ts';

const { AssignerProtocol } = kafkajs;
/** The assigner needs nothing of them. */
const unused = {} as Parameters<PartitionAssigner>[0];

const member = (id: number, topics: string[]): GroupMember => ({
  memberId: `member-${id}`,
  memberMetadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
});

async function assign(lanes: number, members: GroupMember[]): Promise<Map<string, Record<string, number[]>>> {
  const assignments = await laneAssigner(lanes)(unused).assign({ members, topics: ['timeline'] });
  return new Map(
    assignments.map(({ memberId, memberAssignment }) => [
      memberId,
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {},
    ]),
  );
}

test('every lane has one owner, the same for all topics; members differ by one lane at most', async () => {
  const topics = ['timeline', 'rfm-changes', 'churn-changes'];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 9 }),
      async (lanes, ids) => {
        const assigned = await assign(
          lanes,
          ids.map((id) => member(id, topics)),
        );
        const owned = [...assigned.values()].map((assignment) => assignment['timeline'] ?? []);
        expect(owned.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: lanes }, (_, lane) => lane));
        const counts = owned.map((own) => own.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const assignment of assigned.values()) {
          for (const topic of topics) expect(assignment[topic]).toEqual(assignment['timeline']);
        }
      },
    ),
  );
});

test('a member gets lanes of the topics that it reads, whoever leads the group', async () => {
  const assigned = await assign(4, [member(1, ['timeline']), member(2, ['timeline', 'added-changes'])]);
  expect(assigned.get('member-1')).toEqual({ timeline: [0, 2] });
  expect(assigned.get('member-2')).toEqual({ timeline: [1, 3], 'added-changes': [1, 3] });
});
