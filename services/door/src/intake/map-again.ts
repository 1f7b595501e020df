import type { DeadLetterRecord, Headers } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { mapCall, mapCloudEvent, mapShopify, mapWooCommerce, type Outcome } from '@tidemark/segment';
import { type DoorSource, mappingShopOf, mappingSourceOf } from '../sources/door-source.ts';
import type { SourceBook } from '../sources/source-book.ts';
import { LETTER, SOURCE_TOPIC } from './letter.ts';

/** Why an event of a letter cannot be mapped again. */
export type NotMappable =
  | 'without a value'
  | 'of a source that is not in the file'
  | 'of a body that nobody can take apart';

/**
 * What becomes of the event of a dead letter of the door by the sources of now: as when it came, with the id and the times that it had
 * then. Pure.
 */
export function mapAgain(
  { topic, value, headers }: Pick<DeadLetterRecord, 'topic' | 'value' | 'headers'>,
  book: Pick<SourceBook, 'ofName'>,
  currency: string,
): Outcome | NotMappable {
  if (value === null) return 'without a value';
  const source = book.ofName(topic.slice(SOURCE_TOPIC.length));
  if (source === null) return 'of a source that is not in the file';
  const form = headers[LETTER.form] ?? '';
  const text = Buffer.from(value).toString('utf8');
  if (form.startsWith('webhook:'))
    return mapWebhookAgain(text, form.slice('webhook:'.length), source, currency, headers);
  if (form === 'body') return 'of a body that nobody can take apart';
  const receipt = {
    source: mappingSourceOf(source, currency),
    receivedAt: receivedAtOf(headers),
    sentAt: sentAtOf(headers),
    newId: () => (headers[LETTER.eventId] ?? '').slice(source.settings.name.length + 1),
  };
  const json = JSON.parse(text) as unknown;
  if (form === 'cloud-event') return mapCloudEvent(json, { ...receipt, tables: source.tables });
  return mapCall(json, { ...receipt, isImported: form === 'imported-call' });
}

function mapWebhookAgain(
  body: string,
  topic: string,
  source: DoorSource,
  currency: string,
  headers: Headers,
): Outcome | NotMappable {
  const platform = source.webhook?.platform;
  if (platform !== 'shopify' && platform !== 'woocommerce') return 'of a source that is not in the file';
  const map = platform === 'shopify' ? mapShopify : mapWooCommerce;
  return map({ shop: mappingShopOf(source, currency), body, topic, receivedAt: receivedAtOf(headers) });
}

function receivedAtOf(headers: Headers): TimeMs {
  return Number(headers[LETTER.receivedAt]) as TimeMs;
}

/** A time as its header has it, as it stood in the call. */
function sentAtOf(headers: Headers): unknown {
  const text = headers[LETTER.sentAt];
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
