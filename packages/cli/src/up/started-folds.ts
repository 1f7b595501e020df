import { type FoldOptions, foldServices, type RunningFold, timelineReader } from '@tidemark/pipeline';
import type { Lane, LaneObserver, LaneStatus, PolicyMeta, ServicePorts } from '@tidemark/stream';
import { observers } from '@tidemark/telemetry';

/** Told of each fold as it starts. */
export type FoldStarted = (service: string, statuses: () => readonly LaneStatus[]) => void;

/** The folds that run in this process: those that are always on, and each that a policy has switched on, from then on. */
export class StartedFolds {
  readonly running = new Map<string, RunningFold>();
  readonly #ports: ServicePorts;
  readonly #options: FoldOptions;
  readonly #observer: LaneObserver;
  readonly #onStart: FoldStarted;
  readonly #starting = new Map<string, Promise<void>>();
  /** Documents of policies that were looked at: each lane of each fold tells of one. */
  readonly #known = new Set<string>();
  #isStopping = false;

  private constructor(ports: ServicePorts, options: FoldOptions, observer: LaneObserver, onStart: FoldStarted) {
    this.#ports = ports;
    this.#options = options;
    this.#observer = observers(observer, { ruled: (_service, _lane, policy) => this.#switchOn(policy) });
    this.#onStart = onStart;
  }

  static async start(...[ports, options, observer, onStart]: Parts): Promise<StartedFolds> {
    const folds = new StartedFolds(ports, options, observer, onStart);
    // Together, since a broker lets the first member of each group wait for others.
    await Promise.all(foldServices.filter(({ isOn }) => isOn(null)).map(({ name }) => folds.#start(name)));
    return folds;
  }

  /** How a lane stands in each fold that runs here; undefined where it is not this process's. */
  statusesIn(lane: Lane): readonly (LaneStatus | undefined)[] {
    return Array.from(this.running.values(), ({ lanes }) => lanes.get(lane)?.status);
  }

  /** Ends them, each after what it has under way; tier last, which the others write for. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#starting.values());
    const tier = this.running.get('tier');
    await Promise.all([...this.running.values()].filter((fold) => fold !== tier).map((fold) => fold.stop()));
    await tier?.stop();
  }

  #switchOn({ document, format = 1 }: PolicyMeta): void {
    if (this.#known.has(document) || this.#isStopping) return;
    this.#known.add(document);
    const policy = timelineReader.policyOf(document, format);
    for (const { name, isOn } of foldServices) {
      if (!isOn(policy) || this.#starting.has(name)) continue;
      this.#start(name).catch((error: unknown) => this.#observer.crashed?.(name, 0, error));
    }
  }

  #start(name: string): Promise<void> {
    const starting = this.#startService(name);
    this.#starting.set(
      name,
      starting.catch(() => undefined),
    );
    return starting;
  }

  async #startService(name: string): Promise<void> {
    const service = foldServices.find((one) => one.name === name);
    const fold = await service?.start(this.#ports, this.#options, this.#observer);
    if (fold === undefined) return;
    this.running.set(name, fold);
    this.#onStart(name, () => Array.from(fold.lanes.values(), ({ status }) => status));
  }
}

type Parts = readonly [ports: ServicePorts, options: FoldOptions, observer: LaneObserver, onStart: FoldStarted];
