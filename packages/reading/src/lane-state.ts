import type { TimeMs } from '@tidemark/domain';
import { type FoldService, foldServices } from '@tidemark/pipeline';
import { type Clock, type Lane, type LaneMeta, nextTimelineOffset, type Offset, versionOf } from '@tidemark/stream';
import { type LaneRules, laneRulesOf } from './lane-rules.ts';
import { isObject, parseStored, stateDamaged } from './parse-stored.ts';
import { QueryError } from './query-error.ts';
import type { FacetPlace } from './types.ts';

/** How far one service has folded a lane. */
export interface ServiceState {
  /** The next timeline offset to fold. */
  readonly timelineOffset: Offset;
  readonly streamTime: TimeMs;
  readonly clock: 'event' | 'live' | null;
  /** Null before the lane's first policy. */
  readonly rules: LaneRules | null;
}

/** What is known of a lane as a whole. */
export interface LaneState {
  readonly lane: Lane;
  /** The greatest stream time of the lane's services; 0 for a lane that has folded nothing. */
  readonly streamTime: TimeMs;
  /** That of the service which is furthest. */
  readonly clock: 'event' | 'live' | null;
  /** By name; those that this build knows and that have folded anything. */
  readonly services: ReadonlyMap<string, ServiceState>;
  /**
   * Services of which another version is in force than this build's: it folds beside that one, or is to, or was taken over
   * from. What it has stored is not what was told, and reads as nothing.
   */
  readonly upgrading: ReadonlySet<string>;
}

/**
 * Reads what the store has as a lane's metas; with a memo, what is as it was the last time is not read again. Throws
 * `state-damaged`, `policy-unreadable` and `other-fold-version`.
 */
export function readLaneState(lane: Lane, metas: ReadonlyMap<string, string>, memo?: StateMemo): LaneState {
  const services = new Map<string, ServiceState>();
  let furthest: ServiceState | null = null;
  let streamTime = 0 as TimeMs;
  const upgrading = new Set<string>();
  for (const [service, fold] of FOLDS) {
    const { version, stateName } = fold;
    const meta = metas.get(stateName);
    if (isOtherInForce(fold, meta, metas)) upgrading.add(service);
    if (meta === undefined) continue;
    const read = () => readServiceState(meta, version, service, lane);
    const state = memo === undefined ? read() : memo.stateOf(`${service}/${lane}`, meta, read);
    services.set(service, state);
    if (furthest === null || state.timelineOffset > furthest.timelineOffset) furthest = state;
    if (state.streamTime > streamTime) streamTime = state.streamTime;
  }
  return { lane, streamTime, clock: furthest?.clock ?? null, services, upgrading };
}

/** "Now" in a lane: its stream time on the event clock; live, the wall clock, never before stream time. */
export function nowIn({ streamTime, clock }: LaneState, { now }: Pick<Clock, 'now'>): TimeMs {
  return clock === 'live' ? (Math.max(streamTime, now()) as TimeMs) : streamTime;
}

/** The service whose facet was found. Throws `state-damaged` where it has no place or no policy in the lane. */
export function serviceIn({ services, lane }: LaneState, name: string): ServiceState & { readonly rules: LaneRules } {
  const state = services.get(name);
  if (state === undefined || state.rules === null) throw stateDamaged(`${name}, lane ${lane} (a place and a policy)`);
  return state as ServiceState & { readonly rules: LaneRules };
}

export function facetPlaceOf({ timelineOffset, streamTime }: ServiceState, at: TimeMs): FacetPlace {
  return { timelineOffset, streamTime, ageMs: Math.max(0, at - streamTime) };
}

/** The last state read of each service's lane, for whoever reads lanes more often than they move on. */
export class StateMemo {
  readonly #last = new Map<string, { readonly json: string; readonly state: ServiceState }>();

  stateOf(key: string, json: string, read: () => ServiceState): ServiceState {
    const last = this.#last.get(key);
    if (last?.json === json) return last.state;
    const state = read();
    this.#last.set(key, { json, state });
    return state;
  }
}

function readServiceState(json: string, version: number, service: string, lane: Lane): ServiceState {
  const where = `${service}, lane ${lane}`;
  const meta = parseStored(json, where);
  const { foldVersion, place, streamTime, clock, policy } = meta as unknown as LaneMeta;
  if (typeof foldVersion !== 'number') throw stateDamaged(where);
  if (foldVersion !== version) throw otherFoldVersion(where, version, foldVersion);
  const isSound = isObject(place) && Number.isSafeInteger(place.offset) && Number.isSafeInteger(streamTime);
  if (!isSound) throw stateDamaged(where);
  return {
    timelineOffset: nextTimelineOffset({ place }),
    streamTime,
    clock: clock === 'live' ? 'live' : clock === 'event' ? 'event' : null,
    rules: policy === null ? null : readRules(policy, where),
  };
}

function readRules(policy: LaneMeta['policy'], where: string): LaneRules {
  if (!isObject(policy) || typeof policy.document !== 'string' || !Number.isSafeInteger(policy.number)) {
    throw stateDamaged(`the policy of ${where}`);
  }
  return laneRulesOf(policy, where);
}

/** Another version's state must not be read as ours. */
function otherFoldVersion(where: string, expected: number, found: number): QueryError {
  return new QueryError(
    'other-fold-version',
    `expected the state of ${where} of fold version ${expected}, found version ${found}. Use the Tidemark that wrote ` +
      'it, or rebuild the state from the log.',
  );
}

/** By service, what of a fold says whether a stored state is its own. */
const FOLDS: ReadonlyMap<string, FoldService> = new Map(foldServices.map((fold) => [fold.name, fold]));

type Versions = Pick<FoldService, 'name' | 'version' | 'firstVersion'>;

/** Whether the states of a lane say that another version of a fold tells than this build's. */
function isOtherInForce(
  { name, version, firstVersion }: Versions,
  own: string | undefined,
  metas: ReadonlyMap<string, string>,
): boolean {
  const others = [...metas.keys()].flatMap((stateName) => versionOf(stateName, name, firstVersion) ?? []);
  if (others.some((other) => other > version && forceOf(metas.get(`${name}-${other}`)) === other)) return true;
  if (version === firstVersion) return false;
  if (own !== undefined) return (forceOf(own) ?? firstVersion) !== version;
  return others.some((other) => other < version);
}

/** The version that tells, as a state's meta says it; null where that is the first release's, or the meta is damaged. */
export function forceOf(json: string | undefined): number | null {
  try {
    const { force }: { readonly force?: unknown } = JSON.parse(json ?? '');
    return typeof force === 'number' ? force : null;
  } catch {
    return null;
  }
}

/** Throws `upgrading` where the service's state in a lane is not what was told. */
export function checkInForce({ upgrading, lane }: LaneState, service: string): void {
  if (!upgrading.has(service)) return;
  throw new QueryError(
    'upgrading',
    `expected this build's version of ${service} in force in lane ${lane}, found that another one is: an upgrade is under way, ` +
      `or over. Until \`npx tidemark upgrade --service ${service}\` has ended use the build before; after it the newer one.`,
  );
}
