import type { ClusterAccess } from './cluster-access.ts';

/**
 * How many members a group has. One that was killed is among them until its session ends; a group that was never used has
 * none.
 *
 * @param group as Kafka knows it, with its namespace
 */
export function countMembers(access: ClusterAccess, group: string): Promise<number> {
  return access.run(`asking for the members of group ${group}`, async (cluster) => {
    const coordinator = await cluster.findGroupCoordinator({ groupId: group });
    const { groups } = (await coordinator.describeGroups({ groupIds: [group] })) as DescribedGroups;
    return groups.reduce((count, { members }) => count + members.length, 0);
  });
}

/** What kafkajs answers; its own types leave it open. */
interface DescribedGroups {
  readonly groups: readonly { readonly members: readonly unknown[] }[];
}
