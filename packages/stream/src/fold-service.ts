import type { Fault } from './errors.ts';
import type { LaneFold } from './folds/lane-fold.ts';
import { LaneLoop } from './lane/lane-loop.ts';
import type { LaneObserver } from './lane/lane-observer.ts';
import type { LaneOptions } from './lane/lane-ports.ts';
import { ProgressPace } from './lane/progress-pace.ts';
import type { Clock } from './ports/clock.ts';
import type { EventLog, Lane, LaneConsumer, LaneHandler, LogRecord, Subscription, Topic } from './ports/event-log.ts';
import type { ProfileStore } from './ports/profile-store.ts';
import { Semaphore } from './semaphore.ts';
import { SharedWriter } from './shared-writer.ts';
import { JoinedSource, type Joins } from './source/joined-source.ts';
import type { InputBounds } from './source/lane-input.ts';
import type { LaneSource } from './source/lane-source.ts';
import { TimelineSource } from './source/timeline-source.ts';
import type { TimelineReader } from './timeline-record.ts';
import type { ToldTopic } from './versions/find-version.ts';

/** A lane that a member of a group works on, from assignment to revocation. */
export interface LaneWorker {
  start(): void;
  reassign(consumer: LaneConsumer): void;
  push(topic: Topic, records: readonly LogRecord[]): void;
  /** Nothing can come of this topic behind what was pushed: the lane stops once it has used that. */
  block(topic: Topic, fault: Fault): void;
  stop(): Promise<void>;
  abandon(): void;
}

export interface ServicePorts {
  readonly log: EventLog;
  readonly store: ProfileStore;
  readonly clock: Clock;
}

/** What a fold reads and how. With `joins`, each timeline record waits for the scores that are on. */
export interface FoldWiring<Facet, Rules, Change> {
  readonly fold: LaneFold<Facet, Rules, Change>;
  readonly timeline: Topic;
  readonly reader: TimelineReader;
  readonly joins: Joins | null;
}

export interface FoldServiceOptions extends LaneOptions {
  /** Consumer group; its committed offsets are the lanes' mirror. */
  readonly group: string;
  /** What may wait in memory, per lane and topic. */
  readonly input: InputBounds;
}

export interface RunningService<Worker extends LaneWorker> {
  /** The lanes that this process works on. */
  readonly lanes: ReadonlyMap<Lane, Worker>;
  /** Finishes the chunks under way, relays, leaves the group. */
  stop(): Promise<void>;
}

/** At a cutover a lane has what was told of each of its customers in memory: those of two are, and the others follow. */
const LANES_LOOKING_MAX = 2;

/** Joins the group and folds whichever lanes it is given. Resolves once joined. */
export async function startFoldService<Facet, Rules, Change>(
  wiring: FoldWiring<Facet, Rules, Change>,
  ports: ServicePorts,
  options: FoldServiceOptions,
  observer: LaneObserver,
): Promise<RunningService<LaneLoop<Facet, Rules, Change>>> {
  const { timeline, joins } = wiring;
  const writer = new SharedWriter(ports.log);
  const pace = new ProgressPace(ports.clock);
  const looks = new Semaphore(LANES_LOOKING_MAX);
  const inputs = joins === null ? [] : [...joins.scores.keys()];
  const toldTopics = joins?.toldTopics ?? NO_TOPICS;
  return startLaneService(
    { group: options.group, topics: [timeline, ...inputs], isPatient: (options.lingerMs ?? 0) > 0 },
    ports.log,
    (lane, consumer) =>
      new LaneLoop(
        lane,
        consumer,
        { ...wiring, source: sourceOf(wiring, lane, consumer, options.input), inputs, toldTopics },
        { ...ports, writer, pace, looks },
        options,
        observer,
      ),
    writer,
  );
}

const NO_TOPICS: ReadonlyMap<Topic, ToldTopic> = new Map();

/** Gives each lane assigned to this member a worker of its own. Shared by folds and unify. */
export async function startLaneService<Worker extends LaneWorker>(
  subscription: Omit<Subscription, 'handler'>,
  log: EventLog,
  createWorker: (lane: Lane, consumer: LaneConsumer) => Worker,
  writer: SharedWriter,
): Promise<RunningService<Worker>> {
  const lanes = new Map<Lane, Worker>();
  let isStopping = false;
  const handler: LaneHandler = {
    assigned(lane, consumer) {
      // Nobody would stop its worker.
      if (isStopping) return;
      const known = lanes.get(lane);
      if (known !== undefined) return known.reassign(consumer);
      const worker = createWorker(lane, consumer);
      lanes.set(lane, worker);
      worker.start();
    },
    batch(topic, lane, records) {
      lanes.get(lane)?.push(topic, records);
    },
    blocked(topic, lane, fault) {
      lanes.get(lane)?.block(topic, fault);
    },
    revoked(lane) {
      lanes.get(lane)?.abandon();
      lanes.delete(lane);
    },
  };
  const consumer = await log.consume({ ...subscription, handler });
  return {
    lanes,
    async stop() {
      isStopping = true;
      await Promise.all([...lanes.values()].map((worker) => worker.stop()));
      await consumer.close();
      await writer.close();
    },
  };
}

function sourceOf<Facet, Rules, Change>(
  { timeline, reader, joins }: FoldWiring<Facet, Rules, Change>,
  lane: Lane,
  consumer: LaneConsumer,
  bounds: InputBounds,
): LaneSource {
  return joins === null
    ? new TimelineSource(timeline, lane, consumer, bounds, reader)
    : new JoinedSource(timeline, joins, lane, consumer, bounds, reader);
}
