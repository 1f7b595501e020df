import { ContractError } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type Clock, Fault, OperatingError } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { NotYet, untilThere, WaitStopped } from './until-there.ts';

const away = new OperatingError('log-unavailable', 'away', { retriable: true });

test('what passes is tried again with growing pauses, up to 5 s, and told', async () => {
  const { waiting, told, fields, pauses } = setUp();
  const outcomes = [...Array<Error>(7).fill(away), new NotYet('run a command'), 'there'];
  const attempt = async () => {
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  expect(await untilThere(attempt, waiting)).toBe('there');
  expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(told).toEqual([...Array(7).fill('waiting: away'), 'waiting: run a command']);
  expect(fields[0]).toEqual({ code: 'log-unavailable', runbook: 'docs/runbook/outages.md#log-unavailable' });
});

test.each([
  new OperatingError('log-unavailable', 'no rights', { retriable: false }),
  new Fault('clock-ahead', 'ahead'),
  new ContractError('corrupt-record', 'no', {}),
  new TypeError('a bug'),
])('what does not pass is thrown at once: $message', async (error) => {
  const { waiting, pauses } = setUp();
  await expect(untilThere(() => Promise.reject(error), waiting)).rejects.toBe(error);
  expect(pauses).toEqual([]);
});

test('a wait ends when it is told to, without another attempt', async () => {
  const { waiting, stop } = setUp();
  let attempts = 0;
  const attempt = () => {
    attempts++;
    stop.abort();
    return Promise.reject(away);
  };
  await expect(untilThere(attempt, waiting)).rejects.toBeInstanceOf(WaitStopped);
  expect(attempts).toBe(1);
});

function setUp() {
  const told: string[] = [];
  const fields: object[] = [];
  const pauses: number[] = [];
  const stop = new AbortController();
  const nothing = () => undefined;
  const clock: Clock = {
    now: () => 0 as TimeMs,
    elapsedMs: () => 0,
    sleep: async (ms) => void pauses.push(ms),
  };
  const announcer = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (said: object, message: string) => {
      fields.push(said);
      told.push(message);
    },
  };
  return { waiting: { clock, announcer, signal: stop.signal }, told, fields, pauses, stop };
}
