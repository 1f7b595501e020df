import { changeCodecOf, codecs, parseCustomerKey, readOutputHeaders } from '@tidemark/contracts';
import { type CustomerId, facets, type ScoreName, TIER_FIRST_VERSION } from '@tidemark/domain';
import { facetEntries } from '@tidemark/pipeline';
import type { PlainVersion } from '@tidemark/plain-fold';
import type { LogRecord, Told } from '@tidemark/stream';
import { type FoldName, stateNameOfUpgrade, versionOf } from '../upgrades.ts';
import type { World } from '../world.ts';
import { timelineOf } from './timeline.ts';

/** A record of a change topic that counts: behind a marker those of lower versions do not. */
export interface CountedRecord {
  readonly record: LogRecord;
  readonly type: 'change' | 'progress';
}

/** Where a fold tells its changes; null where it does not. */
export function changeTopicOfFold(fold: FoldName): string | null {
  return fold === 'tier' ? 'tier-changes' : facetEntries[fold].fold.changeTopic;
}

/** The records that count, by a reading of the rule of its own. */
export function countedRecords(fold: FoldName, records: readonly LogRecord[]): CountedRecord[] {
  let inForce = 0;
  return records.flatMap((record) => {
    const { type, version } = readVersion(fold, record);
    if (type === 'marker') inForce = Math.max(inForce, version);
    return type === 'marker' || version < inForce ? [] : [{ record, type }];
  });
}

/** What is known of a version's part in a lane, from the markers of its change topic. */
export function partOf(world: World, lane: number, fold: FoldName, version: number): PlainVersion {
  const firstVersion = versionOf(fold);
  const topic = changeTopicOfFold(fold);
  if (topic === null) return { firstVersion, toldBefore: () => ({ number: 0, last: new Map() }) };
  const records = world.log.records(topic, lane);
  const later = world.upgrades.filter((upgrade) => upgrade.fold === fold && upgrade.version > version);
  const ends = later.map((upgrade) => toldBefore(fold, records, upgrade.version)?.number ?? Number.POSITIVE_INFINITY);
  return {
    firstVersion,
    tellsThrough: Math.min(...ends),
    toldBefore() {
      // Where there is no marker `checkMarkers` says so.
      return toldBefore(fold, records, version) ?? { number: 0, last: new Map() };
    },
  };
}

/** The version that is in force at a lane's end has marked its change topic. */
export function checkMarkers(world: World, lane: number): string[] {
  return world.upgrades.flatMap(({ fold, version }) => {
    const topic = changeTopicOfFold(fold);
    if (topic === null || stateNameInForce(world, lane, fold) !== stateNameOfUpgrade({ fold, version })) return [];
    const isMarked = toldBefore(fold, world.log.records(topic, lane), version) !== null;
    return isMarked ? [] : [`${topic}, lane ${lane}: expected a marker of version ${version}, found none`];
  });
}

/** What stands before the first marker of a version; null without one. */
function toldBefore(fold: FoldName, records: readonly LogRecord[], version: number) {
  const end = records.findIndex((record) => {
    const read = readVersion(fold, record);
    return read.type === 'marker' && read.version === version;
  });
  if (end < 0) return null;
  const last = new Map<CustomerId, Told>();
  let number = 0;
  for (const { record, type } of countedRecords(fold, records.slice(0, end))) {
    if (type !== 'change') continue;
    const change = readChange(fold, record);
    const key = parseCustomerKey(record.key);
    if (change.number <= number || !key.ok) continue;
    number = change.number;
    last.set(key.customerId, change.told);
  }
  return { number, last };
}

/** What the state of the version is called that is in force at a lane's end. */
export function stateNameInForce(world: World, lane: number, fold: FoldName): string {
  const cutovers = cutoversOf(world, lane, fold);
  const version = Math.max(versionOf(fold), ...cutovers.map((cutover) => cutover.version));
  return version === versionOf(fold) ? fold : stateNameOfUpgrade({ fold, version });
}

/** A lane's cutovers to later versions of a fold, by offset. */
export function cutoversOf(world: World, lane: number, fold: FoldName): readonly Cut[] {
  if (world.upgrades.length === 0) return [];
  const { end } = world.log.bounds('timeline', lane);
  const known = cuts.get(world) ?? new Map<number, { readonly end: number; readonly cuts: readonly Cut[] }>();
  cuts.set(world, known);
  const ofLane = known.get(lane);
  const all = ofLane?.end === end ? ofLane.cuts : readCuts(world, lane);
  known.set(lane, { end, cuts: all });
  return all.filter(({ facet }) => facet === fold);
}

interface Cut {
  readonly facet: string;
  readonly version: number;
  readonly offset: number;
}

/** As of a timeline's end: whoever waits for rest looks at each step. */
const cuts = new WeakMap<World, Map<number, { readonly end: number; readonly cuts: readonly Cut[] }>>();

function readCuts(world: World, lane: number): readonly Cut[] {
  return timelineOf(world, lane).flatMap(({ type, record, schema }) => {
    if (type !== 'cutover' || schema === null) return [];
    const cutover = codecs['timeline-cutover'].decode(record.value ?? new Uint8Array(), schema);
    return [{ ...cutover, offset: record.offset }];
  });
}

function readVersion(fold: FoldName, { headers, value }: LogRecord) {
  const { type, schema } = readOutputHeaders(headers);
  const bytes = value ?? new Uint8Array();
  if (type === 'marker') return { type, version: codecs.marker.decode(bytes, schema).foldVersion ?? 0 };
  if (type !== 'change' && type !== 'progress')
    throw new Error(`expected a change, progress or a marker, found ${type}`);
  const { foldVersion } =
    type === 'change' ? codecOf(fold).decode(bytes, schema) : codecs.progress.decode(bytes, schema);
  return { type, version: foldVersion ?? (fold === 'tier' ? TIER_FIRST_VERSION : facets[fold].firstVersion) };
}

function readChange(fold: FoldName, { headers, value }: LogRecord): { readonly number: number; readonly told: Told } {
  const { schema } = readOutputHeaders(headers);
  const bytes = value ?? new Uint8Array();
  if (fold === 'tier') {
    const { number, to, change, effectiveAt } = codecs['tier-change'].decode(bytes, schema);
    return { number, told: { tier: to, changes: change, at: effectiveAt } };
  }
  const { number, to } = changeCodecOf(fold as ScoreName).decode(bytes, schema);
  return { number, told: { view: to } };
}

function codecOf(fold: FoldName) {
  return fold === 'tier' ? codecs['tier-change'] : changeCodecOf(fold as ScoreName);
}
