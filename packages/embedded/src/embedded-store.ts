import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import {
  assertParts,
  type Chunk,
  type FacetWrite,
  type Lane,
  type LaneRead,
  type LaneSnapshot,
  type PartCommit,
  type PartRead,
  type ProfileReader,
  type ProfileStore,
  type ReadRequest,
  type StoredCustomer,
  type StoredFacet,
  type StoredProfile,
} from '@tidemark/stream';
import type { Database } from './database.ts';
import { OutboxTable } from './outbox-table.ts';

/** The state in one folder, beside the log. A commit is durable when it resolves. */
export class EmbeddedStore implements ProfileStore, ProfileReader {
  readonly #database: Database;
  readonly #outbox: OutboxTable;
  readonly #statements;

  constructor(database: Database) {
    this.#database = database;
    this.#outbox = new OutboxTable(database);
    this.#statements = prepareStatements(database);
  }

  async acquire(service: string, lane: Lane): Promise<LaneSnapshot | null> {
    return this.#database.read(() => {
      const row = this.#statements.selectLane.get(service, lane) as unknown as LaneRow | undefined;
      if (row === undefined) return null;
      const [token, meta, trimmedThrough] = row;
      return { token, meta, outbox: this.#outbox.read(service, lane, trimmedThrough) };
    });
  }

  async readLane(lane: Lane, parts: readonly PartRead[]): Promise<readonly LaneRead[] | 'refused'> {
    assertParts(parts);
    await this.#database.breath();
    return this.#database.read(() => {
      if (parts.some(({ service, token }) => this.#token(service, lane) !== token)) return 'refused';
      return parts.map(({ service, request }) => this.#read(service, lane, request));
    });
  }

  async commitLane(lane: Lane, parts: readonly PartCommit[]): Promise<'committed' | 'refused'> {
    assertParts(parts);
    await this.#database.breath();
    return this.#database.write(() => {
      const rows = parts.map(({ service }) => this.#statements.selectLane.get(service, lane) as LaneRow | undefined);
      if (parts.some(({ token }, i) => (rows[i]?.[0] ?? null) !== token)) return 'refused';
      for (const [i, { service, chunk }] of parts.entries()) this.#write(service, lane, chunk, rows[i]?.[2] ?? 0);
      return 'committed';
    });
  }

  async customer(lane: Lane, customerId: CustomerId): Promise<StoredCustomer> {
    const metas = new Map<string, string>();
    const facets = new Map<string, string>();
    const rows = this.#database.guard(() => this.#statements.selectCustomer.all(lane, customerId));
    for (const [service, meta, facet] of rows as unknown as [string, string, string | null][]) {
      metas.set(service, meta);
      if (facet !== null) facets.set(service, facet);
    }
    return { metas, facets };
  }

  async metas(lane: Lane): Promise<ReadonlyMap<string, string>> {
    const rows = this.#database.guard(() => this.#statements.selectMetas.all(lane));
    return new Map(rows as unknown as [service: string, meta: string][]);
  }

  async labelled(
    service: string,
    lane: Lane,
    label: string,
    after: CustomerId | null,
    limit: number,
  ): Promise<readonly CustomerId[]> {
    const { selectLabelled } = this.#statements;
    const rows = this.#database.guard(() => selectLabelled.all(service, lane, label, after ?? '', limit));
    return (rows as unknown as [CustomerId][]).map(([customerId]) => customerId);
  }

  async labelCounts(service: string, lane: Lane): Promise<ReadonlyMap<string, number>> {
    const rows = this.#database.guard(() => this.#statements.countLabels.all(service, lane));
    return new Map(rows as unknown as [label: string, count: number][]);
  }

  async timersDue(service: string, lane: Lane, until: TimeMs): Promise<number> {
    const row = this.#database.guard(() => this.#statements.countDue.get(service, lane, until));
    return (row as unknown as [count: number])[0];
  }

  async firstTimerAfter(lane: Lane, after: TimeMs): Promise<TimeMs | null> {
    const row = this.#database.guard(() => this.#statements.selectFirstTimerAfter.get(lane, after));
    return (row as unknown as [timer: TimeMs | null])[0];
  }

  async customers(lane: Lane, after: CustomerId | null, limit: number): Promise<readonly StoredProfile[]> {
    const facets = new Map<CustomerId, Map<string, string>>();
    this.#database.read(() => {
      for (const [service] of this.#statements.selectServices.all(lane) as unknown as [string][]) {
        const rows = this.#statements.scanFacets.all(service, lane, after ?? '', limit);
        for (const { customerId, facet } of storedFacets(rows)) {
          const ofCustomer = facets.get(customerId) ?? new Map<string, string>();
          facets.set(customerId, ofCustomer.set(service, facet));
        }
      }
    });
    // Each service gave its first `limit` customers, so the first `limit` of all are complete.
    const customers = [...facets].sort(([a], [b]) => compareCustomerIds(a, b)).slice(0, limit);
    return customers.map(([customerId, ofCustomer]) => ({ customerId, facets: ofCustomer }));
  }

  async clear(service: string, lane: Lane): Promise<void> {
    this.#database.write(() => {
      this.#statements.clearFacets.run(service, lane);
      this.#statements.clearLane.run(service, lane);
      this.#outbox.trim(service, lane, Number.MAX_SAFE_INTEGER);
    });
  }

  #token(service: string, lane: Lane): string | null {
    const row = this.#statements.selectToken.get(service, lane) as unknown as [token: string] | undefined;
    return row === undefined ? null : row[0];
  }

  #read(service: string, lane: Lane, { customers, due, scan }: ReadRequest): LaneRead {
    const { selectFacet, selectDue, selectFirstTimer, scanFacets } = this.#statements;
    const found: StoredFacet[] = [];
    for (const customerId of customers) {
      const row = selectFacet.get(service, lane, customerId) as unknown as FacetRow | undefined;
      if (row !== undefined) found.push({ customerId, facet: row[0], timer: row[1] });
    }
    return {
      customers: found,
      due: due === null ? [] : storedFacets(selectDue.all(service, lane, due.until, due.limit)),
      scanned: scan === null ? [] : storedFacets(scanFacets.all(service, lane, scan.after ?? '', scan.limit)),
      firstTimer: due === null ? null : (selectFirstTimer.get(service, lane) as unknown as FirstTimerRow)[0],
    };
  }

  #write(service: string, lane: Lane, chunk: Chunk, trimmedThrough: number): void {
    const trimThrough = Math.max(chunk.trimThrough, trimmedThrough);
    for (const write of chunk.facets) this.#writeFacet(service, lane, write);
    this.#outbox.append(service, lane, chunk.outbox);
    if (chunk.trimThrough > 0) this.#outbox.trim(service, lane, trimThrough);
    this.#statements.upsertLane.run(service, lane, chunk.token, chunk.meta, trimThrough);
  }

  /** `undefined` leaves a part as it is; without a facet there is neither timer nor label. */
  #writeFacet(service: string, lane: Lane, { customerId, facet, timer, label }: FacetWrite): void {
    const { deleteFacet, upsertFacet, upsertFacetAndTimer, updateTimer, updateLabel } = this.#statements;
    if (facet === null) deleteFacet.run(service, lane, customerId);
    else if (facet === undefined) {
      if (timer !== undefined) updateTimer.run(timer, service, lane, customerId);
    } else if (timer === undefined) upsertFacet.run(service, lane, customerId, facet);
    else upsertFacetAndTimer.run(service, lane, customerId, facet, timer);
    if (label !== undefined && facet !== null) updateLabel.run(label, service, lane, customerId);
  }
}

