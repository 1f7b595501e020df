import type { Policy, Score, TimeMs, View } from '@tidemark/domain';
import { type ScoreName, scoreNames, scores, tierWiring } from '@tidemark/pipeline';
import type { Lane, LaneMeta, ProfileStore } from '@tidemark/stream';
import { Failure } from '../terminal/failure.ts';
import { parseStored } from './parse-stored.ts';

/** What is known of a lane as a whole. */
export interface LaneState {
  /** The greatest stream time of the lane's services; 0 for a lane that has folded nothing. */
  readonly streamTime: TimeMs;
  /** The rules in force; null before the lane's first policy. */
  readonly rules: LaneRules | null;
}

export interface LaneRules {
  readonly policy: Policy;
  readonly parameters: Readonly<Record<ScoreName, unknown>>;
}

/** A score as a reader of stored states sees it: what JSON holds has no type. */
export type StoredScore = Score<unknown, unknown, View>;

export function storedScore(name: ScoreName): StoredScore {
  return scores[name].score as unknown as StoredScore;
}

/** Reads what the lane's services have committed. */
export async function readLaneState(store: Pick<ProfileStore, 'acquire'>, lane: Lane): Promise<LaneState> {
  let streamTime = 0 as TimeMs;
  let newest: LaneMeta['policy'] = null;
  for (const service of VERSIONS.keys()) {
    const snapshot = await store.acquire(service, lane);
    if (snapshot === null) continue;
    const meta = parseStored<LaneMeta>(snapshot.meta, `${service}, lane ${lane}`);
    checkVersion(service, meta);
    if (meta.streamTime > streamTime) streamTime = meta.streamTime;
    if (meta.policy !== null && meta.policy.number > (newest?.number ?? 0)) newest = meta.policy;
  }
  return {
    streamTime,
    rules: newest === null ? null : rulesOf(parseStored<Policy>(newest.document, `the policy of lane ${lane}`)),
  };
}

/** Another version's state must not be read as ours. */
function checkVersion(service: string, { foldVersion }: LaneMeta): void {
  const expected = VERSIONS.get(service);
  if (foldVersion === expected) return;
  throw new Failure(
    `expected the state of ${service} of fold version ${expected}, found version ${foldVersion}. ` +
      'Use the Tidemark that wrote it, or start over with `npm start -- --fresh`.',
  );
}

const VERSIONS: ReadonlyMap<string, number> = new Map([
  ...scoreNames.map((name): [string, number] => [name, storedScore(name).version]),
  ['tier', tierWiring().fold.version],
]);

function rulesOf(policy: Policy): LaneRules {
  const parameters = scoreNames.map((name) => [name, storedScore(name).parametersOf(policy)]);
  return { policy, parameters: Object.fromEntries(parameters) as Record<ScoreName, unknown> };
}
