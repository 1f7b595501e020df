import { Fault, type Lane, type LaneObserver } from '@tidemark/stream';
import { runbook } from '@tidemark/telemetry';
import type { UnifyObserver } from '@tidemark/timeline';
import { asFailure, Failure } from '../terminal/failure.ts';

/** Hears what happens in all lanes of all services: in one process, the first failure ends the run. */
export class RunWatch {
  readonly #abort = new AbortController();
  #first: { readonly error: unknown } | null = null;

  /** Aborts at the first failure. */
  get failed(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether what failed is our own code: then nothing more of it should run. */
  get isBug(): boolean {
    return this.#first !== null && asFailure(this.#first.error) === null;
  }

  throwFailure(): void {
    if (this.#first !== null) throw this.#first.error;
  }

  readonly ofUnify: UnifyObserver = {
    faulted: (_lane, fault) => this.fail(fault),
    crashed: (_lane, error) => this.fail(error),
  };

  readonly ofFolds: LaneObserver = {
    ended: (service, lane, version) => this.fail(takenOver(service, lane, version)),
    faulted: (_service, _lane, fault) => this.fail(fault),
    crashed: (_service, _lane, error) => this.fail(error),
  };

  fail(error: unknown): void {
    this.#first ??= { error: error instanceof Fault ? laneStopped(error) : error };
    this.#abort.abort();
  }
}

function takenOver(service: string, lane: Lane, version: number): Failure {
  return new Failure(
    `expected to fold ${service} in lane ${lane}, found that its version ${version} has taken over there: this build folds an ` +
      'earlier one. Nothing is lost. Use the newer Tidemark.',
  );
}

function laneStopped({ code, message }: Fault): Failure {
  const where = `More in ${runbook.fault(code)}.`;
  return new Failure(`a lane stopped, since going on would publish something wrong. ${message} ${where}`);
}
