import { type AnyFacet, facets, type Policy, type ScoreName, scoreNames } from '@tidemark/domain';
import { timelineReader } from '@tidemark/pipeline';
import { stateDamaged } from './parse-stored.ts';

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

/** The rules of a policy's document. Documents seen lately are not parsed again. Throws `state-damaged`. */
export function laneRulesOf(policyNumber: number, document: string, where: string): LaneRules {
  const key = `${policyNumber} ${document}`;
  let rules = kept.get(key);
  if (rules === undefined) {
    rules = deriveRules(policyNumber, document, where);
    const [oldest] = kept.keys();
    if (kept.size >= POLICIES_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(key, rules);
  }
  return rules;
}

function deriveRules(policyNumber: number, document: string, where: string): LaneRules {
  try {
    const policy = timelineReader.policyOf(document);
    const parameters = scoreNames.map((name) => [name, storedScore(name).parametersOf(policy)]);
    return { policyNumber, policy, parameters: Object.fromEntries(parameters) as LaneRules['parameters'] };
  } catch (cause) {
    throw stateDamaged(`the policy of ${where}`, cause);
  }
}