type LaneRow = readonly [token: string, meta: string, trimmedThrough: number];
type FirstTimerRow = readonly [timer: TimeMs | null];
type FacetRow = readonly [facet: string, timer: TimeMs | null];

function prepareStatements(database: Database) {
  const ofCustomer = 'service = ? AND lane = ? AND customer = ?';
  const upsert = 'ON CONFLICT DO UPDATE SET facet = excluded.facet';
  return {
    selectToken: database.prepare('SELECT token FROM lanes WHERE service = ? AND lane = ?'),
    selectLane: database.prepare('SELECT token, meta, trimmed_through FROM lanes WHERE service = ? AND lane = ?'),
    upsertLane: database.prepare('INSERT OR REPLACE INTO lanes VALUES (?, ?, ?, ?, ?)'),
    clearLane: database.prepare('DELETE FROM lanes WHERE service = ? AND lane = ?'),
    selectServices: database.prepare('SELECT service FROM lanes WHERE lane = ? ORDER BY service'),
    selectFacet: database.prepare(`SELECT facet, timer FROM facets WHERE ${ofCustomer}`),
    selectCustomer: database.prepare(`
      SELECT lanes.service, meta, facet FROM lanes LEFT JOIN facets
      ON facets.service = lanes.service AND facets.lane = lanes.lane AND customer = ?2 WHERE lanes.lane = ?1`),
    selectMetas: database.prepare('SELECT service, meta FROM lanes WHERE lane = ?'),
    selectLabelled: database.prepare(`
      SELECT customer FROM facets INDEXED BY labels
      WHERE service = ? AND lane = ? AND label = ? AND customer > ? ORDER BY customer LIMIT ?`),
    countLabels: database.prepare(`
      SELECT label, COUNT(*) FROM facets INDEXED BY labels
      WHERE service = ? AND lane = ? AND label IS NOT NULL GROUP BY label`),
    countDue: database.prepare(`
      SELECT COUNT(*) FROM facets INDEXED BY timers WHERE service = ? AND lane = ? AND timer <= ?`),
    selectDue: database.prepare(`
      SELECT customer, facet, timer FROM facets INDEXED BY timers
      WHERE service = ? AND lane = ? AND timer <= ? ORDER BY timer, customer LIMIT ?`),
    selectFirstTimer: database.prepare(`
      SELECT MIN(timer) FROM facets INDEXED BY timers WHERE service = ? AND lane = ? AND timer IS NOT NULL`),
    selectFirstTimerAfter: database.prepare(`
      SELECT MIN((SELECT MIN(timer) FROM facets INDEXED BY timers
        WHERE facets.service = lanes.service AND facets.lane = ?1 AND timer > ?2))
      FROM lanes WHERE lane = ?1`),
    scanFacets: database.prepare(`
      SELECT customer, facet, timer FROM facets
      WHERE service = ? AND lane = ? AND customer > ? ORDER BY customer LIMIT ?`),
    // Two statements, so that the usual update without a timer does not touch the timers' index.
    upsertFacet: database.prepare(`INSERT INTO facets VALUES (?, ?, ?, ?, NULL, NULL) ${upsert}`),
    upsertFacetAndTimer: database.prepare(
      `INSERT INTO facets VALUES (?, ?, ?, ?, ?, NULL) ${upsert}, timer = excluded.timer`,
    ),
    updateTimer: database.prepare(`UPDATE facets SET timer = ? WHERE ${ofCustomer}`),
    updateLabel: database.prepare(`UPDATE facets SET label = ? WHERE ${ofCustomer}`),
    deleteFacet: database.prepare(`DELETE FROM facets WHERE ${ofCustomer}`),
    clearFacets: database.prepare('DELETE FROM facets WHERE service = ? AND lane = ?'),
  };
}

function storedFacets(rows: readonly unknown[]): StoredFacet[] {
  return (rows as readonly (readonly [CustomerId, string, TimeMs | null])[]).map(([customerId, facet, timer]) => ({
    customerId,
    facet,
    timer,
  }));
}
