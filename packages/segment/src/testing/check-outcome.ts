import { embeddedSchemaIds } from '@tidemark/contracts';
import { encodeEvent } from '@tidemark/producer';
import { expect } from 'vitest';
import type { Outcome } from '../outcome.ts';

/** What comes out is what a producer may send, through JSON and as Avro; what is refused says why. */
export function checkOutcome(outcome: Outcome): void {
  if (outcome.verdict === 'refused') expect(outcome.errors.length).toBeGreaterThan(0);
  if (outcome.verdict !== 'accepted') return;
  expect(outcome.records.length).toBeGreaterThan(0);
  expect(new Set(outcome.records.map(({ event }) => event.eventId)).size).toBe(outcome.records.length);
  for (const { topic, event } of outcome.records) {
    const read = JSON.parse(JSON.stringify(event)) as unknown;
    expect(encodeEvent(topic, read, embeddedSchemaIds).value).toEqual(
      encodeEvent(topic, event, embeddedSchemaIds).value,
    );
  }
}
