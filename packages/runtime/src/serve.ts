import type { RegistrySchemaIds } from '@tidemark/kafka';
import type { RedisStore } from '@tidemark/redis';
import { type Clock, OperatingError } from '@tidemark/stream';
import { createTelemetry, type HealthReport, LOOK_EVERY_MS, type Telemetry } from '@tidemark/telemetry';
import type { Logger } from 'pino';
import { createAnnouncer } from './announcer.ts';
import { type Operations, startOperations } from './operations-server.ts';
import { createLog, openStore, schemaIdsThere, storeThere, topicsThere } from './remote.ts';
import type { Need, RunningPart, ServiceContext, ServiceDefinition } from './service.ts';
import type { ServiceSettings } from './settings.ts';
import { StoreSlot } from './store-slot.ts';
import { untilThere, type Waiting, WaitStopped } from './until-there.ts';
import { VERSION } from './version.ts';

export interface Surroundings {
  readonly settings: ServiceSettings;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Ends the service from outside. */
  readonly stop: AbortSignal;
  crashed(error: unknown): void;
}

/**
 * From nothing to a service that runs, and back when `stop` aborts. Health and metrics are served all the while, so that
 * whoever looks reads what is waited for. Resolves to why nothing was left to do, null where it was stopped. Rejects with what
 * keeps the service from starting.
 */
export async function serve<Needed extends Need>(
  definition: ServiceDefinition<Needed>,
  { settings, logger, clock, stop, crashed }: Surroundings,
): Promise<string | null> {
  const announcer = createAnnouncer(logger, clock);
  const log = createLog(settings, clock, announcer);
  const storeSlot = definition.needs.includes('store' as Needed) ? new StoreSlot() : null;
  const telemetry = createTelemetry({ clock, logger, log, store: storeSlot }, { version: VERSION });
  const start = new StartCheck();
  const operations = await startOperations(settings.operations, withStart(telemetry, start));
  logger.info({ operations: operations.address, version: VERSION }, 'starting');
  const waiting: Waiting = { clock, announcer, signal: stop, onWait: (message) => start.waitFor(message) };
  const parts: FoundParts = {};
  try {
    await Promise.all([
      topicsThere(settings, waiting),
      findParts(definition.needs, parts, settings, waiting, storeSlot),
    ]);
    const context = { log, clock, settings, telemetry, logger, crashed, ...parts } as ServiceContext<Needed>;
    const running = await untilThere(() => definition.start(context), waiting);
    start.done();
    logger.info({}, 'started');
    const ended = await lookOn(running, telemetry, clock, stop);
    await quietly(() => running.stop(), logger);
    return ended;
  } catch (error) {
    if (!(error instanceof WaitStopped)) throw error;
    return null;
  } finally {
    parts.store?.close();
    void parts.opening?.then((store) => store?.close());
    await quietly(() => log.close(), logger);
    operations.close();
  }
}

interface FoundParts {
  store?: RedisStore;
  schemaIds?: RegistrySchemaIds;
  timers?: StoreSlot;
  /** The store that `timers` will ask. */
  opening?: Promise<RedisStore | null>;
}

async function findParts(
  needs: readonly Need[],
  parts: FoundParts,
  settings: ServiceSettings,
  waiting: Waiting,
  storeSlot: StoreSlot | null,
): Promise<void> {
  const find: Record<Need, () => Promise<void>> = {
    async store() {
      parts.store = await storeThere(settings, waiting);
      storeSlot?.fill(parts.store);
    },
    async timers() {
      const slot = new StoreSlot();
      parts.timers = slot;
      const warn = (message: string): void => waiting.announcer.warn({}, message);
      parts.opening = openStore(settings, warn).then(
        (store) => {
          slot.fill(store);
          return store;
        },
        (error: Error) => {
          warn(`silent lanes are ticked without a look at their timers: ${error.message}`);
          return null;
        },
      );
    },
    async schemaIds() {
      parts.schemaIds = await schemaIdsThere(settings, waiting);
    },
  };
  await Promise.all(needs.map((need) => find[need]()));
}

/**
 * Looks on until the service is stopped, or has nothing left to do. Whoever asks for readiness once is told of what has stood
 * still since long before.
 */
async function lookOn(
  running: RunningPart,
  telemetry: Telemetry,
  clock: Clock,
  stop: AbortSignal,
): Promise<string | null> {
  for (; !stop.aborted; await clock.sleep(LOOK_EVERY_MS, stop)) {
    telemetry.look();
    const ended = running.endedBy?.() ?? null;
    if (ended !== null) return ended;
  }
  return null;
}

/** What is away cannot be said goodbye to, and nothing depends on it. */
async function quietly(end: () => Promise<void>, logger: Logger): Promise<void> {
  try {
    await end();
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    logger.warn({}, `while stopping: ${error.message}`);
  }
}

/** Whether the service was started, as readiness tells it. */
class StartCheck {
  #detail = 'looking for what the service needs';
  #isDone = false;

  waitFor(message: string): void {
    this.#detail = `waiting: ${message}`;
  }

  done(): void {
    this.#isDone = true;
    this.#detail = 'started';
  }

  get report(): HealthReport {
    return { ok: this.#isDone, checks: [{ name: 'start', ok: this.#isDone, detail: this.#detail }] };
  }
}

function withStart(telemetry: Telemetry, start: StartCheck): Operations {
  return {
    metrics: () => telemetry.metrics(),
    live: () => telemetry.live(),
    async ready() {
      const { ok, checks } = await telemetry.ready();
      const { report } = start;
      return { ok: ok && report.ok, checks: [...report.checks, ...checks] };
    },
  };
}
