import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ToldRecord, type Verdict, VersionRule } from './version-rule.ts';

/** What owners of three versions write, each its own numbers in order, in any order to one another; some twice. */
const record: fc.Arbitrary<ToldRecord> = fc.oneof(
  fc.record({
    kind: fc.constant('change' as const),
    version: fc.integer({ min: 2, max: 4 }),
    number: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    kind: fc.constant('progress' as const),
    version: fc.integer({ min: 2, max: 4 }),
    number: fc.option(fc.integer({ min: 0, max: 6 })),
  }),
  fc.record({ kind: fc.constant('marker' as const), version: fc.integer({ min: 3, max: 4 }) }),
);
const topic = fc.array(record, { maxLength: 40 });

test('behind the first marker of a version nothing of a lower one counts, and numbers have no gap', () => {
  fc.assert(
    fc.property(topic, (records) => {
      const rule = new VersionRule();
      let marked = 0;
      let last = 0;
      for (const one of records) {
        const verdict = rule.take(one);
        if (one.kind === 'marker') marked = Math.max(marked, one.version);
        else if (one.version < marked) expect(verdict).toBe('dropped');
        else if (one.kind === 'progress') expect(verdict).toBe((one.number ?? 0) > last ? 'gap' : 'taken');
        else expect(verdict).toBe(one.number <= last ? 'dropped' : one.number === last + 1 ? 'taken' : 'gap');
        if (one.kind === 'change' && verdict === 'taken') last = one.number;
        expect([rule.number, rule.version]).toEqual([last, marked]);
      }
    }),
  );
});

test('who goes on from a place with its number and version takes what whoever read all takes', () => {
  fc.assert(
    fc.property(topic, fc.nat(40), (records, cut) => {
      const whole = new VersionRule();
      const before = records.slice(0, cut).map((one) => whole.take(one));
      const resumed = new VersionRule(whole.number, whole.version);
      expect(before.length).toBe(Math.min(cut, records.length));
      expect(takeAll(resumed, records.slice(cut))).toEqual(takeAll(whole, records.slice(cut)));
    }),
  );
});

test('what lingering owners send behind a marker changes nothing of what is taken after it', () => {
  fc.assert(
    fc.property(topic, topic, (told, late) => {
      const lingering = late.filter(({ version }) => version < 4);
      const marked: ToldRecord[] = [...told, { kind: 'marker', version: 4 }];
      const rule = new VersionRule();
      takeAll(rule, marked);
      expect(new Set(takeAll(rule, lingering))).not.toContain('taken');
      const next: ToldRecord = { kind: 'change', version: 4, number: rule.number + 1 };
      expect(rule.take(next)).toBe('taken');
    }),
  );
});

function takeAll(rule: VersionRule, records: readonly ToldRecord[]): Verdict[] {
  return records.map((one) => rule.take(one));
}
