import { codecs, type DeadLetterReason, type Headers, outputHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { FieldProblem } from '@tidemark/producer';
import type { IngestRecord } from '@tidemark/runtime';

/** Names of the headers that a dead letter of the door keeps, so that its event can be mapped again as it was. */
export const LETTER = { eventId: 'event-id', receivedAt: 'received-at', sentAt: 'sent-at', form: 'form' } as const;

/** Of no topic came what is refused before there is a record: a source stands in its place. */
export const SOURCE_TOPIC = 'source:';

/**
 * How an event came: what maps it again. A shop's has the topic of its webhook behind a colon; `body` is a whole request that nobody
 * could take apart.
 */
export type LetterForm = 'call' | 'imported-call' | 'cloud-event' | 'body' | `webhook:${string}`;

/** What a dead letter keeps of an event. */
export interface Original {
  /** Null: it cannot be kept. */
  readonly value: Buffer | null;
  readonly form: LetterForm;
  readonly sentAt: unknown;
}

/** Beyond, only the fact is kept: a letter has to fit a message of 2 MiB. */
const VALUE_BYTES_MAX = 1_048_576;
const SENT_AT_LENGTH_MAX = 64;
const LETTER_HEADERS = outputHeaders('dead-letter');

export function letterOf(
  sourceName: string,
  refused: { readonly eventId: string; readonly reason: DeadLetterReason; readonly errors: readonly FieldProblem[] },
  { value, form, sentAt }: Original,
  receivedAt: TimeMs,
  laneOfKey: (key: Uint8Array) => number,
): IngestRecord {
  const { eventId, reason, errors } = refused;
  const key = Buffer.from(eventId);
  const headers: Record<string, string> = {
    [LETTER.eventId]: eventId,
    [LETTER.receivedAt]: String(receivedAt),
    [LETTER.form]: form,
  };
  const sent = typeof sentAt === 'number' ? String(sentAt) : sentAt;
  if (typeof sent === 'string' && sent.length <= SENT_AT_LENGTH_MAX) headers[LETTER.sentAt] = sent;
  const letter = codecs['dead-letter'].encode({
    service: 'door',
    reason,
    detail: errors.map(({ field, expected, found }) => `${field}: expected ${expected}, found ${found}`).join('; '),
    topic: SOURCE_TOPIC + sourceName,
    lane: laneOfKey(key),
    offset: -1,
    key,
    value: value !== null && value.length <= VALUE_BYTES_MAX ? value : null,
    headers: headers satisfies Headers,
    at: receivedAt,
  });
  return { key, value: letter, headers: LETTER_HEADERS };
}
