import { Refusal } from '../outcome.ts';
import { parseExactJson } from '../values/parse-exact-json.ts';

const BATCH = 'application/cloudevents-batch+json';
const STRUCTURED = 'application/cloudevents+json';
const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'subject', 'time'] as const;

/**
 * The CloudEvents of a request, in any of HTTP's modes: structured, batch, binary (attributes in headers `ce-*`), and the bare array that
 * Debezium's sink sends as `application/cloudevents+json`. `headers`: by their names in small letters. Throws a Refusal for what is none.
 */
export function readCloudEvents(
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): readonly unknown[] {
  const contentType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (contentType !== STRUCTURED && contentType !== BATCH) return [binaryEvent(headers, body)];
  const json = parseExactJson(body);
  if (Array.isArray(json)) return json;
  if (contentType === STRUCTURED) return [json];
  throw new Refusal('malformed', '(body)', `a list, as ${BATCH} is`, 'no list');
}

function binaryEvent(headers: Readonly<Record<string, string | undefined>>, body: string): unknown {
  if (headers['ce-id'] === undefined) {
    const expected = `the content type ${STRUCTURED} or ${BATCH}, or headers ce-id, ce-source, ce-type`;
    throw new Refusal('malformed', '(headers)', expected, 'another, without such headers');
  }
  const attributes = ATTRIBUTES.map((name) => [name, decoded(headers[`ce-${name}`])]);
  return { ...Object.fromEntries(attributes), data: parseExactJson(body) };
}

/** Headers have what is beyond ASCII percent-encoded. */
function decoded(value: string | undefined): string | undefined {
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return value;
  }
}
