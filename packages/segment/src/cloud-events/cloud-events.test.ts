import { describe, expect, test } from 'vitest';
import { type Outcome, Refusal } from '../outcome.ts';
import { type Source, sourceOf } from '../source.ts';
import { checkOutcome } from '../testing/check-outcome.ts';
import { RECEIVED_AT } from '../testing/map.ts';
import type { FieldTable } from './field-table.ts';
import { mapCloudEvent } from './map-cloud-event.ts';
import { readCloudEvents } from './read-events.ts';

const ORDER = { orderId: 'o1', status: 'PAID', amountMinor: 12_900, currency: 'USD' };
const EVENT = {
  specversion: '1.0',
  id: 'e1',
  source: '/shop/eu',
  type: 'tidemark.order',
  subject: 'anna',
  time: '2026-11-21T11:00:00Z',
  data: ORDER,
};

function map(event: unknown, settings: Partial<Source> = {}, tables?: ReadonlyMap<string, FieldTable>): Outcome {
  const source = sourceOf({ name: 'erp', kind: 'server', currency: 'EUR', ...settings });
  const outcome = mapCloudEvent(event, {
    source,
    receivedAt: RECEIVED_AT,
    newId: () => 'made',
    ...(tables && { tables }),
  });
  checkOutcome(outcome);
  return outcome;
}

describe('a CloudEvent', () => {
  test.each([
    ['tidemark.order', 'orders', ORDER],
    ['tidemark.interaction', 'interactions', { channel: 'store', action: 'visit' }],
    ['tidemark.marketing', 'marketing', { campaignId: 'c', channel: 'email', kind: 'SENT' }],
    ['tidemark.identity', 'identities', { traits: { plan: 'pro' } }],
  ])('of type %s is a record of %s: of its subject, at its time, known by source and id', (type, topic, data) => {
    expect(map({ ...EVENT, type, data })).toMatchObject({
      verdict: 'accepted',
      records: [
        {
          topic,
          event: { ...data, eventId: 'erp:/shop/eu:e1', customerId: 'anna', occurredAt: Date.UTC(2026, 10, 21, 11) },
        },
      ],
    });
  });

  test('may have customer and time in its data; another than its subject is a dead letter', () => {
    const data = { ...ORDER, customerId: 'anna', occurredAt: 1_795_255_200_000 };
    expect(map({ ...EVENT, subject: undefined, data })).toMatchObject({
      records: [{ event: { customerId: 'anna', occurredAt: 1_795_255_200_000 } }],
    });
    expect(map({ ...EVENT, subject: 'bea', data })).toMatchObject({ verdict: 'refused', reason: 'key-mismatch' });
  });

  test.each([
    ['without an id', { id: '' }, 'unmapped'],
    ['without a subject', { subject: null }, 'no-identity'],
    ['of another type', { type: 'order' }, 'unmapped'],
    ['of no type', { type: {} }, 'unmapped'],
    ['without data', { data: 'x' }, 'unmapped'],
    ['with a field that no record has', { data: { ...ORDER, colour: 'red' } }, 'invalid-field'],
    ['with a time that cannot be read', { time: 'now' }, 'invalid-time'],
    ['of tomorrow', { time: '2026-11-22T12:00:00Z' }, 'future'],
  ])('%s is a dead letter', (_, changes, reason) => {
    expect(map({ ...EVENT, ...changes })).toMatchObject({ verdict: 'refused', reason });
  });

  test('says no more than its source may', () => {
    const may = new Set(['traits'] as const);
    expect(map(EVENT, { may })).toMatchObject({ verdict: 'ignored', reason: 'not-allowed' });
    const identity = (data: object) => map({ ...EVENT, type: 'tidemark.identity', data }, { may });
    expect(identity({ traits: { a: 'b' } })).toMatchObject({ verdict: 'accepted' });
    expect(identity({ traits: { a: 'b' }, linkedCustomerId: 'anon:a1' })).toMatchObject({ verdict: 'ignored' });
  });
});

