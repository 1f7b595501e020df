import type { TierPolicy, TierRule } from '../policy.ts';
import type { TierDecision } from './decide.ts';

/** What a policy says of the tiers of a change, for people. */
export interface TierWords {
  /** What both tiers are called: by name where no language is said, else by name, dot and language, such as `gold.zh`. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the customer gets from now on. */
  readonly benefits: readonly string[];
  /** How the customer is to be treated from now on; null where it is not said. */
  readonly strategy: string | null;
}

/** BCP 47's word for a language that is not said. */
const NO_LANGUAGE = 'und';

/** Of a change under this policy. A tier that the policy no longer has is not spoken of. */
export function tierWords({ from, to }: Pick<TierDecision, 'from' | 'to'>, { tiers }: TierPolicy): TierWords {
  const [before, after] = [from, to].map((name) => tiers.find((rule) => rule.name === name));
  return {
    labels: { ...labelsOf(before), ...labelsOf(after) },
    benefits: after?.benefits ?? [],
    strategy: after?.strategy ?? null,
  };
}

function labelsOf(rule: TierRule | undefined): TierWords['labels'] {
  if (rule?.label === undefined) return {};
  const labels = Object.entries(rule.label).map(([language, text]) => [
    language === NO_LANGUAGE ? rule.name : `${rule.name}.${language}`,
    text,
  ]);
  return Object.fromEntries(labels);
}
