import { createHash } from 'node:crypto';
import { type FieldTable, type Shop, type Source, shopOf, sourceOf } from '@tidemark/segment';

/** What sends webhooks: whose signature and whose bodies they are. */
export type Platform = 'shopify' | 'woocommerce' | 'cloudevents';

/** Who may send events, and as whom they count: a source of the sources file. */
export interface DoorSource {
  /** As a mapping knows it. A source without a currency of its own has that of the policy in force. */
  readonly settings: Pick<Source, 'name' | 'kind'> &
    Partial<Omit<Source, 'currency'>> & { readonly currency: string | null };
  /** SHA-256 of each of its write keys. */
  readonly keyHashes: readonly Buffer[];
  /** Pages that may send: `https://shop.example`, `http://localhost:*`, or `*` for any. */
  readonly origins: readonly string[];
  readonly limits: Limits;
  readonly webhook: WebhookSettings | null;
  /** Of CloudEvents of its own types. */
  readonly tables: ReadonlyMap<string, FieldTable>;
}

export interface Limits {
  readonly eventsPerSecond: number;
  /** Of one client's address, where keys are public; null: not counted. */
  readonly eventsPerSecondByAddress: number | null;
}

export interface WebhookSettings extends Partial<Pick<Shop, 'customer' | 'customerPrefix' | 'pepper'>> {
  readonly platform: Platform;
  readonly secrets: readonly string[];
}

export function hashOfKey(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}

export function mappingSourceOf({ settings }: DoorSource, baseCurrency: string): Source {
  return sourceOf({ ...settings, currency: settings.currency ?? baseCurrency });
}

export function mappingShopOf(source: DoorSource, baseCurrency: string): Shop {
  const { platform: _platform, secrets: _secrets, ...customers } = source.webhook ?? { platform: '', secrets: [] };
  return shopOf(mappingSourceOf(source, baseCurrency), customers);
}
