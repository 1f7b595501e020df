import { parsePolicyDocument } from '@tidemark/policy';
import { type Check, fail, ok, warn } from './check.ts';
import type { LaneFacts } from './lane-facts.ts';

/** Whether the policies in force can be read. */
export function checkPolicyParses(lanes: readonly LaneFacts[]): Check {
  const numbers = new Set<number>();
  const verdicts = new Map<string, boolean>();
  for (const { lane, services } of lanes) {
    for (const { service, meta } of services) {
      if (meta?.policy == null) continue;
      const { number, document } = meta.policy;
      numbers.add(number);
      let parses = verdicts.get(document);
      if (parses === undefined) {
        parses = parsePolicyDocument(document).ok;
        verdicts.set(document, parses);
      }
      if (parses) continue;
      const found = `lane ${lane}, ${service}: expected a valid policy, found number ${number}, which is not`;
      return fail('policy', found, `Rebuild it: \`npx tidemark rebuild --service ${service} --lane ${lane} --yes\`.`);
    }
  }
  if (numbers.size > 0) return ok('policy', `number ${[...numbers].sort((a, b) => a - b).join(', ')} parses`);
  const advice =
    'Events wait for one. A replay brings its own; for producers, `npx tidemark up --live` or `npx tidemark policy apply` brings one.';
  return fail('policy', 'expected one in force, found that no lane has one yet', advice);
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
