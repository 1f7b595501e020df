import type { CustomerId, TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { Fault } from '../errors.ts';
import type { ToldOutput } from '../folds/lane-fold.ts';
import type { LogRecord, NewRecord } from '../ports/event-log.ts';
import type { OutboxEntry } from '../ports/profile-store.ts';
import { SharedWriter } from '../shared-writer.ts';
import { markTold } from './mark.ts';

const AT = { timelineOffset: 9, effectiveAt: 1_000 as TimeMs };

test('a version writes its marker where there is none, behind what the one before has stored and not sent', async () => {
  const topic = new Topic([change(2, 1, 'anna')]);
  const told = await topic.mark(3, [change(2, 2, 'ben'), change(2, 3, 'anna')]);
  expect(topic.records.map(({ kind, version }) => `${kind} ${version}`)).toEqual([
    ...['change 2', 'change 2', 'change 2'],
    'marker 3',
  ]);
  expect([told.number, told.customers]).toEqual([3, ['anna', 'ben']]);
});

test('what counts as told stands before the first marker, whatever was sent since, and whoever marked again', async () => {
  const before = [change(2, 1, 'anna'), change(2, 1, 'anna'), change(2, 2, 'ben')];
  const since = [change(2, 3, 'cleo'), change(3, 3, 'dora'), marker(3), change(3, 4, 'ben')];
  const topic = new Topic([...before, marker(3), ...since]);
  const told = await topic.mark(3, [change(2, 3, 'cleo')]);
  expect(topic.records).toHaveLength(8);
  expect([told.number, told.customers]).toEqual([2, ['anna', 'ben']]);
});

test('what a version between has told counts, and what a lower one sent behind its marker does not', async () => {
  const topic = new Topic([change(2, 1, 'anna'), marker(3), change(2, 2, 'ben'), change(3, 2, 'cleo')]);
  const told = await topic.mark(4, []);
  expect([told.number, told.customers]).toEqual([2, ['anna', 'cleo']]);
});

test('where a change is missing nobody knows what was told last: the lane stops, and nothing is marked', async () => {
  const topic = new Topic([change(2, 7, 'anna'), marker(3)]);
  await expect(topic.mark(3, [])).rejects.toThrow(/one missing behind number 0, at offset 0/);
  await expect(topic.mark(3, [])).rejects.toBeInstanceOf(Fault);
  expect(topic.records).toHaveLength(2);
});

/** A change topic's lane whose records are what they tell. */
class Topic {
  readonly records: ToldOutput[];

  constructor(records: readonly ToldOutput[]) {
    this.records = [...records];
  }

  /** `outbox`: what the version in force has stored. */
  mark(version: number, outbox: readonly ToldOutput[]) {
    const log = {
      bounds: async () => ({ start: 0, end: this.records.length }),
      read: async (_topic: string, _lane: number, from: number, limit: number): Promise<LogRecord[]> => {
        const found = this.records.slice(from, from + limit);
        return found.map((told, i) => ({ offset: from + i, appendedAtMs: 0, ...asRecord(told) }));
      },
    };
    const writer = new SharedWriter({
      writer: async () => ({
        send: async (_topic, _lane, records) => {
          this.records.push(...records.map(told));
          return { baseOffset: 0, appendedAtMs: 0 };
        },
        close: async () => undefined,
      }),
    });
    const stored = outbox.map((one, i): OutboxEntry => ({ sequence: i + 1, topic: 'rfm-changes', ...asRecord(one) }));
    const store = {
      acquire: async (name: string) => (name === 'rfm' ? { token: '', meta: '', outbox: stored } : null),
    };
    const takeover = { readTold: told, encodeMarker: () => asRecord(marker(version)) };
    const fold = { service: 'rfm', version, firstVersion: 2, changeTopic: 'rfm-changes', takeover };
    return markTold({ fold, lane: 0, log, store, writer }, 2, AT);
  }
}

function change(version: number, number: number, customerId: string): ToldOutput {
  return { kind: 'change', version, number, customerId: customerId as CustomerId, told: { view: null } };
}

function marker(version: number): ToldOutput {
  return { kind: 'marker', version };
}

function asRecord(one: ToldOutput) {
  return { key: null, value: new TextEncoder().encode(JSON.stringify(one)), headers: {} };
}

function told({ value }: NewRecord): ToldOutput {
  return JSON.parse(new TextDecoder().decode(value ?? undefined));
}
