import { changeCodecOf, codecs, parseCustomerKey, readOutputHeaders } from '@tidemark/contracts';
import { compareCustomerIds, scoreNames, type TierState } from '@tidemark/domain';
import { scores } from '@tidemark/pipeline';
import { type PlainOutput, plainFold } from '@tidemark/plain-fold';
import type { LogRecord } from '@tidemark/stream';
import { FOLD_SERVICES } from '../deployment.ts';
import { trueTimeline } from '../ruin.ts';
import type { FoldName } from '../upgrades.ts';
import type { World } from '../world.ts';
import { type CountedRecord, countedRecords, cutoversOf, partOf, stateNameInForce } from './versions.ts';

/** What the oracle says of one lane. */
export interface Oracle {
  readonly facets: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly outputs: readonly PlainOutput[];
}

/** Folds the timeline of a lane, as it ended up in the log, plainly. */
export function oracleOf(world: World, lane: number): Oracle {
  const outputs: PlainOutput[] = [];
  const { facets } = plainFold(
    trueTimeline(world, lane),
    world.wiring.plain(lane, (fold, version) => partOf(world, lane, fold, version)),
    (output) => {
      outputs.push(output);
    },
  );
  return { facets, outputs };
}

/** Every customer's facet of these services is what the oracle has, byte for byte. */
export function checkFacets(
  world: World,
  lane: number,
  oracle: Oracle,
  services: readonly FoldName[] = FOLD_SERVICES,
): string[] {
  const problems: string[] = [];
  for (const fold of services) {
    const service = stateNameInForce(world, lane, fold);
    const expected = oracle.facets.get(service) ?? new Map<string, unknown>();
    for (const facet of expected.values())
      if (Object.hasOwn(facet as object, 'noted')) world.simulation.count('customers with notes');
    const found: ReadonlyMap<string, string> = world.store.facets(service, lane);
    for (const customerId of new Set([...expected.keys(), ...found.keys()])) {
      const want = expected.has(customerId) ? JSON.stringify(expected.get(customerId)) : 'none';
      const have = found.has(customerId) ? JSON.stringify(JSON.parse(found.get(customerId) ?? '')) : 'none';
      if (want !== have)
        problems.push(`${service} facet of ${customerId}, lane ${lane}: expected ${want}, found ${have}`);
    }
  }
  if (!services.includes('tier')) return problems;
  const tierState = stateNameInForce(world, lane, 'tier');
  for (const [customerId, facet] of world.store.facets(tierState, lane)) {
    const { tier } = JSON.parse(facet) as TierState;
    const label = world.store.labels(tierState, lane).get(customerId);
    if (label !== tier) problems.push(`${customerId}, lane ${lane}: listed under ${label}, but the tier is ${tier}`);
  }
  return problems;
}

const CHANGE_TOPICS = [
  ...scoreNames.map((name) => ({
    service: name as FoldName,
    topic: scores[name].changeTopic as string,
    codec: changeCodecOf(name),
  })),
  { service: 'tier' as FoldName, topic: 'tier-changes', codec: codecs['tier-change'] },
];

/** Changes as they stand in the log: repeats dropped by number they are the oracle's, in order, and progress told the truth. */
export function checkChanges(world: World, lane: number, oracle: Oracle): string[] {
  return CHANGE_TOPICS.flatMap(({ service, topic, codec }) => {
    const expected = oracle.outputs.filter((output) => output.topic === topic);
    const counted = countedRecords(service, world.log.records(topic, lane));
    const read = readChanges(counted, codec, expected);
    world.simulation.count('changes', undefined, expected.length);
    for (const { timelineOffset } of expected) {
      const isLook = cutoversOf(world, lane, service).some(({ offset }) => offset === timelineOffset);
      if (isLook) world.simulation.count('changes at cutovers');
    }
    world.simulation.count('changes repeated on the wire', undefined, read.repeats);
    const problems = read.problems.map((problem) => `${topic}, lane ${lane}: ${problem}`);
    if (read.seen !== expected.length) {
      problems.push(`${topic}, lane ${lane}: expected ${expected.length} changes of ${service}, found ${read.seen}`);
    }
    return problems;
  });
}

type ChangeCodec = (typeof CHANGE_TOPICS)[number]['codec'];

function readChanges(records: readonly CountedRecord[], codec: ChangeCodec, expected: readonly PlainOutput[]) {
  const problems: string[] = [];
  let seen = 0;
  let repeats = 0;
  for (const { record, type } of records) {
    const { schema } = readOutputHeaders(record.headers);
    if (type === 'progress') {
      const { timelineOffset } = codecs.progress.decode(record.value ?? new Uint8Array(), schema);
      const next = expected[seen];
      if (next !== undefined && next.timelineOffset <= timelineOffset) {
        problems.push(
          `progress ${timelineOffset} at ${record.offset} before change ${seen + 1} at ${next.timelineOffset}`,
        );
      }
      continue;
    }
    const change = codec.decode(record.value ?? new Uint8Array(), schema);
    if (change.number > seen + 1) problems.push(`number ${change.number} at ${record.offset} after ${seen}`);
    const want = expected[change.number - 1];
    if (want === undefined || !isSame(record, want)) {
      const found = JSON.stringify({ ...change, customer: textOf(record.key) });
      problems.push(`change ${change.number} at ${record.offset}: expected ${describe(want, codec)}, found ${found}`);
    }
    if (change.number <= seen) repeats++;
    seen = Math.max(seen, change.number);
  }
  return { problems, seen, repeats };
}

