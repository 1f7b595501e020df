import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether one of the secrets has signed these very bytes: HMAC-SHA256, in base64, as Shopify (`X-Shopify-Hmac-Sha256`) and
 * WooCommerce (`X-WC-Webhook-Signature`) send it. Several secrets, so that they can be rotated. In constant time a secret.
 */
export function isSignedBy(secrets: readonly string[], body: Uint8Array, signature: string | undefined): boolean {
  if (signature === undefined) return false;
  return secrets.map((secret) => isSame(hmacOf(secret, [body]), signature.trim())).includes(true);
}

/** A sender's clock may be off by so much; what is older may be sent again by somebody who has overheard it. */
const TOLERANCE_MS = 300_000;
const SECRET_PREFIX = 'whsec_';

export interface StandardWebhook {
  /** Headers `webhook-id`, `webhook-timestamp`, `webhook-signature`. */
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly body: Uint8Array;
}

/** The same for Standard Webhooks: id, time and bytes are signed; the header may have several signatures. */
export function isStandardWebhookSignedBy(
  secrets: readonly string[],
  { id, timestamp, signature, body }: StandardWebhook,
  receivedAt: number,
): boolean {
  if (id === undefined || timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp))
    return false;
  if (Math.abs(receivedAt - Number(timestamp) * 1_000) > TOLERANCE_MS) return false;
  const given = signature.split(' ').flatMap((part) => (part.startsWith('v1,') ? [part.slice(3)] : []));
  const wanted = secrets.map((secret) => hmacOf(secretBytes(secret), [`${id}.${timestamp}.`, body]));
  return wanted.flatMap((digest) => given.map((text) => isSame(digest, text))).includes(true);
}

function secretBytes(secret: string): Uint8Array {
  return Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret, 'base64');
}

function hmacOf(secret: string | Uint8Array, parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

function isSame(digest: Buffer, signature: string): boolean {
  const given = Buffer.from(signature, 'base64');
  return given.length === digest.length && timingSafeEqual(given, digest);
}
