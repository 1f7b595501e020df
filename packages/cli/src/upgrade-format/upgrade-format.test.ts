import { afterAll, expect, test } from 'vitest';
import { damage, Folders, inFolder, replayedFolder, runLive } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

const folders = new Folders();
const replayed = await replayedFolder(folders);

afterAll(() => folders.remove());

test('a new pipeline begins in the newest format: there is nothing to do', async () => {
  const data = folders.copy(replayed);
  for (const options of [[], ['--yes']]) {
    const { code, stdout } = await upgradeFormat(data, ...options);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Every lane is in format 2, the newest/),
    });
  }
  await runLive(data);
  expect((await upgradeFormat(data, '--yes')).stdout).toMatch(/^Every lane is in format 2, the newest/);
});

test('a replay that an earlier build began is left in its format: its place is told by what it wrote itself', async () => {
  const data = folders.copy(replayed);
  forgetFormat(data);
  const { code, stderr } = await upgradeFormat(data, '--yes');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /Expected lanes on the wall clock, found lane 0 in a replay .* Nothing was written: go live first/,
  );
  expect((await runTidemark(['doctor', '--data', data])).stdout).toMatch(
    /ok +timeline format +3 lanes .* as the replay began/,
  );
});

test('a folder that a process has is left alone', async () => {
  const data = folders.copy(replayed);
  await inFolder(data, async () => {
    const { code, stderr } = await upgradeFormat(data, '--yes');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no other process uses.*Stop the other process/);
  });
});

/** As an earlier build commits, which knows no formats. */
function forgetFormat(data: string): void {
  const sql = `UPDATE commits SET metadata = replace(metadata, ',"format":2', '') WHERE metadata LIKE '%"format":2%'`;
  expect(damage(data, sql)).toBeGreaterThan(0);
}

function upgradeFormat(data: string, ...options: readonly string[]) {
  return runTidemark(['upgrade-format', '--data', data, ...options]);
}
