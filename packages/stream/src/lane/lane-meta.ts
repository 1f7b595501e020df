import type { TimeMs } from '@tidemark/domain';
import { Fault } from '../errors.ts';
import type { Offset, Topic } from '../ports/event-log.ts';
import type { StepKey } from './step-order.ts';

/** How far a lane has folded: all of the record at `offset`, or, with a cursor, its steps up to and with the cursor. */
export interface Place {
  readonly offset: Offset;
  readonly cursor: StepKey | null;
}

/** Where to read a change topic again after a restart. */
export interface InputHint {
  /** The first record that may still be needed; too low is safe. */
  readonly offset: Offset;
  /** The number of the last change that is folded. */
  readonly number: number;
  /** The version in force there (`VersionRule`); absent where an older build wrote it. */
  readonly version?: number;
}

/** The policy in force as the timeline has it. */
export interface PolicyMeta {
  readonly number: number;
  readonly document: string;
  /** Absent: 1, which builds wrote that knew no other. */
  readonly format?: number;
}

/** What a service knows of a lane besides its customers. Committed with each chunk; a function of the log prefix. */
export interface LaneMeta {
  readonly foldVersion: number;
  readonly place: Place;
  readonly streamTime: TimeMs;
  /** The clock of the last record; null before the first. */
  readonly clock: 'event' | 'live' | null;
  /** The greatest offset folded, by raw topic. */
  readonly origins: Readonly<Record<Topic, Offset>>;
  /** Origin and log time of the record at `place.offset`, to recognise it when read back. */
  readonly last: { readonly origin: string | null; readonly logTime: TimeMs } | null;
  readonly policy: PolicyMeta | null;
  /** Outputs so far. */
  readonly sequence: number;
  /** Changes among them: the dense number that readers check. */
  readonly number: number;
  readonly inputs: Readonly<Record<Topic, InputHint>>;
  /** The version of the fold that tells, as the timeline has it so far; absent: that of the first release. */
  readonly force?: number;
}

export function initialMeta(foldVersion: number): LaneMeta {
  return {
    foldVersion,
    place: { offset: -1, cursor: null },
    streamTime: 0 as TimeMs,
    clock: null,
    origins: {},
    last: null,
    policy: null,
    sequence: 0,
    number: 0,
    inputs: {},
  };
}

/** What commits compare: place, fold version, origin and log time of the last record. Equal tokens, equal state. */
export function tokenOf(meta: LaneMeta): string {
  const { place, last } = meta;
  return JSON.stringify([
    meta.foldVersion,
    place.offset,
    place.cursor === null ? null : [place.cursor.at, place.cursor.phase, place.cursor.customerId],
    last === null ? null : [last.origin, last.logTime],
  ]);
}

/** Reads a stored meta; a Fault `corrupt-state` where it is not one. */
export function parseMeta(json: string, where: string): LaneMeta {
  try {
    const meta = JSON.parse(json) as LaneMeta;
    if (typeof meta.foldVersion === 'number' && typeof meta.place.offset === 'number') return meta;
  } catch {
    // Reported below, without the content.
  }
  throw new Fault(
    'corrupt-state',
    `${where}: expected the lane's meta as JSON with foldVersion and place, found something else. ` +
      'Restore the store from a backup, or clear this service and lane to rebuild it from the log.',
  );
}
