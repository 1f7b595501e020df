import { Random, SimulatedLog, SimulatedStore, Simulation } from '@tidemark/testkit';
import { checkMerge } from './checks/merge.ts';
import { checkChains, checkChanges, checkDeadLetters, checkFacets, oracleOf } from './checks/outputs.ts';
import { checkAccounts } from './checks/timeline.ts';
import { Deployment, FOLD_SERVICES } from './deployment.ts';
import { Nemesis } from './nemesis.ts';
import { drawOptions } from './options.ts';
import type { RawWrite } from './raw-write.ts';
import { type Alterations, Wiring } from './wiring.ts';
import { type ClockKind, drawWorkload, STARTS_AT } from './workload.ts';
import type { World } from './world.ts';

export interface RunResult {
  readonly violations: readonly string[];
  readonly happenings: ReadonlyMap<string, number>;
  readonly steps: number;
  /** Equal for equal runs. */
  readonly trace: number;
  /** The world as it ended. */
  readonly world: World;
}

/** Steps that a run may take; several times what any takes. */
const STEPS_MAX = 400_000;
/** Time without anything left to do after which a run counts as at rest: longer than any pause or delay. */
const REST_MS = 5_000;

/** Runs the whole pipeline from a seed: faults while producers write, then none until it rests, then the checks. */
export async function simulate(seed: number, clock: ClockKind, alterations: Alterations = {}): Promise<RunResult> {
  const random = new Random(seed);
  const workload = drawWorkload(random.fork(), clock);
  const simulation = new Simulation(random.fork(), STARTS_AT);
  const log = new SimulatedLog(simulation, workload.lanes);
  const store = new SimulatedStore();
  Object.assign(store.guards, alterations.guards);
  const wiring = new Wiring(alterations);
  const deployment = new Deployment(simulation, log, store, wiring, drawOptions(random.fork(), clock));
  const written = new Map<string, RawWrite[]>();
  const world: World = { simulation, log, store, wiring, deployment, workload, written };

  const nemesis = new Nemesis(random.fork(), clock, log, store, deployment);
  const producing = produce(world, written);
  const faulty = await simulation.run({
    stepsMax: STEPS_MAX,
    beforeStep: () => nemesis.act(),
    done: () => producing.done || deployment.violations.length > 0,
  });
  nemesis.calm();
  write(world, written, workload.last);
  const rest = new Rest(world);
  const calm =
    faulty === 'done'
      ? await simulation.run({ stepsMax: STEPS_MAX, done: () => deployment.violations.length > 0 || rest.reached() })
      : faulty;
  const violations = [...deployment.violations];
  if (violations.length === 0 && calm !== 'done') violations.push(`no rest: ${calm}; ${rest.describe()}`);
  if (violations.length === 0) violations.push(...checkAll(world));

  const { steps, trace } = simulation;
  return { violations, happenings: deployment.happenings.counts, steps, trace, world };
}

function checkAll(world: World): string[] {
  const problems: string[] = [];
  for (let lane = 0; lane < world.workload.lanes; lane++) {
    problems.push(...checkAccounts(world, lane));
    if (world.workload.clock === 'event') problems.push(...checkMerge(world, lane));
    const oracle = oracleOf(world, lane);
    problems.push(...checkChanges(world, lane, oracle), ...checkChains(world, lane));
    problems.push(...checkDeadLetters(world, lane, oracle), ...checkFacets(world, lane, oracle));
  }
  return problems;
}

/** Writes the workload to the log as time goes on, one burst after the other. */
function produce(world: World, written: Map<string, RawWrite[]>): { readonly done: boolean } {
  const { simulation, workload } = world;
  const state = { done: false };
  const next = (n: number) => {
    const burst = workload.bursts[n];
    const afterMs = STARTS_AT + (burst?.afterMs ?? workload.endsAfterMs) - simulation.now;
    simulation.after(null, Math.max(0, afterMs), () => {
      state.done = burst === undefined;
      write(world, written, burst?.writes ?? []);
      if (burst !== undefined) next(n + 1);
    });
  };
  next(0);
  return state;
}

function write({ log }: World, written: Map<string, RawWrite[]>, writes: readonly RawWrite[]): void {
  for (const one of writes) {
    const { topic, lane, key, value } = one;
    log.append(topic, lane, [{ key, value, headers: {} }]);
    written.set(`${topic}/${lane}`, [...(written.get(`${topic}/${lane}`) ?? []), one]);
  }
}

/**
 * Whether the timelines are folded, and have been for a while in which nothing came of unify. Its committed offsets do
 * not tell: a late commit may take them back. What it left out the accounts show.
 */
class Rest {
  readonly #world: World;
  #since: number | null = null;

  constructor(world: World) {
    this.#world = world;
  }

  reached(): boolean {
    const { now } = this.#world.simulation;
    if (this.#behind().length > 0) this.#since = null;
    else this.#since ??= now;
    return this.#since !== null && now - this.#since > REST_MS;
  }

  describe(): string {
    return `behind: ${this.#behind().join('; ')}`;
  }

  #behind(): string[] {
    const { log, store, workload, deployment } = this.#world;
    const behind: string[] = [];
    for (const { process, stopping } of deployment.members) if (stopping) behind.push(`${process.name} has to stop`);
    for (let lane = 0; lane < workload.lanes; lane++) {
      const { end } = log.bounds('timeline', lane);
      for (const service of FOLD_SERVICES) {
        const snapshot = store.snapshot(service, lane);
        const place = snapshot === null ? null : JSON.parse(snapshot.meta).place;
        if (end > 0 && (place?.offset !== end - 1 || place.cursor !== null)) {
          behind.push(`${service} at ${JSON.stringify(place)} of ${end}, lane ${lane}`);
        }
      }
    }
    return behind;
  }
}
