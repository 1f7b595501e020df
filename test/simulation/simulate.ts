import { DAY_MS } from '@tidemark/domain';
import { Random, SimulatedLog, SimulatedStore, Simulation } from '@tidemark/testkit';
import { checkMerge } from './checks/merge.ts';
import {
  checkChains,
  checkChanges,
  checkDeadLetters,
  checkFacets,
  checkIdentities,
  checkPublished,
  oracleOf,
} from './checks/outputs.ts';
import {
  checkAccounts,
  checkAheadSaid,
  checkCutovers,
  checkFormats,
  checkHeld,
  checkLogTimes,
} from './checks/timeline.ts';
import { checkMarkers } from './checks/versions.ts';
import { Deployment, FOLD_SERVICES, type LaneFault } from './deployment.ts';
import { beginsEarlier, earlierRules, withFormats } from './formats.ts';
import { Nemesis } from './nemesis.ts';
import { drawOptions } from './options.ts';
import { drawPoison } from './poison.ts';
import type { RawWrite } from './raw-write.ts';
import { Rest } from './rest.ts';
import { isExcused, ruinLog } from './ruin.ts';
import { drawUpgrades, stateNameOfUpgrade } from './upgrades.ts';
import { type Alterations, Wiring } from './wiring.ts';
import { type ClockKind, drawWorkload, STARTS_AT } from './workload.ts';
import type { World } from './world.ts';

export interface RunResult {
  readonly violations: readonly string[];
  /** What happened, faults and all, and how often. */
  readonly happenings: ReadonlyMap<string, number>;
  readonly steps: number;
  /** Equal for equal runs. */
  readonly trace: number;
  /** The world as it ended. */
  readonly world: World;
}

/** Steps that a run may take; several times what any takes. */
const STEPS_MAX = 1_000_000;
/** An event that happened this long before it was written is late. */
const LATE_MS = 60_000;
/** Whoever sleeps until the next tick as faults end may yet sleep twice as long, by a clock that is minutes behind. */
const TICKS_OVERSLEPT = 2.1;
const POISON_CHANCE = 0.25;
const RUIN_CHANCE = 0.5;
const REBUILD_CHANCE = 0.4;
const UPGRADE_SALT = 0x17ab_c0de;
const FORMAT_SALT = 0x2f0a_71d3;
const AHEAD_CHANCE = 0.15;
const AHEAD_MS_MAX = 60_000;
/** A try comes to nothing where nothing is there yet to lose. */
const RUIN_TRIES = 4;
const RUIN_DELAY_MS_MAX = 300;

/**
 * Runs the whole pipeline from a seed: faults while producers write, then none until it rests, then the checks. With
 * `tell`, says what happens as it does.
 */