/** Whatever was published of a lane that had to stop is right: as far as it got, nothing else than the oracle has. */
export function checkPublished(world: World, lane: number, oracle: Oracle): string[] {
  const { beginLater = [] } = world.ruin ?? {};
  return CHANGE_TOPICS.filter(({ service }) => !beginLater.includes(service)).flatMap(({ topic, codec }) => {
    const expected = oracle.outputs.filter((output) => output.topic === topic);
    const records = [...world.log.records(topic, lane), ...world.log.lost(topic, lane)];
    return records.flatMap((record) => {
      const { type, schema } = readOutputHeaders(record.headers);
      if (type !== 'change') return [];
      const change = codec.decode(record.value ?? new Uint8Array(), schema);
      const want = expected[change.number - 1];
      if (want !== undefined && isSame(record, want)) return [];
      const found = JSON.stringify({ ...change, customer: textOf(record.key) });
      return [`${topic}, lane ${lane}, at ${record.offset}: expected ${describe(want, codec)}, found ${found}`];
    });
  });
}

/** Outputs have identities of their own, in order: the oracle is asked, since the log has been compared with it. */
export function checkIdentities(lane: number, { outputs }: Oracle): string[] {
  return CHANGE_TOPICS.flatMap(({ topic }) => {
    const of = outputs.filter((output) => output.topic === topic);
    return of.flatMap((output, i) => {
      const before = of[i - 1];
      return before === undefined || compareIdentities(before, output) < 0
        ? []
        : [`${topic}, lane ${lane}: change ${output.number} does not come after ${before.number} by identity`];
    });
  });
}

function compareIdentities(a: PlainOutput, b: PlainOutput): number {
  return (
    a.timelineOffset - b.timelineOffset ||
    a.effectiveAt - b.effectiveAt ||
    a.phase - b.phase ||
    compareCustomerIds(a.customerId, b.customerId)
  );
}

/** Each customer's tier changes: every one starts where the last one ended, numbered without a gap. */
export function checkChains(world: World, lane: number): string[] {
  const problems: string[] = [];
  const last = new Map<string, { to: string; change: number }>();
  let number = 0;
  for (const { record } of countedRecords('tier', world.log.records('tier-changes', lane))) {
    const { schema } = readOutputHeaders(record.headers);
    const change = codecs['tier-change'].decode(record.value ?? new Uint8Array(), schema);
    if (change.number <= number) continue;
    number = change.number;
    const customer = textOf(record.key);
    const before = last.get(customer);
    if (
      change.from !== (before?.to ?? null) ||
      change.change !== (before?.change ?? 0) + 1 ||
      change.from === change.to
    ) {
      problems.push(
        `tier-changes, lane ${lane}: ${customer} went ${JSON.stringify(before)}, then ${JSON.stringify(change)}`,
      );
    }
    last.set(customer, change);
    if (change.causes.some(({ kind }) => kind === 'silence')) world.simulation.count('tier changes by silence');
  }
  return problems;
}

/** The folds' dead letters: in order of first appearance what the oracle has, service by service. */
export function checkDeadLetters(world: World, lane: number, oracle: Oracle, services: readonly FoldName[]): string[] {
  const found = new Map<string, LogRecord[]>();
  const known = new Set<string>();
  for (const record of world.log.records('dead-letters', lane)) {
    const { service, reason } = codecs['dead-letter'].decode(
      record.value ?? new Uint8Array(),
      record.headers['schema'] ?? '',
    );
    const content = `${hex(record.key)} ${hex(record.value)} ${JSON.stringify(record.headers)}`;
    if (service === 'unify' || known.has(content)) continue;
    known.add(content);
    if (reason === 'poison') world.simulation.count('poison letters');
    if (reason === 'order-unknown') world.simulation.count('letters of what waited in vain');
    found.set(service, [...(found.get(service) ?? []), record]);
  }
  return services.flatMap((service) => {
    const want = oracle.outputs.filter((output) => output.service === service && output.number === null);
    const have = found.get(service) ?? [];
    world.simulation.count('dead letters of folds', undefined, want.length);
    // Of two versions that both have letters to send no one waits for the other.
    const isUpgraded = cutoversOf(world, lane, service).length > 0;
    const letters = isUpgraded ? have.toSorted(byContent) : have;
    const expected = isUpgraded ? want.toSorted(byContent) : want;
    const same =
      want.length === have.length && letters.every((record, i) => isSame(record, expected[i] as PlainOutput));
    return same
      ? []
      : [`dead letters of ${service}, lane ${lane}: expected ${want.length}, found ${have.length} or others`];
  });
}

function isSame({ key, value, headers }: LogRecord, want: PlainOutput): boolean {
  const parsed = parseCustomerKey(key);
  return (
    parsed.ok &&
    parsed.customerId === want.customerId &&
    hex(value) === hex(want.value) &&
    JSON.stringify(headers) === JSON.stringify(want.headers)
  );
}

function byContent(a: Pick<LogRecord, 'value'>, b: Pick<LogRecord, 'value'>): number {
  return Buffer.compare(a.value ?? new Uint8Array(), b.value ?? new Uint8Array());
}

function describe(output: PlainOutput | undefined, codec: ChangeCodec): string {
  if (output === undefined) return 'none';
  const change = codec.decode(output.value, output.headers['schema'] ?? '');
  return JSON.stringify({ ...change, customer: output.customerId });
}

function textOf(key: Uint8Array | null): string {
  return key === null ? 'none' : Buffer.from(key).toString('utf8');
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
