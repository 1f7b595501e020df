import type { DeadLetterReason } from '@tidemark/contracts';
import { SECOND_MS } from '@tidemark/domain';
import type { Lane, LaneObserver, LaneStatus } from '@tidemark/stream';
import { nameLanes, runbook, STILL_MS, Standstill } from '@tidemark/telemetry';
import type { UnifyObserver } from '@tidemark/timeline';
import type { Pipeline } from './pipeline.ts';

/** Says in a run what would otherwise be silence: what waits for whom, and each new kind of dead letter. */
export class TellingWatch {
  readonly #standstill = new Standstill();
  readonly #told = new Set<string>();
  readonly #kinds = new Set<string>();
  readonly #beside = new Set<string>();
  readonly #lines: string[] = [];

  readonly ofUnify: UnifyObserver = { refused: (_lane, reason) => this.#letter('unify', reason) };

  readonly ofFolds: LaneObserver = {
    committed: (service, _lane, { deadLetters }) => {
      for (const reason of deadLetters) this.#letter(service, reason);
    },
  };

  /** The lines that are new since the look before; to be called about once a second. */
  look({ folds, unify }: Pick<Pipeline, 'folds' | 'unify'>, nowMs: number): readonly string[] {
    const standing = new Map<string, Lane[]>();
    for (const { lane, next, isAcquired, fault, waitsForRegistry } of unify()) {
      const keeps = waitsForRegistry ? 'the schema registry' : isAcquired ? null : NOT_ACQUIRED;
      this.#note(standing, 'unify', lane, [...next.values()].join(), fault === null ? keeps : null, nowMs);
    }
    for (const [service, statusesOf] of folds) {
      this.#tellBeside(service, statusesOf());
      for (const { lane, next, isAcquired, fault, waitsFor } of statusesOf()) {
        const keeps = !isAcquired ? NOT_ACQUIRED : waitsFor.length > 0 ? waitsFor.join(' and ') : null;
        this.#note(standing, service, lane, String(next), fault === null ? keeps : null, nowMs);
      }
    }
    for (const [what, lanes] of standing) {
      this.#lines.push(`Standing still for ${STILL_MS / SECOND_MS} s: ${what} (${nameLanes(lanes)}). ${ADVICE}`);
    }
    return this.#lines.splice(0);
  }

  /** Notes a lane; it is told once it has stood for long enough, and again only after it has moved. */
  #note(told: Map<string, Lane[]>, service: string, lane: Lane, next: string, keeps: string | null, nowMs: number) {
    const name = `${service}/${lane}`;
    const stillMs = this.#standstill.look(name, next, keeps !== null, nowMs);
    if (stillMs === 0) this.#told.delete(name);
    if (stillMs < STILL_MS || this.#told.has(name)) return;
    this.#told.add(name);
    const what = `${service} waits for ${keeps}`;
    told.set(what, [...(told.get(what) ?? []), lane]);
  }

  /** Said once: a version that tells nothing may be waited for. */
  #tellBeside(service: string, lanes: readonly Pick<LaneStatus, 'isBeside'>[]): void {
    const isBeside = lanes.some((lane) => lane.isBeside);
    if (!isBeside) this.#beside.delete(service);
    if (!isBeside || this.#beside.has(service)) return;
    this.#beside.add(service);
    this.#lines.push(
      `${service} folds beside the version in force, and tells nothing: whoever waits for its changes waits until ` +
        `\`npx tidemark upgrade --service ${service}\` lets it take over (on a data folder after this is stopped).`,
    );
  }

  #letter(service: string, reason: DeadLetterReason): void {
    const kind = `${service} ${reason}`;
    if (this.#kinds.has(kind)) return;
    this.#kinds.add(kind);
    this.#lines.push(
      `A first dead letter of ${service}: ${reason} (${runbook.deadLetter(reason)}). All are in \`npx tidemark dead-letters list\`.`,
    );
  }
}

const NOT_ACQUIRED = 'its lane: another process has it, or the log or the store is away';
const ADVICE = 'It goes on by itself once that comes; `npx tidemark doctor` says what to do.';