export async function simulate(
  seed: number,
  clock: ClockKind,
  alterations: Alterations = {},
  tell: ((at: number, text: string) => void) | null = null,
): Promise<RunResult> {
  const random = new Random(seed);
  const drawn = drawWorkload(random.fork(), clock);
  // Apart, so that runs without any stay as they are.
  const upgradeRandom = new Random(seed ^ UPGRADE_SALT);
  const [upgrades, upgraded] = hasUpgrades(seed) ? drawUpgrades(upgradeRandom, drawn) : [[], drawn];
  const isEarlier = beginsEarlier(seed);
  const workload = isEarlier ? withFormats(new Random(seed ^ FORMAT_SALT), upgraded) : upgraded;
  const simulation = new Simulation(random.fork(), STARTS_AT);
  if (tell !== null) simulation.tell = (text) => tell(simulation.now - STARTS_AT, text);
  const log = new SimulatedLog(simulation, workload.lanes);
  const options = drawOptions(random.fork(), clock, workload.isCrowd);
  if (workload.isCrowd) log.batchRecordsMax = options.fold.recordsMax;
  const nemesisRandom = random.fork();
  const store = new SimulatedStore(random.pick([1, workload.lanes]));
  Object.assign(store.guards, alterations.guards);
  const poison = random.chance(POISON_CHANCE) ? { score: drawPoison(random.fork()) } : {};
  const rules = isEarlier ? { unifyRules: earlierRules(alterations.unifyRules) } : {};
  const wiring = new Wiring({ ...poison, ...alterations, ...rules }, workload.lanes, () => simulation.now, upgrades);
  const deployment = new Deployment(simulation, log, store, wiring, options);
  const written = new Map<string, RawWrite[]>();
  const world: World = {
    simulation,
    log,
    store,
    wiring,
    deployment,
    workload,
    written,
    ruin: null,
    upgrades,
    isEarlier,
  };

  const nemesis = new Nemesis(nemesisRandom, clock, log, store, deployment);
  let faults: LaneFault[] = [];
  deployment.onFault = (laneFault) => {
    if (laneFault.member.ailment === laneFault.fault.code) {
      nemesis.mend(laneFault);
      return true;
    }
    if (nemesis.mendLoss(laneFault)) return true;
    faults.push(laneFault);
    return isExcused(world.ruin, laneFault);
  };
  if (clock === 'live' && random.chance(AHEAD_CHANCE)) runAhead(world, random);
  const producing = produce(world, written);
  for (const upgrade of upgrades) {
    const name = stateNameOfUpgrade(upgrade);
    const { startsAfterMs, abortsAfterMs } = upgrade;
    simulation.after(null, startsAfterMs + 1, () => nemesis.begin(name));
    const { away } = upgrade;
    const before = upgrades.find(({ fold, version }) => fold === upgrade.fold && version === upgrade.version - 1);
    const nameBefore = before === undefined ? upgrade.fold : stateNameOfUpgrade(before);
    if (away !== null) simulation.after(null, away.afterMs, () => nemesis.sendAway(nameBefore, away.forMs));
    if (abortsAfterMs === null) continue;
    simulation.after(null, Math.floor(abortsAfterMs / 2) + 1, () => nemesis.begin(name));
    simulation.after(null, abortsAfterMs + 1, () => nemesis.abort(name));
  }
  // What is lost of the log is lost to a takeover, too.
  if (random.chance(RUIN_CHANCE) && upgrades.length === 0) {
    // While there is something to do: at rest a loss hits nobody who would not know of it.
    for (let tries = 0; tries < RUIN_TRIES; tries++) {
      const afterMs = random.pick(workload.bursts).afterMs + random.between(1, RUIN_DELAY_MS_MAX);
      simulation.after(null, afterMs, () => {
        if (!nemesis.isCalm) world.ruin ??= ruinLog(random, world, nemesis);
      });
    }
  }
  const faulty = await simulation.run({
    stepsMax: STEPS_MAX,
    beforeStep: () => nemesis.act(),
    done: () => producing.done || deployment.violations.length > 0,
  });
  // Who takes up a ruined lane anew has to find it so again.
  if (world.ruin !== null) nemesis.crashAll();
  faults = [];
  for (const upgrade of upgrades) nemesis.begin(stateNameOfUpgrade(upgrade));
  nemesis.calm();
  simulation.say(() => 'no more faults from here on');
  write(world, written, workload.last);
  const rest = new Rest(world, faults, clock === 'event' ? 0 : TICKS_OVERSLEPT * options.unify.quietTickMs);
  const calm =
    faulty === 'done'
      ? await simulation.run({
          stepsMax: STEPS_MAX,
          done: () => deployment.violations.length > 0 || rest.reached() || rest.isLate,
        })
      : faulty;
  const violations = [...deployment.violations];
  if (violations.length === 0 && (calm !== 'done' || rest.isLate)) {
    violations.push(`no rest: ${calm === 'done' ? 'too late' : calm}; behind: ${rest.behind().join('; ')}`);
  }
  if (violations.length === 0) violations.push(...checkAll(world, rest, faults));
  if (violations.length === 0 && upgrades.length > 0 && upgradeRandom.chance(REBUILD_CHANCE)) {
    violations.push(...(await rebuildWithoutEarlier(world, nemesis, faults)));
  }

  const { steps, trace } = simulation;
  return { violations, happenings: simulation.counts, steps, trace, world };
}

/** The versions in force fold all of it anew, by themselves: nobody is told anything else. */
async function rebuildWithoutEarlier(world: World, nemesis: Nemesis, faults: LaneFault[]): Promise<string[]> {
  const { simulation, upgrades, deployment } = world;
  const newest = new Map<string, number>();
  for (const { fold, version } of upgrades) newest.set(fold, Math.max(version, newest.get(fold) ?? 0));
  const earlier = upgrades.filter(({ fold, version }) => version < (newest.get(fold) ?? 0)).map(stateNameOfUpgrade);
  nemesis.loseAllBut([...newest.keys(), ...earlier]);
  const rest = new Rest(world, faults, 0);
  const outcome = await simulation.run({
    stepsMax: STEPS_MAX,
    done: () => deployment.violations.length > 0 || rest.reached() || rest.isLate,
  });
  if (deployment.violations.length > 0) return [...deployment.violations];
  if (outcome !== 'done' || rest.isLate) return [`no rest after a rebuild; behind: ${rest.behind().join('; ')}`];
  return checkAll(world, rest, faults).map((problem) => `rebuilt without earlier versions: ${problem}`);
}

