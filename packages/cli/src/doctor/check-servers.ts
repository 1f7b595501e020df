import { type ContractError, isLaterRecordType, type RawRecordType } from '@tidemark/contracts';
import type { TopicComparison } from '@tidemark/kafka';
import type { OperatingError } from '@tidemark/stream';
import { type Check, fail, ok, warn } from './check.ts';

const LATER = 'Nothing behind it was looked at.';

/** Whether the brokers answer. */
export function checkKafka(location: string, error: OperatingError | null): Check {
  return error === null ? ok('kafka', `${location} answers`) : fail('kafka', error.message, LATER);
}

export function checkServerTopics({ missing, changes, problems }: TopicComparison): Check {
  if (problems.length > 0) return fail('topics', problems.join('. '), LATER);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    return fail(
      'topics',
      `missing: ${names}`,
      `Check TIDEMARK_NAMESPACE, or run \`npx tidemark topics apply\`. ${LATER}`,
    );
  }
  if (changes.length === 0) return ok('topics', 'all are there, as the pipeline relies on them');
  const found = changes.map(({ topic, setting, from, to }) => `${topic}: expected ${setting} ${to}, found ${from}`);
  return fail('topics', found.join('; '), 'Run `npx tidemark topics apply`.');
}

/** Whether Redis can be used; the warnings are its own. */
export function checkRedis(error: OperatingError | null, warnings: readonly string[]): Check {
  if (error !== null) return fail('redis', error.message, LATER);
  return warnings.length === 0
    ? ok('redis', 'answers, and is as it should be')
    : warn('redis', warnings.join(' '), 'infra/redis has the settings.');
}

/** A version of a raw record's schema that the registry does not have. */
export interface MissingSchema {
  readonly recordType: RawRecordType;
  readonly version: number;
}

/**
 * Whether the registry answers, and has what is written to raw topics: what failed, or the schemas that are missing. Without
 * a first version producers cannot write; a later one, or a later type, is for what a newer build can say.
 */
export function checkRegistry(found: ContractError | readonly MissingSchema[]): Check {
  if (found instanceof Error) return fail('registry', found.message, 'Only who decodes raw topics needs it.');
  if (found.length === 0) return ok('registry', 'has every schema');
  const names = found.map(({ recordType, version }) =>
    version === 1 ? recordType : `${recordType} version ${version}`,
  );
  const isUsable = found.every(({ recordType, version }) => version > 1 || isLaterRecordType(recordType));
  const say = isUsable ? warn : fail;
  return say('registry', `schemas are missing: ${names.join(', ')}`, 'Run `npx tidemark schemas apply`.');
}

/** Whether each service has a process; one that is not among `needed` may do without. */
export function checkMembers(members: ReadonlyMap<string, number>, needed: ReadonlySet<string>): Check {
  const shown = [...members].filter(([service, count]) => count > 0 || needed.has(service));
  const counts = shown.map(([service, count]) => `${service} ${count}`).join(', ');
  const missing = [...needed].filter((service) => (members.get(service) ?? 0) === 0);
  if (missing.length === 0) return ok('processes', counts);
  if (missing.length === needed.size) return ok('processes', 'no service is running');
  return warn(
    'processes',
    counts,
    `Start ${missing.join(', ')}, or wait: a process that just began has not joined yet.`,
  );
}
