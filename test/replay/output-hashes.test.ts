import { expect, test } from 'vitest';
import {
  computeOutputHashes,
  findChanges,
  type OutputHashes,
  readOutputHashes,
  UPDATE_COMMAND,
} from './output-hashes.ts';

/** Milliseconds: half a million events through four folds, on a machine that is busy. */
const FOLDING_MS = 600_000;

test('no fold puts out anything else over the bundled data set without a new version', {
  timeout: FOLDING_MS,
}, async () => {
  const expected = readOutputHashes();
  if (expected === null) throw new Error(`expected test/replay/output-hashes.json, found none. Run ${UPDATE_COMMAND}`);
  expect(findChanges(expected, await computeOutputHashes())).toEqual([]);
});

const fold = { version: 1, outputs: 10, sha256: 'a' };
const hashes: OutputHashes = { dataSet: 'd', policy: 'p', folds: { rfm: fold, tier: fold } };

test('the same outputs pass', () => {
  expect(findChanges(hashes, structuredClone(hashes))).toEqual([]);
});

test('other outputs of the same version fail, and the message says to raise the version', () => {
  const found = { ...hashes, folds: { ...hashes.folds, rfm: { ...fold, sha256: 'b' } } };
  expect(findChanges(hashes, found)).toEqual([expect.stringMatching(/^rfm: .*Raise the version of rfm, then run /)]);
});

test('a new version fails until the file is updated, be the outputs the same or not', () => {
  for (const sha256 of ['a', 'b']) {
    const found = { ...hashes, folds: { ...hashes.folds, tier: { ...fold, version: 2, sha256 } } };
    expect(findChanges(hashes, found)).toEqual([expect.stringMatching(/^tier: expected version 1, .*found 2\. Run /)]);
  }
});

test.for([
  [{ policy: 'q' }, 'The default policy changed'],
  [{ dataSet: 'e' }, 'The bundled data set changed'],
] as const)('of another policy or data set only that is said: outputs must differ (%o)', ([input, message]) => {
  const found = { ...hashes, ...input, folds: { ...hashes.folds, rfm: { ...fold, sha256: 'b' } } };
  expect(findChanges(hashes, found)).toEqual([expect.stringContaining(message)]);
});

test('a fold that is new, or gone, fails until the file is updated', () => {
  const { rfm, tier } = hashes.folds;
  if (rfm === undefined || tier === undefined) throw new Error('the two folds above');
  const less = { ...hashes, folds: { tier } };
  expect(findChanges(less, hashes)).toEqual([expect.stringContaining('rfm')]);
  expect(findChanges(hashes, less)).toEqual([expect.stringContaining('rfm')]);
});