/** Every second run; what ruins the log is for the others. */
function hasUpgrades(seed: number): boolean {
  return seed % 2 === 0;
}

function checkAll(world: World, rest: Rest, faults: readonly LaneFault[]): string[] {
  const problems: string[] = [];
  // Of a facet that is off nobody needs to fold anything; where somebody has, all the way, it is right.
  const there = (lane: number) => {
    const atEnd = rest.thereIn(lane);
    return FOLD_SERVICES.filter((service) => world.deployment.isOn(service) || atEnd.includes(service));
  };
  for (let lane = 0; lane < world.workload.lanes; lane++) {
    const oracle = oracleOf(world, lane);
    problems.push(...checkLogTimes(world, lane), ...checkAheadSaid(world, lane), ...checkFormats(world, lane));
    problems.push(...checkHeld(world, lane));
    problems.push(...checkIdentities(lane, oracle));
    if (world.ruin?.lane === lane) {
      problems.push(...checkRuined(world, lane, faults), ...checkPublished(world, lane, oracle));
      const stopped = world.ruin.topic === 'timeline' && world.ruin.how !== 'truncated';
      if (!stopped) problems.push(...checkFacets(world, lane, oracle, rest.thereIn(lane)));
      continue;
    }
    problems.push(...checkAccounts(world, lane), ...checkCutovers(world, lane), ...checkMarkers(world, lane));
    if (world.workload.clock !== 'live') problems.push(...checkMerge(world, lane));
    problems.push(...checkChanges(world, lane, oracle), ...checkChains(world, lane));
    problems.push(
      ...checkDeadLetters(world, lane, oracle, there(lane)),
      ...checkFacets(world, lane, oracle, there(lane)),
    );
  }
  return problems;
}

/** Where records that were known are gone or others, somebody says so. */
function checkRuined({ ruin, log }: World, lane: number, faults: readonly LaneFault[]): string[] {
  if (ruin === null || ruin.how === 'truncated') return [];
  const problems: string[] = [];
  const isChanges = ruin.topic.endsWith('-changes');
  if (!isChanges && !faults.some((fault) => fault.lane === lane)) {
    problems.push(`${ruin.topic} was ${ruin.how}, lane ${lane}: expected that somebody stops, found nobody`);
  }
  if (ruin.topic === 'timeline' && ruin.how !== 'rewritten') {
    const { end } = log.bounds('timeline', lane);
    const cutAt = log.lost('timeline', lane)[0]?.offset ?? 0;
    if (end > cutAt) problems.push(`timeline, lane ${lane}: cut at ${cutAt}, and written on to ${end}`);
  }
  return problems;
}

/** All clocks are ahead by days, the log's too, so that nobody notices; then they are mended, and lanes are taken up anew. */
function runAhead({ simulation, workload, deployment }: World, random: Random): void {
  simulation.wallAheadMs = random.between(1, 400) * DAY_MS;
  simulation.after(null, random.pick(workload.bursts).afterMs + random.between(1, AHEAD_MS_MAX), () => {
    simulation.wallAheadMs = 0;
    simulation.count('clocks mended');
    deployment.saidAhead.clear();
    for (const member of [...deployment.members]) if (member.services.includes('unify')) deployment.crash(member);
  });
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

function write({ log, simulation }: World, written: Map<string, RawWrite[]>, writes: readonly RawWrite[]): void {
  for (const one of writes) {
    const { topic, lane, key, value, expectation, time } = one;
    if (expectation.kind === 'duplicate' || expectation.kind === 'refused') {
      simulation.count(`event ${expectation.kind}`, () => `${topic}/${lane}`);
    }
    if (expectation.kind === 'event' && time !== null && time < simulation.now - LATE_MS) {
      simulation.count('event late', () => `${topic}/${lane}`);
    }
    log.append(topic, lane, [{ key, value, headers: {} }]);
    const known = written.get(`${topic}/${lane}`);
    if (known === undefined) written.set(`${topic}/${lane}`, [one]);
    else known.push(one);
  }
}
