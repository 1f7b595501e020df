import { OperatingError } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { type CallFaults, NO_CALL_FAULTS } from './faults.ts';
import { Random } from './random.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { Simulation } from './simulation.ts';

const STEPS_MAX = 1_000;
const STARTS_AT = Date.UTC(2025, 0, 1);

function openWorld(seed: number) {
  const simulation = new Simulation(new Random(seed), STARTS_AT);
  const run = () => simulation.run({ stepsMax: STEPS_MAX, done: () => false });
  return { simulation, process: new SimulatedProcess('one', simulation), run };
}

/** Ten calls at once: in which order the world saw them, and what became of each. */
async function tenCalls(seed: number, faults: CallFaults, during: (process: SimulatedProcess) => void = () => {}) {
  const { simulation, process, run } = openWorld(seed);
  const seen: number[] = [];
  const answers = new Map<number, 'answered' | 'failed'>();
  for (let n = 0; n < 10; n++) {
    process
      .call(`call ${n}`, 'log-unavailable', faults, () => seen.push(n))
      .then(
        () => answers.set(n, 'answered'),
        (error: unknown) => answers.set(n, error instanceof OperatingError ? 'failed' : 'answered'),
      );
  }
  simulation.after(null, 0, () => during(process));
  await run();
  return { seen, answers, trace: simulation.trace };
}

test('the order of calls is drawn from the seed: the same again, another for other seeds', async () => {
  const [first, again, other] = [
    await tenCalls(1, NO_CALL_FAULTS),
    await tenCalls(1, NO_CALL_FAULTS),
    await tenCalls(2, NO_CALL_FAULTS),
  ];
  expect(again).toEqual(first);
  expect([...first.seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(other.seen).not.toEqual(first.seen);
});

test('a lost call has no effect, an unknown one has, a late one has later, and each fails its caller', async () => {
  const all = NO_CALL_FAULTS;
  const [lost, unknown, late, slow] = [
    await tenCalls(1, { ...all, lost: 1 }),
    await tenCalls(1, { ...all, unknown: 1 }),
    await tenCalls(1, { ...all, late: 1 }),
    await tenCalls(1, { ...all, slow: 1 }),
  ];
  expect([lost.seen.length, unknown.seen.length, late.seen.length, slow.seen.length]).toEqual([0, 10, 10, 10]);
  for (const { answers } of [lost, unknown, late]) expect([...answers.values()]).toEqual(Array(10).fill('failed'));
  expect([...slow.answers.values()]).toEqual(Array(10).fill('answered'));
});

test('a repeated call takes effect twice, and its caller hears of it', async () => {
  const { seen, answers } = await tenCalls(1, { ...NO_CALL_FAULTS, repeated: 1 });
  expect(seen.length).toBe(20);
  expect([...answers.values()]).toEqual(Array(10).fill('answered'));
});

test('a crash before a call leaves none, one after it leaves its effect, and no caller learns', async () => {
  const [before, after] = [
    await tenCalls(1, { ...NO_CALL_FAULTS, crashBefore: 1 }),
    await tenCalls(1, { ...NO_CALL_FAULTS, crashAfter: 1 }),
  ];
  expect([before.seen.length, before.answers.size]).toEqual([0, 0]);
  expect(after.seen.length).toBeGreaterThan(0);
  expect(after.answers.size).toBe(0);
});

test('a crash falls anywhere: before the effect of some calls, after that of others, and no caller learns', async () => {
  const ends = { before: 0, after: 0 };
  for (let seed = 0; seed < 50; seed++) {
    const { seen, answers } = await tenCalls(seed, NO_CALL_FAULTS, (process) => process.crash());
    ends.before += 10 - seen.length;
    ends.after += seen.length - answers.size;
  }
  expect(ends.before).toBeGreaterThan(0);
  expect(ends.after).toBeGreaterThan(0);
});

test('a process that stands still does nothing until it goes on', async () => {
  const { simulation, process, run } = openWorld(1);
  let answeredAt = 0;
  process.pause();
  void process.call('a call', 'log-unavailable', NO_CALL_FAULTS, () => {}).then(() => (answeredAt = simulation.now));
  simulation.after(null, 60_000, () => process.resume());
  await run();
  expect(answeredAt).toBeGreaterThanOrEqual(STARTS_AT + 60_000);
});

test('time jumps to what comes next, and a sleep ends when its signal says so', async () => {
  const { simulation, process, run } = openWorld(1);
  const clock = new SimulatedClock(process);
  const abort = new AbortController();
  const wokenAt: number[] = [];
  void clock.sleep(86_400_000).then(() => wokenAt.push(simulation.now));
  void clock.sleep(1_000_000_000, abort.signal).then(() => wokenAt.push(simulation.now));
  simulation.after(null, 5_000, () => abort.abort());
  expect(await run()).toBe('stuck');
  expect(wokenAt[0]).toBeLessThan(STARTS_AT + 10_000);
  expect(wokenAt[1]).toBeGreaterThanOrEqual(STARTS_AT + 86_400_000);
});
