import { Fault } from '../errors.ts';
import type { Lane } from '../ports/event-log.ts';
import type { PolicyInForce, TimelineReader, TimelineRecord } from '../timeline-record.ts';
import type { LaneMeta } from './lane-meta.ts';

/** A version of a fold, as far as it matters who tells. */
export interface VersionedFold {
  readonly service: string;
  readonly version: number;
  readonly firstVersion: number;
}

/** Which version tells changes, as a lane's meta says it. */
export function forceOf({ firstVersion }: VersionedFold, force: number | undefined): number {
  return force ?? firstVersion;
}

/** Whether this version tells its changes: one that folds beside it is silent. */
export function isTelling(fold: VersionedFold, force: number | undefined): boolean {
  return forceOf(fold, force) === fold.version;
}

/**
 * Which version tells from a lane's first policy on, which names those after the first release's. Throws a `Fault` where that
 * is a later one than this build has.
 */
export function beginningForce(
  { service, version, firstVersion }: VersionedFold,
  lane: Lane,
  versions: PolicyInForce['versions'],
): LaneMeta['force'] {
  const begins = versions?.[service] ?? firstVersion;
  if (begins > version) {
    throw new Fault(
      'other-fold-version',
      `${service}, lane ${lane}: expected a first policy by which the lane begins with version ${version}, found one by ` +
        `which it begins with version ${begins}. A newer build wrote it: run that one.`,
    );
  }
  return begins === firstVersion ? undefined : begins;
}

/** What a record of the timeline is to a version of a fold. */
export interface CutoverHere {
  readonly kind: 'ends' | 'looks' | 'passes';
  readonly version: number;
}

/**
 * What a record is to this version: it `ends` before a cutover to a later one; it `looks` at its own, comparing what was
 * told last with what it sees; one between those only tells who is in force; and one that was there before says nothing.
 */
export function cutoverAt(
  fold: VersionedFold,
  force: number | undefined,
  record: TimelineRecord,
  reader: TimelineReader,
): CutoverHere | null {
  if (record.type !== 'cutover') return null;
  const { facet, version } = reader.cutover(record);
  if (facet !== fold.service || version <= forceOf(fold, force)) return null;
  if (version > fold.version) return { kind: 'ends', version };
  return { kind: version === fold.version ? 'looks' : 'passes', version };
}

/**
 * The same of a record that comes next, null where it was folded before. What is wrong with the record the fold finds, too,
 * and stops there with what came before it committed.
 */
export function newCutover(
  { fold, reader }: { readonly fold: VersionedFold; readonly reader: TimelineReader },
  { force, origins }: LaneMeta,
  record: TimelineRecord,
): CutoverHere | null {
  const { origin } = record;
  if (record.type !== 'cutover' || (origin !== null && (origins[origin.topic] ?? -1) >= origin.offset)) return null;
  try {
    return cutoverAt(fold, force, record, reader);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return null;
  }
}
