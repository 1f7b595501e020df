import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  customerKey,
  encodeRaw,
  embeddedSchemaIds as ids,
  laneOf,
  type OrderEventRecord,
  topics,
} from '@tidemark/contracts';
import type { CustomerId, Policy, TimeMs } from '@tidemark/domain';
import { type Embedded, openEmbedded } from '@tidemark/embedded';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import { systemClock } from '@tidemark/runtime';
import type { NewRecord } from '@tidemark/stream';
import { goLive } from '../up/go-live.ts';
import { startPipeline } from '../up/pipeline.ts';
import { readPipelineSettings } from '../up/pipeline-settings.ts';
import { runTidemark } from './run-tidemark.ts';

export const LANES = 3;

/** Folders under one that `remove` takes away. */
export class Folders {
  readonly #root = mkdtempSync(join(tmpdir(), 'tidemark-commands-'));
  #copies = 0;

  path(name: string): string {
    return join(this.#root, name);
  }

  /** A copy to do damage in. */
  copy(folder: string): string {
    const copy = this.path(`copy-${++this.#copies}`);
    cpSync(folder, copy, { recursive: true });
    return copy;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/**
 * Customers in two of three lanes, and days enough for several blocks of the log. unify refuses the order in EUR, and rfm
 * the last of an order's 101 part refunds.
 */
const partRefundAt = (second: number) =>
  `anna,${new Date(Date.UTC(2024, 5, 7, 0, 0, second)).toISOString()},9,USD,o6,partially_refunded`;
const ORDERS = `customer_id,occurred_at,amount,currency,order_id,status
anna,2024-01-01,100,USD,o1,placed
bert,2024-01-02,5,EUR,o2,placed
carl,2024-01-03,2500,USD,o3,placed
gwen,2024-01-05,15,USD,o4,placed
gwen,2024-03-05,15,USD,o5,placed
anna,2024-06-05,900,USD,o6,placed
${Array.from({ length: 101 }, (_, second) => partRefundAt(second)).join('\n')}
gwen,2025-06-05,40,USD,o7,placed
`;

/** The orders above, replayed to their end in two runs, so that a lane's timeline has more than one block. */
export async function replayedFolder(folders: Folders, name = 'replayed'): Promise<string> {
  const orders = folders.path(`${name}.csv`);
  const data = folders.path(name);
  writeFileSync(orders, ORDERS);
  for (const until of ['2024-01-02', '2025-06-05']) {
    const { code, stderr } = await runTidemark([...upArguments(orders, data), '--until', until]);
    if (code !== 0) throw new Error(`the replay ended with ${code}: ${stderr}`);
  }
  return data;
}

export function upArguments(orders: string, data: string): string[] {
  return ['up', '--orders', orders, '--no-simulated', '--once', '--lanes', String(LANES), '--data', data];
}

/** Opens a folder, works in it, and closes it. */
export async function inFolder<Result>(folder: string, use: (embedded: Embedded) => Promise<Result>): Promise<Result> {
  const embedded = openEmbedded({
    folder,
    lanes: LANES,
    topics: topics.map(({ name }) => name),
    clock: systemClock,
  });
  try {
    return await use(embedded);
  } finally {
    embedded.close();
  }
}

/** Runs all services on the wall clock until everything that is in the log has come through. */
export async function runLive(folder: string, policy: Policy = defaultPolicy()): Promise<void> {
  await inFolder(folder, async (embedded) => {
    const errors: unknown[] = [];
    const observer = {
      faulted: (...all: unknown[]) => void errors.push(all.at(-1)),
      crashed: (...all: unknown[]) => void errors.push(all.at(-1)),
    };
    const ports = { ...embedded, schemaIds: ids };
    await goLive(ports, systemClock, policyDocument(policy));
    const observers = { folds: observer, unify: observer };
    const pipeline = await startPipeline(ports, systemClock, readPipelineSettings({}), observers);
    while (errors.length === 0 && ((await pipeline.backlog()) > 0 || !pipeline.isLive())) await systemClock.sleep(5);
    await pipeline.stop();
    if (errors.length > 0) throw errors[0];
  });
}

export async function send(folder: string, topic: string, lane: number, records: readonly NewRecord[]): Promise<void> {
  await inFolder(folder, async ({ log }) => {
    const writer = await log.writer();
    await writer.send(topic, lane, records);
    await writer.close();
  });
}

export function laneOfCustomer(customerId: string): number {
  return laneOf(customerKey(customerId as CustomerId), LANES);
}

/** An order as a producer sends it. */
export function rawOrder(customerId: string, changes: Partial<OrderEventRecord> = {}): NewRecord {
  const order: OrderEventRecord = {
    eventId: `event-${customerId}`,
    customerId,
    occurredAt: (Date.now() - 1_000) as TimeMs,
    orderId: `order-${customerId}`,
    status: 'PLACED',
    amountMinor: 500,
    currency: 'USD',
    refundId: null,
    items: [],
    marginMinor: null,
    ...changes,
  };
  const value = encodeRaw('order-event', ids.idOf('order-event') ?? 0, order);
  return { key: customerKey(customerId as CustomerId), value, headers: { source: '1:1' } };
}

/** A visit as a producer sends it. */
export function rawVisit(customerId: string, eventId: string, occurredAt: number): NewRecord {
  const value = encodeRaw('interaction-event', ids.idOf('interaction-event') ?? 0, {
    eventId,
    customerId,
    occurredAt: occurredAt as TimeMs,
    channel: 'web',
    action: 'view',
    object: null,
    category: null,
    sessionId: null,
    properties: {},
  });
  return { key: customerKey(customerId as CustomerId), value, headers: { source: '1:1' } };
}

/** Changes a closed folder's database behind its back. */
export function damage(folder: string, sql: string): number {
  const database = new DatabaseSync(join(folder, 'tidemark.db'));
  try {
    return Number(database.prepare(sql).run().changes);
  } finally {
    database.close();
  }
}

/** Everything that a service has stored, as text to compare. */
export function storedState(folder: string, service: string): string {
  return select(folder, `SELECT lane, customer, facet, timer, label FROM facets WHERE service = '${service}'`);
}

/** Where each topic's lanes end. */
export async function topicEnds(folder: string): Promise<Readonly<Record<string, readonly number[]>>> {
  return inFolder(folder, async ({ log }) => {
    const ends: Record<string, number[]> = {};
    for (const { name } of topics) {
      ends[name] = [];
      for (let lane = 0; lane < log.lanes; lane++) ends[name].push((await log.bounds(name, lane)).end);
    }
    return ends;
  });
}

/** SQL for the blocks of one topic's lane. */
export function blocksOf(topic: string, lane: number): string {
  const partition = `((SELECT id FROM topics WHERE name = '${topic}') * ${LANES} + ${lane})`;
  return `id >= ${partition} * ${2 ** 40} AND id < (${partition} + 1) * ${2 ** 40}`;
}

function select(folder: string, sql: string): string {
  const database = new DatabaseSync(join(folder, 'tidemark.db'));
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => JSON.stringify(row))
      .join('\n');
  } finally {
    database.close();
  }
}
