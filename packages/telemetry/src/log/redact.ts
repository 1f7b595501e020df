import { safeError } from './safe-error.ts';

const REDACTED = '[redacted]';

/** Deeper than anything worth a log line; what lies beyond is left out. */
const DEPTH_MAX = 8;
const ITEMS_MAX = 100;

/**
 * Names that may hold a customer's data or a secret, in lower case without `-` and `_`. A URL of the API has a customer's
 * id in it.
 */
const SENSITIVE_NAMES: ReadonlySet<string> = new Set([
  ...['customerid', 'customer', 'userid', 'anonymousid', 'profileid', 'eventid', 'orderid', 'id'],
  ...['key', 'value', 'payload', 'body', 'record', 'document', 'facet', 'profile', 'query', 'params'],
  ...['traits', 'properties', 'attributes', 'email', 'phone', 'firstname', 'lastname', 'fullname', 'address'],
  ...['amount', 'amountminor', 'amountbaseminor', 'marginminor', 'marginbaseminor'],
  ...[
    'token',
    'tokens',
    'authorization',
    'proxyauthorization',
    'password',
    'passphrase',
    'secret',
    'credentials',
    'sasl',
  ],
  ...['apikey', 'xapikey', 'accesstoken', 'refreshtoken', 'cookie', 'setcookie', 'privatekey', 'connectionstring'],
  ...['url', 'originalurl', 'href', 'ip', 'remoteaddress'],
]);

/**
 * A copy that may be written down: sensitive names emptied at any depth, errors without foreign messages, no bytes. What
 * has a class of its own is left for serializers.
 */
function redact(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return safeError(value);
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value)) return value;
  if (depth >= DEPTH_MAX) return '[deeper]';
  return isList ? value.slice(0, ITEMS_MAX).map((item) => redact(item, depth + 1)) : redactFields(value, depth + 1);
}

/** The same for the fields of a log line, or of a logger. */
export function redactFields(fields: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isSensitive(name) ? REDACTED : redact(value, depth)]),
  );
}

function isSensitive(name: string): boolean {
  return SENSITIVE_NAMES.has(name.toLowerCase().replace(/[-_]/g, ''));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
