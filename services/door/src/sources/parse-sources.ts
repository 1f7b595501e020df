import type { AmountPlace, ConsentFor, FieldTable, Part } from '@tidemark/segment';
import { parse, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { DEFAULT_NAME } from './default-source.ts';
import type { DoorSource, Limits, WebhookSettings } from './door-source.ts';
import { SourceBook } from './source-book.ts';
import { SourcesError } from './sources-error.ts';
import { sourcesSchema, type WrittenSource } from './sources-schema.ts';

/** What one process takes by a key, unless the file says otherwise; of one address as much as a busy page sends. */
const EVENTS_PER_SECOND = 10_000;
const EVENTS_PER_SECOND_BY_ADDRESS = 50;

/**
 * The sources of a file in YAML. `readSecret` gives the text of a file that it names. Throws a `SourcesError` with all problems; what
 * stands in the file is not quoted, for somebody may have written a key there.
 */
export function parseSources(text: string, readSecret: (path: string) => string): SourceBook {
  const parsed = sourcesSchema.safeParse(parseYaml(text));
  if (!parsed.success) throw new SourcesError(parsed.error.issues.map(describeIssue));
  const { sources, trusted_proxies: proxies } = parsed.data;
  const problems = sources.flatMap((source, index) => {
    const place = `sources[${index}]`;
    const isRepeated = sources.findIndex(({ name }) => name === source.name) < index;
    const isKeyRepeated = source.keys.some((key) => sources.some(({ keys }, i) => i < index && keys.includes(key)));
    return [
      ...(isRepeated ? [`${place}.name: expected a name of its own, found that of another source`] : []),
      ...(source.name === DEFAULT_NAME
        ? [`${place}.name: expected another name, found that of a data folder's own`]
        : []),
      ...(isKeyRepeated ? [`${place}.keys: expected keys of its own, found one of another source`] : []),
      ...problemsOf(source).map((problem) => `${place}${problem}`),
    ];
  });
  if (problems.length > 0) throw new SourcesError(problems);
  const read = sources.map((source, index) => toSource(source, readSecret, `sources[${index}]`));
  return new SourceBook(read, proxies);
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const place = error instanceof YAMLParseError ? ` at line ${error.linePos?.[0].line ?? 1}` : '';
    throw new SourcesError([`expected YAML, found something else${place}`]);
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  const place = path === '' ? '' : `${path.replace(/^\./, '')}: `;
  if (issue.code === 'unrecognized_keys')
    return `${place}expected names that there are, found ${issue.keys.join(', ')}`;
  return `${place}expected ${issue.message}, found something else`;
}

/** What belongs together. */
function problemsOf({ kind, keys, origins, platform, secrets_files: secrets, limits }: WrittenSource): string[] {
  const problems: string[] = [];
  const expect = (isRight: boolean, problem: string) => {
    if (!isRight) problems.push(problem);
  };
  if (kind === 'webhook') {
    expect(platform !== undefined, '.platform: expected the sender of a webhook, found none');
    expect(
      secrets.length > 0,
      '.secrets_files: expected the file of the secret that the sender signs with, found none',
    );
  } else {
    expect(keys.length > 0, '.keys: expected at least one, found none');
    expect(platform === undefined, '.platform: expected the kind webhook beside it, found another');
    expect(secrets.length === 0, '.secrets_files: expected the kind webhook beside it, found another');
  }
  expect(kind !== 'browser' || origins.length > 0, '.origins: expected the pages that may send, found none');
  expect(
    kind === 'browser' || limits.events_per_second_by_address === undefined,
    '.limits.events_per_second_by_address: expected the kind browser beside it, found another',
  );
  return problems;
}

function toSource(written: WrittenSource, readSecret: (path: string) => string, place: string): DoorSource {
  const { name, kind, channel, currency, amounts, order_amount: orderAmount, order_id: orderId } = written;
  const { may, actions, consents } = written;
  return {
    settings: {
      name,
      kind,
      channel,
      currency,
      ...(amounts && { amounts }),
      ...(orderAmount && { orderAmount: orderAmount as readonly AmountPlace[] }),
      ...(orderId && { orderId }),
      ...(may && { may: new Set(may as readonly Part[]) }),
      ...(actions && { actions: new Set(actions) }),
      ...(consents && { consents: new Map<string, readonly ConsentFor[]>(Object.entries(consents)) }),
    },
    keyHashes: written.keys.map((key) => Buffer.from(key.slice('sha256:'.length), 'hex')),
    origins: written.origins,
    limits: limitsOf(written),
    webhook: webhookOf(written, (path, field) => secretOf(path, readSecret, `${place}.${field}`)),
    tables: new Map(Object.entries(written.tables)) as unknown as ReadonlyMap<string, FieldTable>,
  };
}

function limitsOf({ kind, limits }: WrittenSource): Limits {
  return {
    eventsPerSecond: limits.events_per_second ?? EVENTS_PER_SECOND,
    eventsPerSecondByAddress:
      kind === 'browser' ? (limits.events_per_second_by_address ?? EVENTS_PER_SECOND_BY_ADDRESS) : null,
  };
}

function webhookOf(
  { platform, secrets_files: secrets, customer, customer_prefix: customerPrefix, pepper_file: pepper }: WrittenSource,
  read: (path: string, field: string) => string,
): WebhookSettings | null {
  if (platform === undefined) return null;
  return {
    platform,
    secrets: secrets.map((path) => read(path, 'secrets_files')),
    ...(customer !== undefined && { customer }),
    ...(customerPrefix !== undefined && { customerPrefix }),
    ...(pepper !== undefined && { pepper: read(pepper, 'pepper_file') }),
  };
}

function secretOf(path: string, readSecret: (path: string) => string, place: string): string {
  let secret: string;
  try {
    secret = readSecret(path).trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'another failure';
    throw new SourcesError([`${place}: expected a file that can be read, found ${code}`]);
  }
  if (secret === '') throw new SourcesError([`${place}: expected a file with a secret, found an empty one`]);
  return secret;
}
