import { ContractError } from '@tidemark/contracts';
import { readPolicy } from '@tidemark/policy/formats';
import { type Check, fail, ok, warn } from './check.ts';
import type { LaneFacts } from './lane-facts.ts';

/** Whether the policies in force can be read: each was validated when it was applied. */
export function checkPolicyParses(lanes: readonly LaneFacts[]): Check {
  const numbers = new Set<number>();
  const verdicts = new Map<string, string | null>();
  for (const { lane, services } of lanes) {
    for (const { service, meta } of services) {
      if (meta?.policy == null) continue;
      const { number, document, format = 1 } = meta.policy;
      numbers.add(number);
      const key = `${format} ${document}`;
      if (!verdicts.has(key)) verdicts.set(key, problemOf(format, document));
      const problem = verdicts.get(key) ?? null;
      if (problem === null) continue;
      const found = `lane ${lane}, ${service}: policy ${number}: ${problem}`;
      return fail(
        'policy',
        found,
        'Where a newer build applied it, upgrade this one (docs/runbook/faults.md#policy-unreadable). Where the state is ' +
          `damaged, rebuild it: \`npx tidemark rebuild --service ${service} --lane ${lane} --yes\`.`,
      );
    }
  }
  if (numbers.size > 0) return ok('policy', `number ${[...numbers].sort((a, b) => a - b).join(', ')} parses`);
  const advice =
    'Events wait for one. A replay brings its own; for producers, `npx tidemark up --live` or `npx tidemark policy apply` brings one.';
  return fail('policy', 'expected one in force, found that no lane has one yet', advice);
}

/** Why a policy cannot be read; null where it can. */
function problemOf(format: number, document: string): string | null {
  try {
    readPolicy(format, document);
    return null;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.message;
  }
}

/** Whether all services of all lanes work with the same policy. */
export function checkPolicyNumbers(lanes: readonly LaneFacts[]): Check {
  const all = lanes.flatMap(({ lane, services }) =>
    services.flatMap(({ service, meta }) =>
      meta === null ? [] : [{ lane, service, number: meta.policy?.number ?? 0 }],
    ),
  );
  const newest = all.reduce((greatest, { number }) => Math.max(greatest, number), 0);
  const behind = all.find(({ number }) => number < newest);
  if (behind === undefined) return ok('policy numbers', 'the same in every lane and service');
  const { lane, service, number } = behind;
  return warn(
    'policy numbers',
    `the newest is ${newest}; lane ${lane}, ${service} has ${number === 0 ? 'none' : number}`,
    'It comes with the timeline: let the services catch up (see lag). If it stays so, apply the policy again.',
  );
}
