import { type AnyFacet, facets, type Policy, type ScoreName, scoreNames } from '@tidemark/domain';
import { timelineReader } from '@tidemark/pipeline';
import { Fault, type PolicyMeta } from '@tidemark/stream';
import { stateDamaged } from './parse-stored.ts';
import { QueryError } from './query-error.ts';

/** A policy in force, and what the scores take of it. */
export interface LaneRules {
  readonly policyNumber: number;
  readonly policy: Policy;
  readonly parameters: Readonly<Record<ScoreName, unknown>>;
}

/** A score as a reader of stored states sees it: what JSON holds has no type. */
export function storedScore(name: ScoreName): AnyFacet['score'] {
  return facets[name].score;
}

/** Lanes share their policies; while one comes into force there are two. */
const POLICIES_KEPT = 8;
const kept = new Map<string, LaneRules>();

/** The rules of a policy. Documents seen lately are not parsed again. Throws `policy-unreadable` and `state-damaged`. */
export function laneRulesOf(meta: PolicyMeta, where: string): LaneRules {
  const key = `${meta.number} ${meta.format} ${meta.document}`;
  let rules = kept.get(key);
  if (rules === undefined) {
    rules = deriveRules(meta, where);
    const [oldest] = kept.keys();
    if (kept.size >= POLICIES_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(key, rules);
  }
  return rules;
}

function deriveRules({ number: policyNumber, document, format = 1 }: PolicyMeta, where: string): LaneRules {
  try {
    const policy = timelineReader.policyOf(document, format);
    const parameters = scoreNames.map((name) => [name, storedScore(name).parametersOf(policy)]);
    return { policyNumber, policy, parameters: Object.fromEntries(parameters) as LaneRules['parameters'] };
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'policy-unreadable') {
      throw new QueryError('policy-unreadable', `${where}: ${cause.message}`, { cause });
    }
    throw stateDamaged(`the policy of ${where}`, cause);
  }
}
