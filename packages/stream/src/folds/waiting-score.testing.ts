import { type Expired, Noted, type Policy, Rejection, type Score, type TimeMs } from '@tidemark/domain';
import { type ScoreEncoding, scoreFold } from './score-fold.ts';

/** Who waits for a partner, and which rules were changed for which, and when. */
interface Waiting {
  readonly waiting: readonly (readonly [since: TimeMs, origin: string | null])[];
  readonly adopted: readonly (readonly [at: TimeMs, before: number, after: number])[];
}

type WaitingView = { readonly waiting: number; readonly adopted: number };

/**
 * Events wait for so many ms as the rules say, and are let go. Of their ids' numbers, odd ones relieve the first who
 * waits or change nothing, multiples of 5 are refused, 13 throws.
 */
const waitingScore: Score<Waiting, number, WaitingView> = {
  name: 'waiting',
  version: 1,
  eventTypes: ['interaction'],
  initial: { waiting: [], adopted: [] },
  parametersOf: (policy: Policy) => Number(policy.name),
  evolve(state, event, at, _waitMs, origin = null) {
    const number = Number(event.data.eventId);
    if (number === 13) throw new TypeError('a bug');
    if (number % 5 === 0) return new Rejection('too-old');
    if (number % 2 === 0) return { ...state, waiting: [...state.waiting, [at, origin]] };
    return state.waiting.length === 0 ? new Noted(state, 'repeat') : { ...state, waiting: state.waiting.slice(1) };
  },
  view: ({ waiting, adopted }) =>
    waiting.length + adopted.length === 0 ? null : { waiting: waiting.length, adopted: adopted.length },
  nextDueAt: () => null,
  nextExpiryAt({ waiting }, _at, waitMs) {
    const [first] = waiting;
    return first === undefined ? null : ((first[0] + waitMs) as TimeMs);
  },
  expire(state, at, waitMs): Expired<Waiting> | null {
    const gone = state.waiting.filter(([since]) => since + waitMs <= at);
    if (gone.length === 0) return null;
    return {
      state: { ...state, waiting: state.waiting.slice(gone.length) },
      letters: gone.map(([, origin]) => ({ reason: 'order-unknown', origin })),
    };
  },
  adopt: (state, at, before, after) =>
    before === after ? state : { ...state, adopted: [...state.adopted, [at, before, after]] },
  exact: () => ({}),
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const jsonOf = (content: unknown) => ({ value: encoder.encode(JSON.stringify(content)), headers: {} });

const encoding: ScoreEncoding<WaitingView> = {
  changeTopic: 'waiting-changes',
  change: ({ to }, { effectiveAt, customerId }) => jsonOf({ to, effectiveAt, customerId }),
  progress: () => jsonOf({}),
  told: null,
  deadLetter: ({ reason, at, refused: { topic, offset, key, value } }) =>
    jsonOf({ reason, at, from: `${topic}:${offset}`, key: key && decoder.decode(key), value }),
};

export const waitingFold = scoreFold(waitingScore, encoding);
