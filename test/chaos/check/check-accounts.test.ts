import { describe, expect, test } from 'vitest';
import type { SentEvent } from '../ledger.ts';
import {
  checkAccounts,
  checkAcknowledged,
  type LaneEvidence,
  type RawEvidence,
  type TimelineEvidence,
} from './check-accounts.ts';
import { noFindings } from './findings.ts';

const sent = new Map<string, SentEvent>(
  [1, 2, 3].map((n) => [`anna.${n}`, { customerId: 'anna', topic: 'orders', amountMinor: 100 * n }]),
);
/** Three orders, a repeat of the second, and a record that cannot be read. */
const raw: readonly RawEvidence[] = [event(0, 1), event(1, 2), event(2, 2), event(3, 3), malformed(4)];
const sound: LaneEvidence = { lane: 0, raw, timeline: [taken(0, 1), taken(1, 2), taken(3, 3)], letters: ['orders:4'] };

describe('checkAccounts', () => {
  test('finds nothing wrong where each record is taken, refused, or a repeat of one that was taken', () => {
    expect(found(sound)).toMatchObject({ compared: { rawRecords: 5 }, problems: noFindings().problems });
  });

  test('counts what stands on the timeline twice by origin, and what was refused twice', () => {
    const { problems, wireDuplicates } = found({
      ...sound,
      timeline: [taken(0, 1), taken(1, 2), taken(0, 1), taken(1, 2), taken(3, 3)],
      letters: ['orders:4', 'orders:4'],
    });
    expect(problems).toEqual(noFindings().problems);
    expect(wireDuplicates).toEqual({ timeline: 2, changes: 0, deadLetters: 1 });
  });

  test('an event that is neither taken nor refused is lost', () => {
    expect(counts({ ...sound, timeline: [taken(0, 1), taken(1, 2)] })).toMatchObject({ lost: 1 });
  });

  test('an order event that says what another on the timeline says is its repeat, under whichever id', () => {
    const [first, second] = [
      { ...event(0, 1), says: 'paid' },
      { ...event(1, 2), says: 'paid' },
    ];
    expect(counts({ ...sound, raw: [first, second], timeline: [taken(0, 1)], letters: [] })).toMatchObject({ lost: 0 });
    expect(
      counts({ ...sound, raw: [first, { ...second, says: 'placed' }], timeline: [taken(0, 1)], letters: [] }),
    ).toMatchObject({
      lost: 1,
    });
  });

  test('a malformed record without a dead letter is lost', () => {
    expect(counts({ ...sound, letters: [] })).toMatchObject({ lost: 1 });
  });

  test('an event behind a later one of its topic is lost, since folds drop it by its origin', () => {
    expect(counts({ ...sound, timeline: [taken(1, 2), taken(0, 1), taken(3, 3)] })).toMatchObject({ lost: 1 });
  });

  test('an event that was taken from two records is doubled', () => {
    const timeline = [taken(0, 1), taken(1, 2), taken(2, 2), taken(3, 3)];
    expect(counts({ ...sound, timeline })).toMatchObject({ doubled: 1, lost: 0 });
  });

  test('a record that was both taken and refused is doubled', () => {
    expect(counts({ ...sound, letters: ['orders:4', 'orders:3'] })).toMatchObject({ doubled: 1 });
  });

  test('a timeline record of an event that nobody sent, or of no raw record, is a ghost', () => {
    const timeline = [...sound.timeline, { ...taken(9, 3), eventId: 'anna.9' }];
    expect(counts({ ...sound, timeline })).toMatchObject({ ghosts: 2 });
  });

  test('an event with another amount than was sent is torn', () => {
    const timeline = [taken(0, 1), { ...taken(1, 2), amountMinor: 1 }, taken(3, 3)];
    expect(counts({ ...sound, timeline })).toMatchObject({ torn: 1, lost: 0 });
  });
});

describe('checkAcknowledged', () => {
  test('what the log has acknowledged and holds no more, or holds as another event, is lost', () => {
    const findings = noFindings();
    const held = new Map([
      ['0/orders:0', event(0, 1)],
      ['0/orders:1', event(1, 2)],
    ]);
    const acknowledged = [
      { topic: 'orders', lane: 0, offset: 0, eventId: 'anna.1' },
      { topic: 'orders', lane: 0, offset: 1, eventId: 'anna.1' },
      { topic: 'orders', lane: 0, offset: 2, eventId: 'anna.3' },
    ];
    checkAcknowledged(acknowledged, held, findings);
    expect(findings.problems.lost).toHaveLength(2);
  });
});

function event(offset: number, number: number): RawEvidence {
  return { origin: `orders:${offset}`, kind: 'event', eventId: `anna.${number}`, says: null };
}

function malformed(offset: number): RawEvidence {
  return { origin: `orders:${offset}`, kind: 'malformed', eventId: null, says: null };
}

function taken(originOffset: number, number: number): TimelineEvidence {
  const customerId = 'anna';
  return { offset: 0, topic: 'orders', originOffset, eventId: `anna.${number}`, customerId, amountMinor: 100 * number };
}

function found(evidence: LaneEvidence) {
  const findings = noFindings();
  checkAccounts(evidence, sent, findings);
  return findings;
}

function counts(evidence: LaneEvidence): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(found(evidence).problems).map(([kind, problems]) => [kind, problems.length]),
  );
}
