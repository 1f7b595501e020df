import { codecs, type PolicyRecord, readTimelineHeaders } from '@tidemark/contracts';
import { facetNames, isOn, type Policy } from '@tidemark/domain';
import { parsePolicyDocument, policyHash } from '@tidemark/policy';
import { readPolicy, tryReadPolicy } from '@tidemark/policy/formats';
import { type EventLog, Fault, type Lane, type Offset } from '@tidemark/stream';
import { orFault } from './or-fault.ts';

export interface PolicyState {
  readonly number: number;
  readonly policy: Policy;
}

/** As the timeline has it. */
export interface PolicyInForce extends PolicyState {
  readonly hash: string;
  readonly document: string;
  readonly format: number;
  /** Fold versions that lanes began with, where they are not those of the first release. */
  readonly versions: Readonly<Record<string, number>>;
}

/** What becomes of a policy that stands in `control`. */
export type PolicyVerdict =
  | { readonly kind: 'taken'; readonly policy: Policy }
  /** Its number was there before. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'refused'; readonly detail: string };

/** Of where a policy's problem is: names in a policy that nobody checked may be as long as a record. */
const PATH_LENGTH_MAX = 100;

/**
 * Judges a policy on a lane that has `current` in force: the one place where a policy of the log is validated. One that
 * the timeline holds already was taken before its offset was committed, perhaps by another build: it is taken as it is.
 */
export function judgePolicy(
  { number, hash, rules: document, format }: PolicyRecord,
  current: PolicyState | null,
  isHeld = false,
): PolicyVerdict {
  if (current !== null && number <= current.number) return { kind: 'repeat' };
  if (isHeld) return { kind: 'taken', policy: heldPolicy(number, format, document) };
  const parsed = parsePolicyDocument({ format, document });
  if (!parsed.ok) {
    const [first] = parsed.problems;
    if (first?.path === '') return refused(first.expected, first.found);
    const where = (first?.path ?? '').slice(0, PATH_LENGTH_MAX).toWellFormed();
    return refused('a valid policy', `${parsed.problems.length} problems, the first at ${where}`);
  }
  if (policyHash(document) !== hash) {
    return refused("the SHA-256 of the policy's document as its hash", 'another');
  }
  if (current !== null && parsed.policy.currency.base !== current.policy.currency.base) {
    return refused('the base currency that the timeline has', 'another');
  }
  const dropped = current === null ? undefined : droppedSection(current.policy, parsed.policy);
  if (dropped !== undefined) return refused(`a policy with a section ${dropped}, as the one in force`, 'one without');
  return { kind: 'taken', policy: parsed.policy };
}

/**
 * The facet that `before` has switched on and `after` would switch off; undefined where there is none. What is on stays on:
 * its state is part of every customer's, and tier counts on its views.
 */
export function droppedSection(before: Policy, after: Policy): string | undefined {
  return facetNames.find((name) => isOn(name, before) && !isOn(name, after));
}

/** Throws a `Fault`: whoever went on without it would judge what follows by other rules than the timeline. */
function heldPolicy(number: number, format: number, document: string): Policy {
  const read = tryReadPolicy(format, document);
  if ('policy' in read) return read.policy;
  const problem = `expected ${read.expected}, found ${read.found}`;
  throw new Fault('policy-unreadable', `unify: policy ${number}, which the timeline holds: ${problem}.`);
}

function refused(expected: string, found: string): PolicyVerdict {
  return { kind: 'refused', detail: `expected ${expected}, found ${found}` };
}

/**
 * The policy that stands at this place of the timeline. It was validated when it was taken, perhaps by another build, and is
 * not again. Throws a `Fault` where there is none, or none that this build can read.
 */
export async function readPolicyAt(log: Pick<EventLog, 'read'>, lane: Lane, offset: Offset): Promise<PolicyInForce> {
  const [record] = await log.read('timeline', lane, offset, 1);
  if (record?.value != null && record.offset === offset) {
    const { value, headers } = record;
    const found = orFault(lane, offset, () => {
      const { type, schema } = readTimelineHeaders(headers);
      if (type !== 'policy') return null;
      const policy = codecs['timeline-policy'].decode(value, schema ?? '');
      return { ...policy, policy: readPolicy(policy.format, policy.document) };
    });
    if (found !== null) return found;
  }
  throw new Fault(
    'record-changed',
    `unify, lane ${lane}: expected the policy in force at offset ${offset} of timeline, found another record or ` +
      'none. The topic was made anew or cut: bring its records back, or start over in a new namespace.',
  );
}
