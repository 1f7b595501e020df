import type { TierMember } from '@tidemark/reading';
import { type Static, Type } from 'typebox';
import { iso } from './iso.ts';
import { list, number, text, time, whole } from './schema.ts';

export const tierCountsSchema = Type.Object({
  tiers: list(Type.Object({ tier: text(), customers: whole() }), "In the policy's order, the lowest first."),
});

export const tierMemberSchema = Type.Object({ customerId: text(), since: time(), points: number() });

export function tierMemberJson(member: TierMember): Static<typeof tierMemberSchema> {
  return { ...member, since: iso(member.since) };
}
