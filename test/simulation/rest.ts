import { LaneLoop } from '@tidemark/stream';
import { cutoversOf } from './checks/versions.ts';
import { FOLD_SERVICES, type LaneFault, type Member, type ServiceName } from './deployment.ts';
import type { FoldName } from './upgrades.ts';
import type { World } from './world.ts';

/** Time without anything left to do after which a run counts as at rest: longer than any pause or delay. */
const REST_MS = 70_000;
/** Once faults have ended, and a lane has heard something new, it has caught up: some stand still for a minute before. */
const CATCH_UP_MS_MAX = 180_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Whether the timelines are folded, and have been for a while in which nothing came of unify. Its committed offsets do
 * not tell: a late commit may take them back. What it left out the accounts show.
 */
export class Rest {
  readonly #world: World;
  readonly #faults: readonly LaneFault[];
  readonly #lateAt: number;
  #since: number | null = null;
  #hasCaughtUp = false;
  #timelineEnds = '';

  /**
   * `faults`: lanes that stopped, with reason, since the run became calm. `newsMs`: by then every lane has a new record;
   * an owner with nothing to do does not notice before that the store went back.
   */
  constructor(world: World, faults: readonly LaneFault[], newsMs: number) {
    this.#world = world;
    this.#faults = faults;
    this.#lateAt = world.simulation.now + newsMs + CATCH_UP_MS_MAX;
    this.#lookAgain();
  }

  reached(): boolean {
    const { simulation, workload, log } = this.#world;
    const ends = Array.from({ length: workload.lanes }, (_, lane) => log.bounds('timeline', lane).end).join();
    if (this.behind().length > 0 || ends !== this.#timelineEnds) this.#since = null;
    else this.#since ??= simulation.now;
    this.#hasCaughtUp ||= this.#since !== null;
    this.#timelineEnds = ends;
    return this.#since !== null && simulation.now - this.#since > REST_MS;
  }

  /** Whether what should have been long over is not. */
  get isLate(): boolean {
    return !this.#hasCaughtUp && this.#world.simulation.now > this.#lateAt;
  }

  /** Makes sure that there is a moment to look at. */
  #lookAgain(): void {
    this.#world.simulation.after(null, LOOK_EVERY_MS, () => this.#lookAgain());
  }

  /** What is not there yet, and has no excuse. */
  behind(): string[] {
    const { log, workload, deployment } = this.#world;
    const behind: string[] = [];
    for (const { process, stopping } of deployment.members) {
      if (stopping) behind.push(`${process.name} has to stop`);
      if (process.state === 'paused') behind.push(`${process.name} stands still`);
    }
    for (let lane = 0; lane < workload.lanes; lane++) {
      const { end } = log.bounds('timeline', lane);
      for (const service of deployment.foldNames) {
        const place = this.#placeOf(service, lane);
        if (isAtEnd(place, this.#endOf(service, lane) ?? end) || this.#isExcused(service, lane)) continue;
        if (this.#isBeyondCut(place, lane)) continue;
        if (this.#hasEnded(service, lane)) continue;
        behind.push(`${service} at ${JSON.stringify(place)} of ${end}, lane ${lane}`);
      }
    }
    return behind;
  }

  /** Where a version's part ends: before the cutover to a later one; null: nowhere. */
  #endOf(stateName: ServiceName, lane: number): number | null {
    const { wiring } = this.#world;
    const { fold, version } = wiring.versionOf(stateName);
    const later = cutoversOf(this.#world, lane, fold).find((cutover) => cutover.version > version);
    return later?.offset ?? null;
  }

  /** Whoever has told all of a version's part rests, and does not notice that the store went back. */
  #hasEnded(stateName: ServiceName, lane: number): boolean {
    return this.#world.deployment.members.some((member) =>
      member.running.some(({ lanes }) => {
        const worker = lanes.get(lane);
        if (!isAlive(member) || !(worker instanceof LaneLoop)) return false;
        return worker.stateName === stateName && worker.status.endedBy !== null;
      }),
    );
  }

  /** Services of a lane that have folded all of its timeline. */
  thereIn(lane: number): FoldName[] {
    const { end } = this.#world.log.bounds('timeline', lane);
    return FOLD_SERVICES.filter((service) => isAtEnd(this.#placeOf(service, lane), end));
  }

  #placeOf(service: ServiceName, lane: number): Place {
    const snapshot = this.#world.store.snapshot(service, lane);
    return snapshot === null ? null : JSON.parse(snapshot.meta).place;
  }

  /** It stopped with reason, or waits for a score that did. */
  #isExcused(service: ServiceName, lane: number): boolean {
    if (this.#faults.some((fault) => fault.service === service && fault.lane === lane && isAlive(fault.member))) {
      return true;
    }
    if (service !== 'tier' || this.#world.ruin?.lane !== lane) return false;
    return this.#world.deployment.members.some((member) =>
      member.running.some((running) => {
        const worker = running.lanes.get(lane) as LaneLoop<unknown, unknown, unknown> | undefined;
        return (
          member.services.includes('tier') && (worker?.waitsFor ?? []).some((topic) => this.#isStopped(topic, lane))
        );
      }),
    );
  }

  /** A commit that was under way as the log was cut may come later: an owner with nothing to do does not notice. */
  #isBeyondCut(place: Place, lane: number): boolean {
    const { ruin, log } = this.#world;
    const isCut = ruin?.topic === 'timeline' && ruin.lane === lane;
    return isCut && place !== null && place.offset >= log.bounds('timeline', lane).end;
  }

  #isStopped(changeTopic: string, lane: number): boolean {
    const service = changeTopic.replace(/-changes$/, '');
    return this.#faults.some((fault) => fault.service === service && fault.lane === lane && isAlive(fault.member));
  }
}

type Place = { readonly offset: number; readonly cursor: unknown } | null;

function isAtEnd(place: Place, end: number): boolean {
  return end === 0 || (place?.offset === end - 1 && place.cursor === null);
}

function isAlive({ process }: Member): boolean {
  return process.state === 'running';
}