describe('a type of the source’s own', () => {
  const tables = new Map<string, FieldTable>([
    [
      'shop.orders.change',
      {
        topic: 'orders',
        fields: {
          customerId: 'after.customer_id',
          orderId: 'after.id',
          status: { path: 'after.state', values: { paid: 'PAID', void: 'CANCELLED' } },
          amountMinor: 'after.total',
          currency: { value: 'JPY' },
          occurredAt: 'after.changed_at',
        },
      },
    ],
  ]);
  const row = { id: 4711, customer_id: 17, state: 'paid', total: '1290.5', changed_at: '2026-11-21T10:00:00Z' };
  const change = {
    ...EVENT,
    type: 'shop.orders.change',
    subject: 'row-4711',
    data: { before: null, after: row, op: 'u' },
  };

  test('is a record by its table of fields: so a changed row of orders is an order', () => {
    expect(map(change, {}, tables)).toMatchObject({
      verdict: 'accepted',
      records: [
        {
          topic: 'orders',
          event: {
            customerId: '17',
            orderId: '4711',
            status: 'PAID',
            amountMinor: 1_291,
            currency: 'JPY',
            occurredAt: Date.UTC(2026, 10, 21, 10),
          },
        },
      ],
    });
  });

  test('is ignored where the table has no word for its value', () => {
    expect(map({ ...change, data: { after: { ...row, state: 'draft' } } }, {}, tables)).toMatchObject({
      verdict: 'ignored',
      reason: 'not-used',
    });
    expect(map({ ...change, data: { after: null, op: 'd' } }, {}, tables)).toMatchObject({ verdict: 'ignored' });
  });

  test('is a dead letter where a field cannot be read', () => {
    expect(map({ ...change, data: { after: { ...row, total: '12,90' } } }, {}, tables)).toMatchObject({
      verdict: 'refused',
      reason: 'invalid-field',
    });
  });
});

describe('the events of a request', () => {
  const text = JSON.stringify(EVENT);

  test.each([
    ['structured', { 'content-type': 'application/cloudevents+json; charset=utf-8' }, text, 1],
    ['a batch', { 'content-type': 'application/cloudevents-batch+json' }, `[${text},${text}]`, 2],
    ['a bare array, as Debezium sends it', { 'content-type': 'application/cloudevents+json' }, `[${text}]`, 1],
    [
      'binary',
      {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': 'e1',
        'ce-source': '/shop/eu',
        'ce-type': 'tidemark.order',
        'ce-subject': 'anna',
        'ce-time': EVENT.time,
      },
      JSON.stringify(ORDER),
      1,
    ],
  ])('%s', (_, headers, body, count) => {
    const events = readCloudEvents(headers, body);
    expect(events).toHaveLength(count);
    for (const event of events) expect(map(event)).toEqual(map(EVENT));
  });

  test('have what is beyond ASCII percent-encoded in headers, and ids beyond 2^53 whole', () => {
    const headers = { 'ce-id': 'e1', 'ce-source': 's', 'ce-type': 'tidemark.order', 'ce-subject': 'Jos%C3%A9' };
    expect(map(readCloudEvents(headers, '{"orderId": 820982911946154508}')[0])).toMatchObject({ verdict: 'refused' });
    expect(readCloudEvents(headers, '{"orderId": 820982911946154508}')).toMatchObject([
      { subject: 'José', data: { orderId: '820982911946154508' } },
    ]);
    expect(readCloudEvents({ ...headers, 'ce-subject': '100%' }, '{}')).toMatchObject([{ subject: '100%' }]);
  });

  test.each([
    [{ 'content-type': 'application/json' }, text],
    [{ 'content-type': 'application/cloudevents-batch+json' }, text],
    [{ 'content-type': 'application/cloudevents+json' }, '{'],
    [{ 'ce-id': 'e1' }, ''],
  ])('are none in %j', (headers, body) => {
    expect(() => readCloudEvents(headers, body)).toThrow(Refusal);
  });
});
