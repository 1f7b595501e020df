import { codecs, outputHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { EventLog, NewRecord, Topic } from '@tidemark/stream';
import { afterAll, expect, test } from 'vitest';
import { Folders, inFolder } from '../testing/folders.ts';
import { UnrepeatedLog } from './unrepeated-log.ts';

/** More than are looked at for two steps backwards. */
const MANY = Array.from({ length: 2_500 }, (_, n) => n);
const LANE = 1;
const folders = new Folders();
afterAll(() => folders.remove());

test.each<[what: string, topic: Topic, there: NewRecord[], sent: NewRecord[], isNew: boolean[]]>([
  [
    'a change is known by its number',
    'behaviour-changes',
    [change(7), ...MANY.map(progress)],
    [change(6), change(7), change(8)],
    [false, false, true],
  ],
  [
    'progress is known by the offset that it tells',
    'behaviour-changes',
    [progress(3), ...MANY.map(change)],
    [progress(2), progress(3), progress(4)],
    [false, false, true],
  ],
  [
    'a change is not taken for that of the same number that a lower version sent late',
    'behaviour-changes',
    [change(7), change(8), ...MANY.map(progress)],
    [change(7, 2), change(8, 2), change(8)],
    [true, true, false],
  ],
  [
    'of equal dead letters as many are known as are there',
    'dead-letters',
    [letter(1), letter(1), ...MANY.map(() => letter(2))],
    [letter(1), letter(3), letter(1), letter(1)],
    [false, true, false, true],
  ],
])('%s, however far back in the topic', async (what, topic, there, sent, isNew) => {
  await inFolder(folders.path(what), async ({ log }) => {
    await send(log, topic, there);
    const unrepeated = new UnrepeatedLog(log);
    await send(unrepeated, topic, sent);
    const found = await log.read(topic, LANE, there.length, sent.length);
    const fresh = sent.filter((_, n) => isNew[n]);
    expect(found.map(bytesOf)).toEqual(fresh.map(bytesOf));
    expect(unrepeated.sent).toBe(fresh.length);
  });
});

test('what it sent itself does not count as there', async () => {
  await inFolder(folders.path('own'), async ({ log }) => {
    await send(log, 'dead-letters', [letter(1)]);
    const unrepeated = new UnrepeatedLog(log);
    const writer = await unrepeated.writer();
    for (const _ of MANY.slice(0, 3)) await writer.send('dead-letters', LANE, [letter(1)]);
    await writer.close();
    expect(unrepeated.sent).toBe(2);
  });
});

async function send(log: EventLog, topic: Topic, records: readonly NewRecord[]): Promise<void> {
  const writer = await log.writer();
  await writer.send(topic, LANE, records);
  await writer.close();
}

function bytesOf({ value }: NewRecord): string {
  return Buffer.from(value ?? []).toString('hex');
}

function change(number: number, foldVersion: number | null = null): NewRecord {
  const cause = { kind: 'silence', origin: null, eventId: null } as const;
  const of = { effectiveAt: 0 as TimeMs, step: 0, from: null, to: null, cause, foldVersion };
  const record = { ...of, number, timelineOffset: number };
  const codec = codecs['behaviour-change'];
  const headers = outputHeaders('behaviour-change', codec.fingerprintFor(record));
  return { key: null, value: codec.encode(record), headers };
}

function progress(timelineOffset: number): NewRecord {
  const record = { timelineOffset, number: 0, foldVersion: null };
  const headers = outputHeaders('progress', codecs.progress.fingerprintFor(record));
  return { key: null, value: codecs.progress.encode(record), headers };
}

function letter(content: number): NewRecord {
  return { key: null, value: Uint8Array.of(content), headers: outputHeaders('dead-letter') };
}
