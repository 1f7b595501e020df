import { describe, expect, test } from 'vitest';
import { checkChains, checkChanges, type ExpectedChange, type TierStep, type WireRecord } from './check-changes.ts';
import { noFindings } from './findings.ts';

/** A lane of three changes, of the timeline offsets 10, 20 and 30. */
const expected: readonly ExpectedChange[] = [1, 2, 3].map((number) => ({
  identity: `anna at ${number}`,
  timelineOffset: 10 * number,
  content: `content ${number}`,
}));

describe('checkChanges', () => {
  test('finds nothing wrong with changes as they should be, progress among them', () => {
    expect(found([sent(1), sent(2), progress(25), sent(3), progress(30)])).toMatchObject({
      compared: { changes: 3 },
      problems: noFindings().problems,
    });
  });

  test('counts repeats that are the same to the last byte, and finds nothing wrong with them', () => {
    const { problems, wireDuplicates } = found([sent(1), sent(2), sent(1), sent(2), sent(3)]);
    expect(problems).toEqual(noFindings().problems);
    expect(wireDuplicates.changes).toBe(2);
  });

  test('a change that was never sent is lost', () => {
    expect(counts([sent(1), sent(2)])).toEqual({ lost: 1, doubled: 0, ghosts: 0, torn: 0 });
  });

  test('a change that comes too late for a reader of dense numbers is torn', () => {
    expect(counts([sent(1), sent(3), sent(2)])).toMatchObject({ lost: 0, torn: 2 });
  });

  test('a change under two numbers is doubled, since who drops numbers they have seen takes it twice', () => {
    expect(counts([sent(1), sent(2), { ...sent(2), number: 3 }, { ...sent(3), number: 4 }])).toMatchObject({
      doubled: 1,
    });
  });

  test('a change that follows from nothing in the log is a ghost', () => {
    const ghost = { ...sent(3), identity: 'bert at 3', number: 4 };
    expect(counts([sent(1), sent(2), sent(3), ghost])).toEqual({ lost: 0, doubled: 0, ghosts: 1, torn: 0 });
  });

  test('a change with another content than the log says is torn', () => {
    expect(counts([sent(1), { ...sent(2), content: 'other' }, sent(3)])).toMatchObject({ torn: 1, ghosts: 0, lost: 0 });
  });

  test('a repeat with another content is torn', () => {
    expect(counts([sent(1), sent(2), { ...sent(2), content: 'other' }, sent(3)])).toMatchObject({ torn: 1 });
  });

  test('progress that comes before a change it speaks of is torn', () => {
    expect(counts([sent(1), progress(20), sent(2), sent(3)])).toMatchObject({ torn: 1 });
  });
});

describe('checkChains', () => {
  test('finds nothing wrong with a chain, whatever is repeated', () => {
    expect(brokenChains([step(1, null, 'member'), step(2, 'member', 'gold'), step(1, null, 'member')])).toBe(0);
  });

  test('finds a change that does not begin where the last one led', () => {
    expect(brokenChains([step(1, null, 'member'), step(2, 'silver', 'gold')])).toBe(1);
  });

  test("finds a gap in a customer's own numbers", () => {
    expect(brokenChains([step(1, null, 'member'), { ...step(2, 'member', 'gold'), change: 3 }])).toBe(1);
  });
});

function sent(number: number): Extract<WireRecord, { kind: 'change' }> {
  return { kind: 'change', offset: 0, identity: `anna at ${number}`, number, content: `content ${number}` };
}

function progress(timelineOffset: number): WireRecord {
  return { kind: 'progress', offset: 0, timelineOffset };
}

function found(wire: readonly WireRecord[]) {
  const findings = noFindings();
  checkChanges('changes', wire, expected, findings);
  return findings;
}

function counts(wire: readonly WireRecord[]): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(found(wire).problems).map(([kind, problems]) => [kind, problems.length]));
}

function step(number: number, from: string | null, to: string): TierStep {
  return { offset: 0, number, customerId: 'anna', change: number, from, to };
}

function brokenChains(steps: readonly TierStep[]): number {
  const findings = noFindings();
  checkChains('tier-changes', steps, findings);
  return findings.problems.torn.length;
}
