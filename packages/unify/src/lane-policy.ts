import { createHash } from 'node:crypto';
import { codecs, HEADER, type PolicyRecord } from '@tidemark/contracts';
import type { Policy } from '@tidemark/domain';
import { parsePolicyDocument } from '@tidemark/policy';
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
}

/** What becomes of a policy that stands in `control`. */
export type PolicyVerdict =
  | { readonly kind: 'taken'; readonly policy: Policy }
  /** Its number was there before. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'refused'; readonly detail: string };

/** Of where a policy's problem is: names in a policy that nobody checked may be as long as a record. */
const PATH_LENGTH_MAX = 100;

/** Judges a policy on a lane that has `current` in force. */
export function judgePolicy({ number, hash, document }: PolicyRecord, current: PolicyState | null): PolicyVerdict {
  if (current !== null && number <= current.number) return { kind: 'repeat' };
  const parsed = parsePolicyDocument(document);
  if (!parsed.ok) {
    const where = (parsed.problems[0]?.path ?? '').slice(0, PATH_LENGTH_MAX).toWellFormed();
    return refused('a valid policy', `${parsed.problems.length} problems, the first at ${where || 'its start'}`);
  }
  if (createHash('sha256').update(document, 'utf8').digest('hex') !== hash) {
    return refused("the SHA-256 of the policy's document as its hash", 'another');
  }
  if (current !== null && parsed.policy.currency.base !== current.policy.currency.base) {
    return refused('the base currency that the timeline has', 'another');
  }
  return { kind: 'taken', policy: parsed.policy };
}

function refused(expected: string, found: string): PolicyVerdict {
  return { kind: 'refused', detail: `expected ${expected}, found ${found}` };
}

/** The policy that stands at this place of the timeline. Throws a `Fault` where there is none. */
export async function readPolicyAt(log: Pick<EventLog, 'read'>, lane: Lane, offset: Offset): Promise<PolicyInForce> {
  const [record] = await log.read('timeline', lane, offset, 1);
  if (record?.value != null && record.offset === offset && record.headers[HEADER.type] === 'policy') {
    const schema = record.headers[HEADER.schema] ?? '';
    const { value } = record;
    const { number, hash, document } = orFault(lane, offset, () => codecs['timeline-policy'].decode(value, schema));
    const parsed = parsePolicyDocument(document);
    if (parsed.ok) return { number, hash, document, policy: parsed.policy };
  }
  throw new Fault(
    'record-changed',
    `unify, lane ${lane}: expected the policy in force at offset ${offset} of timeline, found another record or ` +
      'none. The topic was made anew or cut: bring its records back, or start over in a new namespace.',
  );
}
