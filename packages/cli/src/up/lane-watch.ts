import { Fault, type Lane, type LaneObserver, OperatingError } from '@tidemark/stream';
import type { UnifyObserver } from '@tidemark/unify';
import type { Logger } from 'pino';
import { asFailure, Failure } from '../terminal/failure.ts';

/** Hears what happens in all lanes of all services: the first failure ends the run, lesser trouble is logged. */
export class LaneWatch {
  /** Chunks that folds have committed. */
  chunksFolded = 0;
  readonly #logger: Logger;
  readonly #abort = new AbortController();
  #first: { readonly error: unknown } | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

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
    retried: (lane, error) => this.#retried('unify', lane, error),
    faulted: (lane, fault) => this.#stopped('unify', lane, fault),
    crashed: (lane, error) => this.#stopped('unify', lane, error),
  };

  readonly ofFolds: LaneObserver = {
    committed: () => {
      this.chunksFolded++;
    },
    retried: (service, lane, error) => this.#retried(service, lane, error),
    faulted: (service, lane, fault) => this.#stopped(service, lane, fault),
    crashed: (service, lane, error) => this.#stopped(service, lane, error),
    poisoned: (service, lane, error) => {
      this.#logger.error({ service, lane, ...placeOf(error) }, 'a fold threw on a record, which is in dead-letters');
    },
  };

  fail(error: unknown): void {
    this.#first ??= { error: error instanceof Fault ? laneStopped(error) : error };
    this.#abort.abort();
  }

  #stopped(service: string, lane: Lane, error: unknown): void {
    this.#logger.error({ service, lane, code: codeOf(error) }, 'a lane stopped');
    this.fail(error);
  }

  #retried(service: string, lane: Lane, { code, message }: OperatingError): void {
    this.#logger.warn({ service, lane, code }, message);
  }
}

function laneStopped({ message }: Fault): Failure {
  return new Failure(`a lane stopped, since going on would publish something wrong. ${message}`);
}

function codeOf(error: unknown): string | null {
  return error instanceof Fault || error instanceof OperatingError ? error.code : null;
}

/** An error's name and where it was thrown. Its message may quote a customer's data: left out. */
function placeOf(error: unknown): { readonly error: string; readonly stack: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, stack: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { error: error.name, stack: frames.map((line) => line.trim()) };
}
