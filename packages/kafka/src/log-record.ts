import type { Headers, LogRecord } from '@tidemark/stream';
import type { IHeaders, KafkaMessage } from 'kafkajs';

/** A record as kafkajs gives it, both in batches and in answers to a fetch. */
export function asLogRecord({ offset, timestamp, key, value, headers }: KafkaMessage): LogRecord {
  return {
    offset: Number(offset),
    appendedAtMs: Number(timestamp),
    key: key ?? null,
    value: value ?? null,
    headers: headers === undefined ? {} : asHeaders(headers),
  };
}

/** Of a name that stands there twice the last counts. */
function asHeaders(headers: IHeaders): Headers {
  const texts: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    const text = String((Array.isArray(value) ? value.at(-1) : value) ?? '');
    if (name === '__proto__') Object.defineProperty(texts, name, { value: text, enumerable: true });
    else texts[name] = text;
  }
  return texts;
}
