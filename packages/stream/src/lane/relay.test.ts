import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesInSend, SEND_BYTES_MAX } from '../end-of-send.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaneConsumer, LogWriter, NewRecord } from '../ports/event-log.ts';
import type { OutboxEntry } from '../ports/profile-store.ts';
import { SharedWriter } from '../shared-writer.ts';
import { ProgressPace } from './progress-pace.ts';
import { Relay } from './relay.ts';

const RECORDS_MAX = 1_000;

interface Sent {
  readonly topic: string;
  readonly records: readonly NewRecord[];
}

test('whatever waits is sent whole and in order, and no send is larger than every topic takes, but for a record alone', async () => {
  const output = fc.record({
    topic: fc.constantFrom('rfm-changes', 'dead-letters'),
    bytes: fc.oneof(fc.nat(200), fc.nat(20_000), fc.nat(SEND_BYTES_MAX * 2)),
    times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1_200 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(output, { maxLength: 8 }), async (outputs) => {
      const waiting = outputs.flatMap(({ times, ...of }) => Array<typeof of>(times).fill(of)).map(outputAt);
      const sends = await relayed(waiting);
      const names = sends.flatMap(({ topic, records }) => records.map((record) => nameOf(topic, record)));
      expect(names).toEqual(waiting.map((entry) => nameOf(entry.topic, entry)));
      for (const [i, { topic, records }] of sends.entries()) {
        expect(records.length === 1 || fits(records)).toBe(true);
        const next = sends[i + 1];
        // What goes apart could not have gone together.
        if (next?.topic === topic) expect(fits([...records, next.records[0] as NewRecord])).toBe(false);
      }
    }),
    { numRuns: 60 },
  );
});

const ZEROS = new Uint8Array(SEND_BYTES_MAX * 2);

function outputAt({ topic, bytes }: { readonly topic: string; readonly bytes: number }, index: number): OutboxEntry {
  const sequence = index + 1;
  return { sequence, topic, key: null, value: ZEROS.subarray(0, bytes), headers: { n: String(sequence) } };
}

function nameOf(topic: string, { headers, value }: NewRecord): string {
  return `${topic} ${headers['n']} ${value?.length}`;
}

function fits(records: readonly NewRecord[]): boolean {
  return (
    records.length <= RECORDS_MAX && records.reduce((bytes, record) => bytes + bytesInSend(record), 0) <= SEND_BYTES_MAX
  );
}

async function relayed(outbox: readonly OutboxEntry[]): Promise<readonly Sent[]> {
  const sends: Sent[] = [];
  const writer: LogWriter = {
    send: async (topic, _lane, records) => {
      sends.push({ topic, records });
      return { baseOffset: 0, appendedAtMs: 0 };
    },
    close: async () => undefined,
  };
  const clock: Clock = {
    now: () => {
      throw new Error('expected no look at the wall clock');
    },
    elapsedMs: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) resolve();
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  const failures: unknown[] = [];
  const relay = new Relay(
    {
      lane: 0,
      timeline: 'timeline',
      changeTopic: 'rfm-changes',
      foldVersion: 1,
      progress: null,
      retryMs: 1,
      mirrorMs: 1,
      pace: new ProgressPace(clock),
      onSent: () => undefined,
      onRetry: (error) => failures.push(error),
      onFailure: (error) => failures.push(error),
    },
    new SharedWriter({ writer: async () => writer }),
    clock,
  );
  const consumer = { commit: async () => undefined } as unknown as LaneConsumer;
  relay.start(consumer, outbox, 0, { through: 0, number: 0, isTelling: true });
  await relay.stop(true);
  expect(failures).toEqual([]);
  return sends;
}
