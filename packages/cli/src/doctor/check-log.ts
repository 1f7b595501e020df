import type { Topic } from '@tidemark/stream';
import { formatCount } from '../terminal/format.ts';
import { type Check, fail, ok, warn } from './check.ts';

export function checkLanes(lanes: number): Check {
  return lanes > 0
    ? ok('lanes', String(lanes))
    : fail('lanes', 'expected at least 1, found none', 'Restore the folder from a backup, or start over with --fresh.');
}

/** @param isRunning whether some process works there, which then began before the topics were known */
export function checkTopics(expected: readonly Topic[], found: readonly Topic[], isRunning: boolean): Check {
  const missing = expected.filter((topic) => !found.includes(topic));
  if (missing.length === 0) return ok('topics', `all ${expected.length} are there`);
  return fail(
    'topics',
    `expected ${expected.length}, found none of the name ${missing.join(', ')}`,
    `${isRunning ? 'Stop what runs there, and start' : 'Start'} \`npx tidemark up\` of this version, which makes topics that a newer one has. Had it records, restore a backup.`,
  );
}

/** What is in dead-letters, of the newest so many that were looked at. */
export function checkDeadLetters(newest: ReadonlyMap<string, number>, looked: number): Check {
  if (looked === 0) return ok('dead letters', 'none');
  const reasons = [...newest].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${reason} ${formatCount(count)}`);
  const advice =
    'See what was wrong with `npx tidemark dead-letters list`, which names its section of the runbook; then `redrive` them.';
  return warn('dead letters', `${reasons.join(', ')}, of the newest ${formatCount(looked)}`, advice);
}
