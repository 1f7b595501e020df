import { readFile } from 'node:fs/promises';
import type { Policy } from '@tidemark/domain';
import { type PolicyProblem, parsePolicyFile } from '@tidemark/policy';
import type { Environment } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';

/** The policy of a YAML file, after its warnings. Throws a `Failure` that lists all that is wrong with it. */
export async function readPolicy(path: string, { stderr }: Pick<Environment, 'stderr'>): Promise<Policy> {
  const parsed = parsePolicyFile(await readBytes(path));
  if (parsed.ok) {
    for (const warning of parsed.warnings) await stderr.line(formatProblem(path, 'warning: ', warning));
    return parsed.policy;
  }
  const { problems } = parsed;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new Failure(`expected a valid policy in ${path}, found ${count}:`, EXIT.failed, [
    ...problems.map((problem) => `  ${formatProblem(path, '', problem)}`),
    'Mend the file, and check it with `npx tidemark policy check FILE`; packages/policy/default-policy.yaml is an example.',
  ]);
}

/** `FILE:line:column`, which editors and terminals make a link of. */
function formatProblem(file: string, kind: string, { path, line, column, expected, found }: PolicyProblem): string {
  const where = path === '' ? '' : `${path}: `;
  return `${file}:${line}:${column}: ${kind}${where}expected ${expected}, found ${found}`;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Failure(`expected a policy file at ${path}, found none that can be read (${found}). Check the path.`);
  }
}
