import { DAY_MS } from '@tidemark/domain';
import { describe, expect, test } from 'vitest';
import type { Shopper, Shoppers, Span } from './shopper.ts';
import { simulatedTotal, simulateEvents } from './simulate-events.ts';
import { SIMULATED_KINDS, type SimulatedEvent, type SimulatedTable } from './simulated-table.ts';

const SPAN: Span = { start: 0, end: 400 * DAY_MS };

describe('simulated events', () => {
  test('make 500,000 events of the bundled 69,659 orders', () => {
    expect(simulatedTotal(69_659)).toBe(430_341);
  });

  test.each([0, 1, 100, 10_000])('are exactly as many as wanted: %i', (total) => {
    expect(simulateEvents(shoppersWith([10.5, 60], [300], []), SPAN, total).size).toBe(total);
  });

  test('lie within the span, however late the orders', () => {
    const events = eventsOf(simulateEvents(shoppersWith([0], [399.9999]), SPAN, 100_000));
    expect(Math.min(...events.map(({ at }) => at))).toBeGreaterThanOrEqual(SPAN.start);
    expect(Math.max(...events.map(({ at }) => at))).toBeLessThan(SPAN.end);
  });

  test('of one shopper do not depend on the others, but for how much they browse', () => {
    const alone = planned(simulateEvents(shoppersWith([10.5, 60]), SPAN, 1_000));
    const together = planned(simulateEvents(shoppersWith([10.5, 60], [20], [5, 6, 7]), SPAN, 1_000));
    expect(alone.length).toBeGreaterThan(0);
    expect(together).toEqual(alone);
  });

  test('have each kind, and messages of a campaign in their causal order', () => {
    const shoppers = shoppersWith(...Array.from({ length: 500 }, (_, i) => [1 + (i % 200), 30 + (i % 300)]));
    const events = eventsOf(simulateEvents(shoppers, SPAN, 20_000));
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(SIMULATED_KINDS));
    const times = new Map(events.map(({ customer, group, kind, at }) => [`${customer}/${group}/${kind}`, at]));
    for (const { customer, group, kind, at } of events) {
      const cause = { delivered: 'sent', opened: 'delivered', clicked: 'opened', unsubscribed: 'opened' }[
        kind as string
      ];
      if (cause !== undefined) expect(times.get(`${customer}/${group}/${cause}`)).toBeLessThan(at);
    }
  });

  test('of browsing fade with the silence after an order', () => {
    const browsing = eventsOf(simulateEvents(shoppersWith([0]), SPAN, 20_000));
    const within = (from: number, to: number) =>
      browsing.filter(({ at }) => at >= from * DAY_MS && at < to * DAY_MS).length;
    expect(within(0, 25)).toBeGreaterThan(2 * within(25, 50));
    expect(within(25, 50)).toBeGreaterThan(2 * within(50, 75));
  });
});

/** Shoppers by the days of their orders. */
function shoppersWith(...orderDays: readonly (readonly number[])[]): Shoppers {
  const shoppers: Shopper[] = orderDays.map((days, index) => {
    return { index, id: `shopper-${index}`, orderTimes: Float64Array.from(days, (day) => day * DAY_MS) };
  });
  return {
    count: shoppers.length,
    at: (index) => {
      const shopper = shoppers[index];
      if (shopper === undefined) throw new RangeError(`no shopper ${index}`);
      return shopper;
    },
  };
}

function eventsOf(table: SimulatedTable): SimulatedEvent[] {
  return Array.from({ length: table.size }, (_, row) => table.get(row));
}

/** The first shopper's messages and checkouts, which browsing does not have. */
function planned(table: SimulatedTable): SimulatedEvent[] {
  const browsing = ['page_view', 'search', 'product_view', 'add_to_cart'];
  const events = eventsOf(table).filter(({ customer, kind }) => customer === 0 && !browsing.includes(kind));
  return events.map((event) => (event.kind === 'checkout' ? { ...event, group: 0 } : event));
}
