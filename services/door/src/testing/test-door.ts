import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  codecs,
  createRawDecoder,
  type DeadLetterRecord,
  embeddedSchemaIds,
  RAW_TOPICS,
  readOutputHeaders,
  topics,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { openEmbedded } from '@tidemark/embedded';
import type { IngestState, RawLog } from '@tidemark/runtime';
import type { Clock } from '@tidemark/stream';
import type { AnsweredRequest } from '@tidemark/telemetry';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createDoor } from '../create-door.ts';
import { listen } from '../listen.ts';
import { hashOfKey } from '../sources/door-source.ts';
import { parseSources } from '../sources/parse-sources.ts';
import type { SourceBook } from '../sources/source-book.ts';

const LANES = 3;
export const NOW = Date.UTC(2026, 10, 21, 12) as TimeMs;
export const KEYS = { shop: 'key-of-the-shop', web: 'key-of-the-pages', other: 'key-of-another-shop' };
export const PAGE = 'https://shop.example';
export const SHOPIFY_SECRET = 'secret-of-shopify';

const written = (key: string) => `sha256:${hashOfKey(key).toString('hex')}`;

export const SOURCES = `
sources:
  - { name: shop, kind: server, keys: [${written(KEYS.shop)}] }
  - { name: other, kind: server, keys: [${written(KEYS.other)}], limits: { events_per_second: 10 } }
  - name: web
    kind: browser
    keys: [${written(KEYS.web)}]
    origins: [${PAGE}]
    limits: { events_per_second_by_address: 4 }
  - { name: eu, kind: webhook, platform: shopify, secrets_files: [shopify] }
  - { name: woo, kind: webhook, platform: woocommerce, secrets_files: [woo] }
  - { name: cdc, kind: webhook, platform: cloudevents, secrets_files: [standard] }
`;

const SECRETS: Readonly<Record<string, string>> = {
  shopify: SHOPIFY_SECRET,
  woo: 'secret-of-woo',
  standard: `whsec_${Buffer.from('secret-of-standard').toString('base64')}`,
};

export function bookOf(text: string): SourceBook {
  return parseSources(text, (path) => SECRETS[path] ?? '');
}

interface Circumstances {
  readonly sources?: string;
  /** In place of the data folder's own. */
  readonly log?: (own: RawLog) => RawLog;
  /** Where its clock stands. */
  readonly now?: number;
}

/** A door on a data folder and a free port of loopback, ended when the test is finished. Its clock stands unless it is advanced. */
export async function startTestDoor({ sources = SOURCES, log: replace = (own) => own, now = NOW }: Circumstances = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-door-'));
  const lines: Record<string, unknown>[] = [];
  const answered: AnsweredRequest[] = [];
  let elapsedMs = 0;
  const clock: Clock = {
    now: () => (now + elapsedMs) as TimeMs,
    elapsedMs: () => elapsedMs,
    sleep: (ms, signal) => wait(ms, undefined, signal && { signal }).catch(() => undefined),
  };
  const embedded = openEmbedded({ folder, lanes: LANES, topics: topics.map(({ name }) => name), clock });
  const state: { current: IngestState } = { current: { lanes: 'live', earliestAt: null, currency: 'USD' } };
  const watched = { current: bookOf(sources) };
  const door = createDoor(
    {
      log: replace(embedded.log),
      schemaIds: embeddedSchemaIds,
      state: async () => state.current,
      sources: watched,
      observer: { answered: (request) => void answered.push(request) },
      logger: pino({ level: 'debug', base: null }, { write: (line) => void lines.push(JSON.parse(line)) }),
      clock,
    },
    { isLocal: false },
  );
  const running = await listen(door, { host: '127.0.0.1', port: 0 }, clock);
  onTestFinished(async () => {
    await running.stop();
    embedded.close();
    rmSync(folder, { recursive: true });
  });

  const records = async (topic: string) => {
    const lanes = Array.from({ length: LANES }, (_, lane) => embedded.log.read(topic, lane, 0, 10_000));
    return (await Promise.all(lanes)).flat();
  };
  const decoder = createRawDecoder(embeddedSchemaIds);
  return {
    url: running.url,
    lines,
    answered,
    state,
    watched,
    advance: (ms: number) => {
      elapsedMs += ms;
    },
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${running.url}${path}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
        headers,
      }),
    /** The events of all raw topics, by topic and id. */
    async events(): Promise<Map<string, Record<string, unknown>>> {
      const found = new Map<string, Record<string, unknown>>();
      for (const topic of RAW_TOPICS) {
        for (const { value } of await records(topic)) {
          const read = await decoder.decode(value);
          if (!read.ok) throw new Error(read.detail);
          const event = read.value as unknown as Record<string, unknown>;
          found.set(`${topic} ${String(event['eventId'])}`, event);
        }
      }
      return found;
    },
    async letters(): Promise<DeadLetterRecord[]> {
      return (await records('dead-letters')).map(({ headers, value }) =>
        codecs['dead-letter'].decode(value ?? new Uint8Array(), readOutputHeaders(headers).schema),
      );
    },
  };
}

export type TestDoor = Awaited<ReturnType<typeof startTestDoor>>;

export function basic(key: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
}

export function track(more: object = {}): Record<string, unknown> {
  return {
    type: 'track',
    event: 'Order Completed',
    messageId: 'm1',
    userId: 'anna',
    timestamp: '2026-11-21T11:59:00.000Z',
    properties: { order_id: 'o1', total: 129.5, currency: 'USD' },
    ...more,
  };
}
