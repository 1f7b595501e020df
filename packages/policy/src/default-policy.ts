import { readFileSync } from 'node:fs';
import type { Policy } from '@tidemark/domain';
import { parsePolicyFile } from './parse-policy-file.ts';

/** The file that says the default policy, to read, to copy and to change. */
export const DEFAULT_POLICY_FILE = new URL('../default-policy.yaml', import.meta.url);

/** The policy in force where none is given. */
export function defaultPolicy(): Policy {
  const parsed = parsePolicyFile(readFileSync(DEFAULT_POLICY_FILE));
  if (!parsed.ok) throw new Error(`the default policy is invalid: ${JSON.stringify(parsed.problems)}`);
  return parsed.policy;
}
