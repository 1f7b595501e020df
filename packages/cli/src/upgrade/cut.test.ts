import { codecs, createRawDecoder, embeddedSchemaIds, outputHeaders } from '@tidemark/contracts';
import type { NewRecord } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { RawRecords } from '../up/raw-records.ts';
import { cutOver } from './cut.ts';
import type { Upgrade } from './running.ts';

/** A live lane whose timeline is folded to its end by the new version, and a unify that does with `control` what `judge` says. */
function upgradeOf(judge: (lane: Lane) => void) {
  const lane: Lane = { control: [], judged: 0, deadLetters: [], force: undefined };
  const recordsOf = (topic: string) =>
    topic === 'control' ? lane.control : topic === 'dead-letters' ? lane.deadLetters : [];
  const read = async (topic: string, _lane: number, from: number) =>
    recordsOf(topic)
      .map((record, offset) => ({ ...record, offset, appendedAtMs: 0 }))
      .slice(from);
  const log = {
    lanes: 1,
    bounds: async (topic: string) => ({ start: 0, end: topic === 'timeline' ? 5 : recordsOf(topic).length }),
    read,
    writer: async () => ({
      send: async (_topic: string, _lane: number, records: readonly NewRecord[]) => {
        lane.control.push(...records);
        return { baseOffset: lane.control.length - 1 };
      },
      close: async () => undefined,
    }),
  };
  const meta = () =>
    JSON.stringify({ foldVersion: 3, place: { offset: 4, cursor: null }, policy: {}, force: lane.force });
  const note = JSON.stringify({ clock: 'live', policyAt: null });
  const pipeline = {
    log,
    place: 'here',
    commitOutside: null,
    store: { metas: async () => new Map([['rfm-3', meta()]]) },
    committed: async (group: string) =>
      new Map(group === 'unify' ? [['control', { offset: lane.judged, metadata: note }]] : []),
  };
  const sleep = async () => judge(lane);
  const upgrade = {
    service: { name: 'rfm', stateName: 'rfm-3', version: 3, firstVersion: 2 },
    pipeline,
    raw: new RawRecords(log as never, embeddedSchemaIds),
    environment: { clock: { now: () => 7, elapsedMs: () => 0, sleep }, stderr: { line: async () => undefined } },
    signal: new AbortController().signal,
    nextHere: () => 0,
  } as unknown as Upgrade;
  return { lane, upgrade };
}

interface Lane {
  readonly control: NewRecord[];
  judged: number;
  readonly deadLetters: NewRecord[];
  force: number | undefined;
}

/** As a unify does that has no such record. */
function refuse(lane: Lane): void {
  for (; lane.judged < lane.control.length; lane.judged++) {
    const place = { service: 'unify', lane: 0, topic: 'control', offset: lane.judged, at: 7 };
    const value = codecs['dead-letter'].encode({
      ...place,
      reason: 'unknown-schema',
      detail: 'expected another schema, found that one',
      key: null,
      value: null,
      headers: {},
    } as never);
    lane.deadLetters.push({ key: null, value, headers: outputHeaders('dead-letter') });
  }
}

function take(lane: Lane): void {
  lane.judged = lane.control.length;
  lane.force = 3;
}

test('a cutover is written once, and is over when the new version has passed it', async () => {
  const { lane, upgrade } = upgradeOf(take);
  expect(await cutOver(upgrade)).toBe(true);
  expect(lane.control.length).toBe(1);
  const written = await createRawDecoder(embeddedSchemaIds).decode(lane.control[0]?.value ?? null);
  expect(written).toMatchObject({ recordType: 'cutover', value: { facet: 'rfm', version: 3, time: 7 } });
});

test('one that an earlier run has written is waited for', async () => {
  const { lane, upgrade } = upgradeOf(take);
  lane.control.push(upgrade.raw.encode('cutover', { facet: 'rfm', version: 3, time: 1 as never }));
  expect(await cutOver(upgrade)).toBe(true);
  expect(lane.control.length).toBe(1);
});

test('a unify that does not know cutovers refuses it: that is said, and the same command writes it again', async () => {
  const { lane, upgrade } = upgradeOf(refuse);
  await expect(cutOver(upgrade)).rejects.toThrow(
    /found that it refused it in lane 0: unknown-schema: .*Run unify of this build/,
  );
  expect(lane.control.length).toBe(1);
  // Once unify was rolled out.
  const again = upgradeOf(take);
  again.lane.control.push(...lane.control);
  again.lane.judged = 1;
  expect(await cutOver(again.upgrade)).toBe(true);
  expect(again.lane.control.length).toBe(2);
});
