import { createHash } from 'node:crypto';
import type { Policy } from '@tidemark/domain';
import { checkPolicyFile } from './check-policy-file.ts';
import { lowestFormat, tryReadPolicy } from './formats/index.ts';
import type { ParsedPolicy } from './parse-policy-file.ts';
import { toFileContent } from './policy-units.ts';
import { formatPath, type PolicyProblem, type ValueProblem } from './problem.ts';

/** A policy as it travels in the log. */
export interface PolicyDocument {
  /** From 1: how `document` is to be read. */
  readonly format: number;
  /** Canonical JSON. */
  readonly document: string;
  /** SHA-256 of the document's UTF-8 bytes, 64 lower-case hex digits. Equal policies have equal hashes. */
  readonly hash: string;
}

/** The policy as canonical JSON, in the lowest format that can say it, with its hash. */
export function policyDocument(policy: Policy): PolicyDocument {
  const document = canonicalJson(policy);
  return { format: lowestFormat(policy), document, hash: policyHash(document) };
}

/** Of what is written, whatever is read into it later. */
export function policyHash(document: string): string {
  return createHash('sha256').update(document, 'utf8').digest('hex');
}

/** JSON with properties sorted by name and no white space: the same text for the same value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}

/**
 * The policy of a document that is to be applied: it must hold to all that a file must hold to, and be canonical, byte for
 * byte. One that was applied is not validated again (`readPolicy`). Problems name the values by their place in a file;
 * lines and columns are 1. A document that cannot be read has one problem, without a place.
 */
export function parsePolicyDocument({ format, document }: Omit<PolicyDocument, 'hash'>): ParsedPolicy {
  const read = tryReadPolicy(format, document);
  if (!('policy' in read)) return notADocument(read.expected, read.found);
  const checked = checkPolicyFile(toFileContent(read.policy));
  if ('problems' in checked) return { ok: false, problems: checked.problems.map(withoutPlace) };
  // Nothing was left out that a file may leave out: a reader fills nothing in.
  const isWhole = canonicalJson(checked.policy) === canonicalJson(read.policy);
  if (!isWhole || canonicalJson(JSON.parse(document)) !== document) {
    return notADocument('the canonical JSON of a policy', 'the same policy written otherwise');
  }
  const lowest = lowestFormat(checked.policy);
  if (lowest > format) return notADocument(`format ${lowest} for what this policy says`, `format ${format}`);
  return { ok: true, policy: checked.policy, warnings: checked.warnings.map(withoutPlace) };
}

function withoutPlace({ path, expected, found }: ValueProblem): PolicyProblem {
  return { path: formatPath(path), line: 1, column: 1, expected, found };
}

function notADocument(expected: string, found: string): ParsedPolicy {
  return { ok: false, problems: [{ path: '', line: 1, column: 1, expected, found }] };
}
