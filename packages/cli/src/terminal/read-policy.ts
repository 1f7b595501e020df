import { readFile } from 'node:fs/promises';
import type { Policy } from '@tidemark/domain';
import { type PolicyProblem, parsePolicyYaml } from '@tidemark/policy';
import { Failure } from './failure.ts';

/** The policy of a YAML file. Throws a `Failure` that lists all that is wrong with it. */
export async function readPolicy(path: string): Promise<Policy> {
  const parsed = parsePolicyYaml(await readText(path));
  if (parsed.ok) return parsed.policy;
  const { problems } = parsed;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${formatProblem(path, problem)}`);
  throw new Failure(
    `expected a valid policy in ${path}, found ${count}:\n${lines.join('\n')}\nMend the file, and check it with ` +
      '`npx tidemark policy check FILE`; packages/policy/default-policy.yaml is an example.',
  );
}

/** `FILE:line:column`, which editors and terminals make a link of. */
function formatProblem(file: string, { path, line, column, expected, found }: PolicyProblem): string {
  const where = path === '' ? '' : ` ${path}:`;
  return `${file}:${line}:${column}:${where} expected ${expected}, found ${found}`;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Failure(`expected a policy file at ${path}, found none that can be read (${found}). Check the path.`);
  }
}
