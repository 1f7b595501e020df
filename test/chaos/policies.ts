import type { Policy } from '@tidemark/domain';
import { type PolicyDocument, parsePolicyDocument, policyDocument } from '@tidemark/policy';
import { POLICIES } from '../simulation/policies.ts';

/** The simulation's policies let a history of days pass; here a day of theirs lasts 43 s, so that silence tells, too. */
const DAY_LENGTH = 1 / 2_000;

export const BRISK_POLICIES: readonly PolicyDocument[] = POLICIES.map((written) => {
  const parsed = parsePolicyDocument(written);
  if (!parsed.ok) throw new Error('expected the policies of the simulation to be valid');
  return policyDocument(hurry(parsed.policy));
});

/** How long an order counts under them, ms. */
export const ORDER_WINDOW_MS = 3 * 86_400_000 * DAY_LENGTH;

function hurry(policy: Policy): Policy {
  const { orders, rfm, behaviour, churn, tiers } = policy;
  const { r, alpha, a, b } = churn.parameters;
  const [first, second, third, fourth] = rfm.recencyDays;
  return {
    ...policy,
    orders: { historyDays: orders.historyDays * DAY_LENGTH },
    rfm: {
      ...rfm,
      windowDays: rfm.windowDays * DAY_LENGTH,
      recencyDays: [first * DAY_LENGTH, second * DAY_LENGTH, third * DAY_LENGTH, fourth * DAY_LENGTH],
    },
    behaviour: { ...behaviour, halfLifeDays: behaviour.halfLifeDays * DAY_LENGTH },
    churn: {
      ...churn,
      horizonDays: churn.horizonDays * DAY_LENGTH,
      parameters: { r, alpha: alpha * DAY_LENGTH, a, b },
      occasionGapHours: churn.occasionGapHours * DAY_LENGTH,
    },
    tiers: {
      ...tiers,
      minimumStayDays: tiers.minimumStayDays * DAY_LENGTH,
      graceDays: tiers.graceDays * DAY_LENGTH,
    },
  };
}
