import { codecs, readOutputHeaders } from '@tidemark/contracts';
import type { Clock, EventLog, Lane, Offset } from '@tidemark/stream';
import { nameLanes, runbook } from '@tidemark/telemetry';
import { readJudgedControl } from '@tidemark/timeline';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { LiveLog, LiveStart } from './go-live.ts';

/** `waiting`: unify has not come to it yet. */
type LaneAnswer = 'taken' | 'waiting' | { readonly refused: string };

/** Between two looks at what unify has committed: it commits every 200 ms. */
const POLL_MS = 200;

/**
 * Waits until every lane is on the wall clock under the policy that `goLive` has brought. Resolves to the lanes that are
 * not when the time is over or `signal` aborts. Throws a `Failure` with the reasons once a lane has refused the policy.
 */
export async function awaitLanes(
  live: Omit<LiveLog, 'schemaIds'>,
  clock: Clock,
  start: LiveStart,
  { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<readonly Lane[]> {
  const untilMs = clock.elapsedMs() + withinMs;
  let waiting: readonly Lane[] = Array.from({ length: live.log.lanes }, (_, lane) => lane);
  for (;;) {
    const answers = await Promise.all(waiting.map((lane) => answerOf(live, lane, start)));
    const refusals = waiting.flatMap((lane, i) => {
      const answer = answers[i];
      return typeof answer === 'object' ? [`lane ${lane}: ${answer.refused}`] : [];
    });
    if (refusals.length > 0) throw refusedBy(refusals, start);
    waiting = waiting.filter((_, i) => answers[i] === 'waiting');
    if (waiting.length === 0 || signal.aborted || clock.elapsedMs() >= untilMs) return waiting;
    await clock.sleep(POLL_MS, signal);
  }
}

/** What is known of lanes that have not taken the policy. */
export function describeWaiting(lanes: readonly Lane[], { policy }: LiveStart): string {
  const have = lanes.length === 1 ? 'has' : 'have';
  return `policy ${policy.number} is in the log, and ${nameLanes(lanes)} ${have} not taken it yet`;
}

async function answerOf(
  { log, committed }: Omit<LiveLog, 'schemaIds'>,
  lane: Lane,
  { policy: { number, hash }, placed }: LiveStart,
): Promise<LaneAnswer> {
  const { policy, clock, next } = await readJudgedControl(log, lane, (await committed('unify', lane)).get('control'));
  const found = policy?.number ?? 0;
  if (found === number && policy?.hash === hash) return clock === 'live' ? 'taken' : 'waiting';
  if (found >= number) return { refused: `another policy, number ${found}, came before it` };
  const offset = placed.get(lane);
  return offset === undefined || next <= offset ? 'waiting' : { refused: await reasonOf(log, lane, offset) };
}

const PAGE_RECORDS = 500;

/** Reason and detail of a `control` record's dead letter, which is among the newest. */
export async function reasonOf(log: Pick<EventLog, 'bounds' | 'read'>, lane: Lane, offset: Offset): Promise<string> {
  const { start, end } = await log.bounds('dead-letters', lane);
  for (let to = end; to > start; to -= PAGE_RECORDS) {
    const from = Math.max(start, to - PAGE_RECORDS);
    for (const { value, headers } of await log.read('dead-letters', lane, from, to - from)) {
      if (value === null) continue;
      const letter = codecs['dead-letter'].decode(value, readOutputHeaders(headers).schema);
      if (letter.service !== 'unify' || letter.topic !== 'control' || letter.offset !== offset) continue;
      return `${letter.reason}: ${letter.detail} (${runbook.deadLetter(letter.reason)})`;
    }
  }
  return 'its dead letter is not to be found';
}

function refusedBy(refusals: readonly string[], { policy }: LiveStart): Failure {
  return new Failure(
    `expected every lane to take policy ${policy.number}, found that lanes refused it. Where it was refused, the policy in ` +
      'force stays in force; where it was not, it is in force. Mend the policy, and apply it again:',
    EXIT.failed,
    refusals,
  );
}
