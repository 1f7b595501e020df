import { isUtf8 } from 'node:buffer';
import { hash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  isSignedBy,
  isStandardWebhookSignedBy,
  isWooCommercePing,
  mapCloudEvent,
  mapShopify,
  mapWooCommerce,
  Refusal,
  type Refused as RefusedOutcome,
  readCloudEvents,
} from '@tidemark/segment';
import { Refused } from '../http/answer.ts';
import { keyInHeaders } from '../http/credentials.ts';
import { inflateBody, readBytes } from '../http/read-body.ts';
import type { MappedEvent } from '../intake/intake.ts';
import { type DoorSource, mappingShopOf, mappingSourceOf, type WebhookSettings } from '../sources/door-source.ts';
import { countOf, type DoorRequest, type InForce, inForce, type Surroundings } from './request-context.ts';
import { sourceOfKey } from './source-of-key.ts';

/** A shop tries again or gives up, and reads nothing. */
const TAKEN = { success: true };

/** Takes what a shop or another program signs. Throws `Refused`: 401, 413 or 503, and no other; what is bad becomes a dead letter. */
export async function takeWebhook(name: string, request: DoorRequest, around: Surroundings): Promise<object> {
  const { raw, book } = request;
  const source = book.ofName(name);
  if (source === null || source.webhook === null) throw unsigned();
  const body = await readBytes(raw, around.budget);
  const { webhook } = source;
  // Its first is not signed, and is no event: it only asks whether anybody is there.
  if (webhook.platform === 'woocommerce' && isWooCommercePing(body.toString('latin1'))) return TAKEN;
  if (!isSigned(webhook, raw.headers, body, request.receivedAt)) throw unsigned();
  request.source = source;
  request.bodyBytes = body.length;
  const policy = inForce(await around.state());
  const events =
    webhook.platform === 'cloudevents'
      ? cloudEventsOf(body, request, source, policy)
      : [shopEventOf(webhook.platform, body, request, source, policy)];
  return take(webhook.platform === 'cloudevents' ? 'cloud-event' : 'webhook', events, request, around);
}

/** Takes CloudEvents of whoever has a key. Throws `Refused`: 401, 413 or 503, and no other. */
export async function takeCloudEvents(request: DoorRequest, around: Surroundings): Promise<object> {
  const { raw } = request;
  const source = sourceOfKey(keyInHeaders(raw.headers), request);
  request.source = source;
  const bytes = await readBytes(raw, around.budget);
  request.bodyBytes = bytes.length;
  const policy = inForce(await around.state());
  const body = await inflateBody(raw, bytes, around.budget).catch((error: unknown) => {
    if (error instanceof Refused && error.status === 400) return null;
    throw error;
  });
  const events = body === null ? [unreadable(bytes, source)] : cloudEventsOf(body, request, source, policy);
  return take('cloud-event', events, request, around);
}

async function take(
  type: string,
  events: readonly MappedEvent[],
  request: DoorRequest,
  around: Surroundings,
): Promise<object> {
  const name = request.source?.settings.name ?? '';
  const outcomes = await around.intake.take(name, events, request.receivedAt);
  request.events = outcomes.map((outcome) => countOf(type, outcome));
  return TAKEN;
}

function isSigned(
  { platform, secrets }: WebhookSettings,
  headers: IncomingHttpHeaders,
  body: Buffer,
  receivedAt: number,
): boolean {
  if (platform === 'cloudevents') {
    const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
      textOf(headers[`webhook-${name}`]),
    );
    return isStandardWebhookSignedBy(secrets, { id, timestamp, signature, body }, receivedAt);
  }
  const name = platform === 'shopify' ? 'x-shopify-hmac-sha256' : 'x-wc-webhook-signature';
  return isSignedBy(secrets, body, textOf(headers[name]));
}

function shopEventOf(
  platform: 'shopify' | 'woocommerce',
  body: Buffer,
  { raw, receivedAt }: DoorRequest,
  source: DoorSource,
  { currency, earliestAt }: InForce,
): MappedEvent {
  if (!isUtf8(body)) return unreadable(body, source);
  const topic = textOf(raw.headers[platform === 'shopify' ? 'x-shopify-topic' : 'x-wc-webhook-topic']);
  const map = platform === 'shopify' ? mapShopify : mapWooCommerce;
  const shop = mappingShopOf(source, currency);
  const webhook = { shop, body: body.toString('utf8'), topic, receivedAt };
  return {
    outcome: map(earliestAt === undefined ? webhook : { ...webhook, earliestAt }),
    original: () => ({ value: body, form: `webhook:${topic ?? ''}`, sentAt: undefined }),
  };
}

function cloudEventsOf(
  body: Buffer,
  { raw, receivedAt }: DoorRequest,
  source: DoorSource,
  { currency, earliestAt }: InForce,
): MappedEvent[] {
  if (!isUtf8(body)) return [unreadable(body, source)];
  const receipt = {
    source: mappingSourceOf(source, currency),
    tables: source.tables,
    receivedAt,
    newId: randomUUID,
    ...(earliestAt === undefined ? {} : { earliestAt }),
  };
  try {
    const headers = Object.fromEntries(Object.entries(raw.headers).map(([name, value]) => [name, textOf(value)]));
    return readCloudEvents(headers, body.toString('utf8')).map((event) => ({
      outcome: mapCloudEvent(event, receipt),
      original: () => ({ value: Buffer.from(JSON.stringify(event)), form: 'cloud-event', sentAt: undefined }),
    }));
  } catch (error) {
    if (error instanceof Refusal) return [unreadable(body, source, error)];
    throw error;
  }
}

/** A body that nobody can take apart is one dead letter; sent again it is the same. */
function unreadable(body: Buffer, { settings }: DoorSource, refusal?: Refusal): MappedEvent {
  const problem = refusal?.problem ?? { field: '(body)', expected: 'text in UTF-8', found: 'other bytes' };
  const outcome: RefusedOutcome = {
    verdict: 'refused',
    eventId: `${settings.name}:${hash('sha256', body).slice(0, 16)}`,
    reason: refusal?.reason ?? 'malformed',
    errors: [problem],
  };
  return { outcome, original: () => ({ value: body, form: 'body', sentAt: undefined }) };
}

function unsigned(): Refused {
  return new Refused(
    401,
    'expected a source of webhooks and its signature, found none that is right. Nothing was written',
  );
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
