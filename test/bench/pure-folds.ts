import { BASE_RATE, facets, type Score, type TimelineEvent, type TimeMs, type View } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import { openDataset } from '@tidemark/replay';
import { type Figure, median, rates } from './measure.ts';

/** An event of a customer, who is a number here so that only the fold is measured. */
interface CustomerEvent {
  readonly customer: number;
  readonly event: TimelineEvent;
}

/** The pure folds over the bundled data set: evolve, view and next due time of every event, states in an array. */
export async function benchPureFolds(runs: number): Promise<Figure[]> {
  const dataset = await openDataset({ source: { kind: 'cdnow' }, simulated: true });
  const events = Array.from({ length: dataset.size }, (_, place): CustomerEvent => {
    return { customer: dataset.customerAt(place), event: timelineEventOf(dataset.recordAt(place)) };
  });
  const orders = events.filter(({ event }) => event.type === 'order');
  return [
    figureOf('behaviour, pure fold', facets.behaviour.score, events, dataset.customers, runs, 1_000_000),
    figureOf('churn, pure fold', facets.churn.score, orders, dataset.customers, runs, 300_000),
  ];
}

function figureOf<State, Parameters, V extends View>(
  name: string,
  score: Score<State, Parameters, V>,
  events: readonly CustomerEvent[],
  customers: number,
  runs: number,
  atLeast: number,
): Figure {
  const measured = rates(events.length, runs, () => foldAll(score, events, customers));
  const floor = rates(events.length, runs, () => touchAll(events, customers));
  return {
    name,
    unit: 'events/s',
    value: median(measured),
    runs: measured,
    floor: { name: 'the same loop, counting', value: median(floor) },
    mustReach: { atLeast },
  };
}

function foldAll<State, Parameters, V extends View>(
  score: Score<State, Parameters, V>,
  events: readonly CustomerEvent[],
  customers: number,
): number {
  const parameters = score.parametersOf(defaultPolicy());
  const states: State[] = new Array<State>(customers).fill(score.initial);
  let due = 0;
  for (const { customer, event } of events) {
    const at = event.data.occurredAt;
    const state = score.evolve(states[customer] ?? score.initial, event, at, parameters) as State;
    states[customer] = state;
    if (score.view(state, at, parameters) !== null && score.nextDueAt(state, at, parameters) !== null) due++;
  }
  return due;
}

function touchAll(events: readonly CustomerEvent[], customers: number): number {
  const counts = new Array<number>(customers).fill(0);
  let last = 0 as TimeMs;
  for (const { customer, event } of events) {
    counts[customer] = (counts[customer] ?? 0) + 1;
    last = event.data.occurredAt;
  }
  return last;
}

type RawOf = ReturnType<Awaited<ReturnType<typeof openDataset>>['recordAt']>;

/** What unify makes of a raw event, as far as the folds look at it. */
function timelineEventOf({ recordType, value }: RawOf): TimelineEvent {
  switch (recordType) {
    case 'order-event': {
      const { eventId, occurredAt, orderId, amountMinor, currency, refundId } = value;
      return {
        type: 'order',
        data: { eventId, occurredAt, orderId, status: 'placed', amountMinor, currency, rate: BASE_RATE, refundId },
      };
    }
    case 'interaction-event':
      return { type: 'interaction', data: value };
    case 'marketing-event':
      return { type: 'marketing', data: { ...value, kind: value.kind.toLowerCase() as 'sent' } };
    default:
      throw new Error(`expected an event of the data set, found ${recordType}`);
  }
}
