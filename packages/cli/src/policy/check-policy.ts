import { policyDocument } from '@tidemark/policy';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { readPolicy } from '../terminal/read-policy.ts';
import { describePolicy } from './describe-policy.ts';

/** Fails with the list of problems, or says what the policy is; warnings come before. */
export async function checkPolicy(file: string, environment: Environment): Promise<number> {
  const policy = await readPolicy(file, environment);
  for (const line of describePolicy(file, policy, policyDocument(policy).hash)) await environment.stdout.line(line);
  return EXIT.ok;
}
