import { createHash } from 'node:crypto';
import type { Policy } from '@tidemark/domain';
import { checkPolicyFile } from './check-policy-file.ts';
import type { ParsedPolicy } from './parse-policy-file.ts';
import { toFileContent } from './policy-units.ts';
import { describe, formatPath, type PolicyProblem, type ValueProblem } from './problem.ts';

/** A policy as it travels in the log. */
export interface PolicyDocument {
  /** Canonical JSON. */
  readonly document: string;
  /** SHA-256 of the document's UTF-8 bytes, 64 lower-case hex digits. Equal policies have equal hashes. */
  readonly hash: string;
}

/** The policy as canonical JSON, with its hash. */
export function policyDocument(policy: Policy): PolicyDocument {
  const document = canonicalJson(policy);
  return { document, hash: createHash('sha256').update(document, 'utf8').digest('hex') };
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
 * The policy of a document that came out of the log: it must hold to all that a file must hold to, and be the one
 * document of its policy, byte for byte. Problems name the values by their place in a file; lines and columns are 1.
 */
export function parsePolicyDocument(document: string): ParsedPolicy {
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    return notADocument('JSON', describe(document));
  }
  const checked = checkPolicyFile(toFileContent(value));
  if ('problems' in checked) return { ok: false, problems: checked.problems.map(withoutPlace) };
  if (canonicalJson(checked.policy) !== document) {
    return notADocument('the canonical JSON of a policy', 'the same policy written otherwise');
  }
  return { ok: true, policy: checked.policy, warnings: checked.warnings.map(withoutPlace) };
}

function withoutPlace({ path, expected, found }: ValueProblem): PolicyProblem {
  return { path: formatPath(path), line: 1, column: 1, expected, found };
}

function notADocument(expected: string, found: string): ParsedPolicy {
  return { ok: false, problems: [{ path: '', line: 1, column: 1, expected, found }] };
}
