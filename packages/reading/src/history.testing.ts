import { type CustomerId, type ScoreName, scoreNames, type TimeMs } from '@tidemark/domain';
import { scores } from '@tidemark/pipeline';
import fc from 'fast-check';
import {
  eventRecord,
  NOW,
  progressRecord,
  SILENCE,
  tickRecord,
  tierChangeRecord,
  viewChangeRecord,
  visit,
  World,
} from './world.testing.ts';

export const CUSTOMERS = ['anna', 'bert', 'carl'].map((id) => id as CustomerId);

/** What happens at one timeline record. */
export interface HistoryStep {
  /** Whose event it is; null: a tick. */
  readonly customer: number | null;
  readonly afterMs: number;
  /** Customers whose views change by silence before it; some change tier with it. */
  readonly timers: readonly Change[];
  /** What its customer's event changes. */
  readonly changes: readonly Omit<Change, 'customer'>[];
  /** A crash: so many records of the topic are sent once more. */
  readonly repeats: { readonly topic: number; readonly count: number } | null;
}

interface Change {
  readonly customer: number;
  readonly score: number;
  readonly isTier: boolean;
}

const TOPICS = ['timeline', ...scoreNames.map((name) => scores[name].changeTopic), 'tier-changes'];

const change = { score: fc.nat(scoreNames.length - 1), isTier: fc.boolean() };
const customer = fc.nat(CUSTOMERS.length - 1);

export const historySteps: fc.Arbitrary<HistoryStep> = fc.record({
  customer: fc.option(customer),
  afterMs: fc.integer({ min: 0, max: 3 }),
  timers: fc.array(fc.record({ customer, ...change }), { maxLength: 3 }),
  changes: fc.uniqueArray(fc.record(change), { maxLength: 2, selector: ({ score }) => score }),
  repeats: fc.option(fc.record({ topic: fc.nat(TOPICS.length - 1), count: fc.integer({ min: 1, max: 5 }) }), {
    freq: 4,
  }),
});

/** A log of one lane as the services leave it, and what each customer must be shown, oldest first. */
export class History {
  readonly world = new World();
  readonly #shown = new Map<CustomerId, string[]>();
  readonly #numbers = new Map<string, number>();
  readonly #changes = new Map<CustomerId, number>();
  #time: number = NOW;
  #events = 0;

  add(step: HistoryStep): void {
    const before = this.#time;
    this.#time += step.afterMs;
    const offset = this.world.log.bounds('timeline', 0).end;
    const customerId = step.customer === null ? null : (CUSTOMERS[step.customer] ?? null);
    const eventId = `event-${this.#events}`;
    this.world.append(
      'timeline',
      customerId === null
        ? tickRecord(this.#time)
        : eventRecord(customerId, visit(eventId, this.#time), 'interactions', this.#events++, this.#time),
    );
    // All timers at one moment, and a customer once a moment: their order is that of the ids, as in a lane.
    const timers = step.timers.filter(({ customer: c }, i, all) => all.findIndex((one) => one.customer === c) === i);
    for (const timer of timers.toSorted((a, b) => a.customer - b.customer)) {
      const at = Math.min(before + 1, this.#time);
      this.#change(CUSTOMERS[timer.customer] ?? null, timer, offset, at, 0);
    }
    if (customerId !== null) {
      this.#show(customerId, eventId);
      const changes = step.changes.toSorted((a, b) => a.score - b.score);
      for (const [i, { score, isTier }] of changes.entries()) {
        const isLast = i === changes.length - 1;
        this.#change(customerId, { score, isTier: isTier && isLast }, offset, this.#time, 1, eventId);
      }
    }
    for (const name of scoreNames) this.world.append(scores[name].changeTopic, progressRecord(offset));
    if (step.repeats !== null) this.#repeat(TOPICS[step.repeats.topic] ?? '', step.repeats.count);
  }

  /** Newest first. */
  shownOf(customerId: CustomerId): readonly string[] {
    return (this.#shown.get(customerId) ?? []).toReversed();
  }

  #change(
    customerId: CustomerId | null,
    { score, isTier }: Omit<Change, 'customer'>,
    timelineOffset: number,
    at: number,
    step: number,
    eventId?: string,
  ): void {
    const name: ScoreName | undefined = scoreNames[score];
    if (customerId === null || name === undefined) return;
    const effectiveAt = at as TimeMs;
    const cause = eventId === undefined ? SILENCE : ({ kind: 'event', origin: 'interactions:0', eventId } as const);
    const number = this.#next(name);
    const place = { timelineOffset, effectiveAt };
    this.world.append(scores[name].changeTopic, viewChangeRecord(name, customerId, { ...place, number, step, cause }));
    this.#show(customerId, `${name} ${timelineOffset} ${at}`);
    if (!isTier) return;
    const nth = (this.#changes.get(customerId) ?? 0) + 1;
    this.#changes.set(customerId, nth);
    const tier = { ...place, number: this.#next('tier'), change: nth, causes: [{ score: name, ...cause }] };
    this.world.append('tier-changes', tierChangeRecord(customerId, tier));
    this.#show(customerId, `tier ${nth}`);
  }

  #repeat(topic: string, count: number): void {
    const records = this.world.log.records(topic, 0).slice(-count);
    for (const record of records) this.world.append(topic, record);
  }

  #next(topic: string): number {
    const number = (this.#numbers.get(topic) ?? 0) + 1;
    this.#numbers.set(topic, number);
    return number;
  }

  #show(customerId: CustomerId, text: string): void {
    this.#shown.set(customerId, [...(this.#shown.get(customerId) ?? []), text]);
  }
}
