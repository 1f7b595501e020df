import { setTimeout as sleep } from 'node:timers/promises';
import { facetNames, isOn, type TimeMs } from '@tidemark/domain';
import { readServiceSettings } from '@tidemark/runtime';
import { createLog, storeThere } from '@tidemark/runtime/remote';
import type { Clock, EventLog, ProfileReader } from '@tidemark/stream';
import kafkajs, { type Admin } from 'kafkajs';
import { until, type Variables } from './service-process.ts';

/** A facet that no policy has switched on needs no process. */
export const FACETS_ON = facetNames.filter((name) => isOn(name, null));

/** The services that bring a raw record to a tier change. */
export const FOLDING = ['unify', ...FACETS_ON, 'tier'] as const;
/** Those of them that keep state. */
const FOLDS = [...FACETS_ON, 'tier'];

/** Looks at a pipeline of processes from outside: its log, its state, its groups. */
export class RemotePipeline {
  readonly log: EventLog;
  readonly store: ProfileReader;
  readonly #namespace: string;
  readonly #admin: Admin;
  readonly #close: () => Promise<void>;

  private constructor(
    namespace: string,
    log: EventLog,
    store: ProfileReader,
    admin: Admin,
    close: () => Promise<void>,
  ) {
    this.#namespace = namespace;
    this.log = log;
    this.store = store;
    this.#admin = admin;
    this.#close = close;
  }

  static async open(variables: Variables): Promise<RemotePipeline> {
    const settings = readServiceSettings(variables, { registry: true });
    const log = createLog(settings, clock, SILENT);
    const store = await storeThere(settings, { clock, announcer: SILENT, signal: new AbortController().signal });
    const { Kafka, logLevel } = kafkajs;
    const brokers = [...settings.kafka.connection.brokers];
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return new RemotePipeline(settings.namespace, log, store, admin, async () => {
      store.close();
      await Promise.all([log.close(), admin.disconnect()]);
    });
  }

  /** Records in the topic, doubles included. */
  async countOf(topic: string): Promise<number> {
    const bounds = await Promise.all(this.#lanes.map((lane) => this.log.bounds(topic, lane)));
    return bounds.reduce((count, { start, end }) => count + end - start, 0);
  }

  /** Resolves once the topic has more than `records`: something is going on. */
  async reaches(topic: string, records: number): Promise<void> {
    await until(`${topic} has more than ${records} records`, async () => (await this.countOf(topic)) > records);
  }

  /** Resolves once every fold has come to the stream time in every lane, and Kafka has all its outputs. */
  async settled(streamTime: number): Promise<void> {
    await until(`every fold is at ${streamTime}`, () => this.#isSettled(streamTime));
  }

  /** The lanes of each member of the service's group, by client id. */
  async lanesOf(service: string): Promise<ReadonlyMap<string, readonly number[]>> {
    const { groups } = await this.#admin.describeGroups([`${this.#namespace}.${service}`]);
    const topic = `${this.#namespace}.${service === 'unify' ? 'control' : 'timeline'}`;
    const members = groups[0]?.members ?? [];
    return new Map(
      members.map(({ clientId, memberAssignment }) => {
        const assigned = kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {};
        return [clientId, assigned[topic] ?? []];
      }),
    );
  }

  close(): Promise<void> {
    return this.#close();
  }

  get #lanes(): readonly number[] {
    return Array.from({ length: this.log.lanes }, (_, lane) => lane);
  }

  async #isSettled(streamTime: number): Promise<boolean> {
    const lanes = await Promise.all(this.#lanes.map((lane) => this.store.metas(lane).catch(() => new Map())));
    for (const service of FOLDS) {
      const metas = lanes.map((byService) => parseMeta(byService.get(service)));
      if (metas.some((meta) => meta === null || meta.streamTime < streamTime || meta.place.cursor !== null))
        return false;
      const sent = await this.#sentOf(service);
      if (metas.some((meta, lane) => (meta?.sequence ?? 0) > (sent.get(lane) ?? 0))) return false;
    }
    return true;
  }

  /** The sequence of the last output in Kafka, by lane, as the service's group keeps it. */
  async #sentOf(service: string): Promise<ReadonlyMap<number, number>> {
    const topic = `${this.#namespace}.timeline`;
    const [offsets] = await this.#admin.fetchOffsets({ groupId: `${this.#namespace}.${service}`, topics: [topic] });
    return new Map(
      (offsets?.partitions ?? []).map(({ partition, metadata }) => {
        return [partition, metadata ? (JSON.parse(metadata) as { sequence: number }).sequence : 0];
      }),
    );
  }
}

interface Meta {
  readonly streamTime: number;
  readonly sequence: number;
  readonly place: { readonly cursor: unknown };
}

function parseMeta(json: string | undefined): Meta | null {
  return json === undefined ? null : (JSON.parse(json) as Meta);
}

const clock: Clock = {
  now: () => Date.now() as TimeMs,
  elapsedMs: () => performance.now(),
  sleep: (ms) => sleep(ms),
};

const nothing = (): void => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };
