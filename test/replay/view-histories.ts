/**
 * The views of a customer over time by brute force: the naive batch functions, asked again for each moment that matters.
 * No fold, no state, no timer.
 */
import { DAY_MS, type OrderEvent, type Policy, type TimeMs, type View } from '@tidemark/domain';
import { behaviourScoreOf } from '../../packages/domain/src/facets/behaviour/batch.ts';
import { churnViewOf } from '../../packages/domain/src/facets/churn/batch.ts';
import { churn } from '../../packages/domain/src/facets/churn/churn.ts';
import { rfmViewOf } from '../../packages/domain/src/facets/rfm/batch.ts';
import { rfm } from '../../packages/domain/src/facets/rfm/rfm.ts';
import type { SourceRow } from './source-rows.ts';

/** From `at` on the view is `view`. */
export interface ViewChange {
  readonly at: TimeMs;
  /** Index of the customer's row that changed it; null: silence did. */
  readonly row: number | null;
  readonly view: View | null;
}

export type ViewHistories = ReadonlyMap<string, readonly ViewChange[]>;

/** The view at `at` of a customer of whom the first `count` rows that concern the score are known. */
interface NaiveScore {
  viewAt(count: number, at: TimeMs): View | null;
  /** Where silence may well change the view next; only saves time, since what they miss is found by bisection. */
  hintsAfter(count: number, at: TimeMs): readonly number[];
}

/** Every change of every score's view up to `until`, by score. */
export function viewHistoriesOf(rows: readonly SourceRow[], policy: Policy, until: TimeMs): ViewHistories {
  const all = rows.map((_, index) => index);
  const orders = all.filter((index) => rows[index]?.event.type === 'order');
  return new Map([
    ['behaviour', historyOf(rows, all, naiveBehaviour(rows, policy), until)],
    ['churn', historyOf(rows, orders, naiveChurn(orderEvents(rows), policy), until)],
    ['rfm', historyOf(rows, orders, naiveRfm(orderEvents(rows), policy), until)],
  ]);
}

function historyOf(
  rows: readonly SourceRow[],
  relevant: readonly number[],
  score: NaiveScore,
  until: TimeMs,
): readonly ViewChange[] {
  const history: ViewChange[] = [];
  let view: View | null = null;
  for (const [i, row] of relevant.entries()) {
    const at = timeOf(rows, row);
    const next = score.viewAt(i + 1, at);
    if (!sameView(view, next)) history.push({ at, row, view: next });
    view = next;
    const following = relevant[i + 1];
    const end = following === undefined ? until : timeOf(rows, following);
    for (const change of changesBySilence(score, i + 1, at, end)) {
      history.push(change);
      view = change.view;
    }
  }
  return history;
}

/**
 * All changes in (from, to] while the first `count` rows are all that is known. Each attribute of a view only ever moves
 * one way in silence, so where the views at both ends are the same nothing changed between.
 */
function changesBySilence(score: NaiveScore, count: number, from: TimeMs, to: TimeMs): readonly ViewChange[] {
  const changes: ViewChange[] = [];
  const search = (a: number, viewA: View | null, b: number, viewB: View | null, hints: readonly number[]): void => {
    if (sameView(viewA, viewB)) return;
    if (b - a === 1) {
      changes.push({ at: b as TimeMs, row: null, view: viewB });
      return;
    }
    const hint = hints.find((one) => one > a && one < b);
    const middle = hint ?? a + Math.floor((b - a) / 2);
    const viewMiddle = score.viewAt(count, middle as TimeMs);
    search(a, viewA, middle, viewMiddle, hints);
    search(middle, viewMiddle, b, viewB, hints);
  };
  if (to > from) {
    const hints = () => score.hintsAfter(count, from).flatMap((one) => [one, one - 1]);
    const viewFrom = score.viewAt(count, from);
    const viewTo = score.viewAt(count, to);
    if (!sameView(viewFrom, viewTo)) search(from, viewFrom, to, viewTo, hints());
  }
  return changes;
}

function naiveRfm(orders: readonly OrderEvent[], policy: Policy): NaiveScore {
  const parameters = rfm.score.parametersOf(policy);
  return {
    viewAt: (count, at) => rfmViewOf(orders.slice(0, count), at, parameters),
    hintsAfter(count, at) {
      const known = orders.slice(0, count).map((order) => order.occurredAt);
      const expiries = known.map((orderedAt) => orderedAt + parameters.windowMs);
      const last = Math.max(...known);
      const cuts = parameters.recencyDays.map((days) => last + Math.floor(days * DAY_MS) + 1);
      return [...new Set([...expiries, ...cuts])].filter((one) => one > at);
    },
  };
}

function naiveChurn(orders: readonly OrderEvent[], policy: Policy): NaiveScore {
  const parameters = churn.score.parametersOf(policy);
  return {
    viewAt: (count, at) => churnViewOf(orders.slice(0, count), at, parameters),
    hintsAfter: () => [],
  };
}

function naiveBehaviour(rows: readonly SourceRow[], policy: Policy): NaiveScore {
  const { bands, halfLifeDays } = policy.behaviour;
  const scoreAt = (count: number, at: TimeMs) =>
    behaviourScoreOf(
      [{ section: policy.behaviour, common: policy, from: 0 as TimeMs, arrivals: rows.slice(0, count) }],
      at,
    );
  return {
    viewAt(count, at) {
      const score = scoreAt(count, at);
      if (score === 0) return null;
      return {
        band: score >= bands.hot ? 'hot' : score >= bands.warm ? 'warm' : score >= bands.cool ? 'cool' : 'silent',
      };
    },
    hintsAfter(count, at) {
      const score = scoreAt(count, at);
      const halfLives = Object.values(bands).map((bound) => Math.log2(score / bound));
      return halfLives.map((number) => Math.ceil(at + number * halfLifeDays * DAY_MS)).filter((one) => one > at);
    },
  };
}

function orderEvents(rows: readonly SourceRow[]): readonly OrderEvent[] {
  return rows.flatMap(({ event }) => (event.type === 'order' ? [event.data] : []));
}

function timeOf(rows: readonly SourceRow[], index: number): TimeMs {
  const row = rows[index];
  if (row === undefined) throw new RangeError(`expected a row below ${rows.length}, found ${index}`);
  return row.at;
}

export function sameView(a: View | null, b: View | null): boolean {
  if (a === null || b === null) return a === b;
  return Object.keys({ ...a, ...b }).every((name) => a[name] === b[name]);
}
