import { describe, expect, test } from 'vitest';
import { OCCURRED_AT, RECEIVED_AT, recordOf, refused, track } from '../testing/map.ts';

const BROWSER = { source: { kind: 'browser' } } as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function at(ms: number): string {
  return new Date(ms).toISOString();
}

describe('an event occurred', () => {
  test('at its timestamp, else its original timestamp, else when it was received', () => {
    expect(recordOf(track('x'))).toMatchObject({ occurredAt: OCCURRED_AT });
    const originalTimestamp = '2026-11-20T00:00:00Z';
    expect(recordOf(track('x', {}, { originalTimestamp }))).toMatchObject({ occurredAt: OCCURRED_AT });
    for (const timestamp of [undefined, null, '']) {
      expect(recordOf(track('x', {}, { timestamp, originalTimestamp }))).toMatchObject({
        occurredAt: Date.UTC(2026, 10, 20),
      });
      expect(recordOf(track('x', {}, { timestamp }))).toMatchObject({ occurredAt: RECEIVED_AT });
    }
  });

  test.each([
    ['2026-11-21T11:59:00+00:00', 0],
    ['2026-11-21T11:59:00.123456+00:00', 123],
    ['2026-11-21T12:59:00+0100', 0],
    ['2026-11-21T12:59+01', 0],
    ['2026-11-21 11:59:00Z', 0],
    ['2026-11-21t11:59:00z', 0],
    [OCCURRED_AT, 0],
    [OCCURRED_AT / 1_000, 0],
    [OCCURRED_AT / 1_000 + 0.25, 250],
    [OCCURRED_AT + 0.9, 0],
  ])('%j is read', (timestamp, ms) => {
    expect(recordOf(track('x', {}, { timestamp }))).toMatchObject({ occurredAt: OCCURRED_AT + ms });
  });

  test('one-digit months, days and hours are read', () => {
    expect(recordOf(track('x', {}, { timestamp: '2026-1-2T3:04:05Z' }))).toMatchObject({
      occurredAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
  });

  test('below 1e11 a number is of seconds, from there on of milliseconds', () => {
    expect(recordOf(track('x', {}, { timestamp: 700_000_000 }))).toMatchObject({ occurredAt: 700_000_000_000 });
    expect(refused(track('x', {}, { timestamp: 1e11 }))).toMatchObject({ reason: 'invalid-time' });
  });

  test.each([
    ...[
      'yesterday',
      '2026-11-21',
      '2026-11-21T11:59:00',
      '21.11.2026 11:59',
      '2026-02-30T00:00:00Z',
      '1796000000',
      'Thu Nov 21 2026',
    ],
    ...[true, {}, [], Number.NaN, -1, 1e20, '1985-01-01T00:00:00Z'],
  ])('%j is a dead letter: times are never guessed', (timestamp) => {
    expect(refused(track('x', {}, { timestamp }))).toMatchObject({ reason: 'invalid-time' });
  });
});

describe("a device's clock", () => {
  const sentWith = (skewMs: number) => ({ sentAt: at(RECEIVED_AT - skewMs) });

  test.each([2 * MINUTE_MS, -2 * MINUTE_MS, DAY_MS, MINUTE_MS + 1])('that is off by %d ms is put right', (skewMs) => {
    const timestamp = at(RECEIVED_AT - skewMs - 5_000);
    expect(recordOf(track('x', {}, { timestamp, ...sentWith(skewMs) }), BROWSER)).toMatchObject({
      occurredAt: RECEIVED_AT - 5_000,
    });
  });

  test('that is off by a minute or less is believed', () => {
    for (const skewMs of [MINUTE_MS, 0, -MINUTE_MS]) {
      expect(recordOf(track('x', {}, sentWith(skewMs)), BROWSER)).toMatchObject({ occurredAt: OCCURRED_AT });
    }
  });

  test('that is off by more than a day says nothing: a dead letter', () => {
    for (const skewMs of [DAY_MS + 1, -DAY_MS - 1]) {
      expect(refused(track('x', {}, sentWith(skewMs)), BROWSER)).toMatchObject({
        reason: 'invalid-time',
        errors: [{ field: 'sentAt' }],
      });
    }
  });

  test("is told by the event's sentAt, else by its batch's", () => {
    const batch = { ...BROWSER, ...sentWith(2 * MINUTE_MS) };
    expect(recordOf(track('x', {}, { timestamp: at(OCCURRED_AT - MINUTE_MS) }), batch)).toMatchObject({
      occurredAt: OCCURRED_AT + MINUTE_MS,
    });
    expect(recordOf(track('x', {}, sentWith(0)), batch)).toMatchObject({ occurredAt: OCCURRED_AT });
  });

  test('is not asked of an event without a time of its own', () => {
    expect(recordOf(track('x', {}, { timestamp: null, ...sentWith(3 * MINUTE_MS) }), BROWSER)).toMatchObject({
      occurredAt: RECEIVED_AT,
    });
  });

  test('is never put right for what is imported', () => {
    const old = { ...BROWSER, isImported: true, sentAt: '2020-01-01T00:00:00Z' };
    expect(recordOf(track('x'), old)).toMatchObject({ occurredAt: OCCURRED_AT });
  });

  test('is never put right for servers: an archived batch has an old sentAt', () => {
    expect(recordOf(track('x', {}, { sentAt: '2020-01-01T00:00:00Z' }))).toMatchObject({ occurredAt: OCCURRED_AT });
  });
});

describe('what lies in the future', () => {
  test('occurred when it came, for a browser', () => {
    expect(recordOf(track('x', {}, { timestamp: at(RECEIVED_AT + DAY_MS) }), BROWSER)).toMatchObject({
      occurredAt: RECEIVED_AT,
    });
  });

  test('is believed of a server up to five minutes, and is a dead letter beyond', () => {
    const ahead = RECEIVED_AT + 5 * MINUTE_MS;
    expect(recordOf(track('x', {}, { timestamp: at(ahead) }))).toMatchObject({ occurredAt: ahead });
    expect(refused(track('x', {}, { timestamp: ahead + 1 }))).toMatchObject({ reason: 'future' });
  });
});
