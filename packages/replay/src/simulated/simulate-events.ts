import { receiveCampaigns } from './campaigns.ts';
import { Random } from './random.ts';
import { SEED, type Shopper, type Shoppers, type Span, type Take } from './shopper.ts';
import { SimulatedTable } from './simulated-table.ts';
import { browse, visitForOrders } from './visits.ts';

/** Such that the bundled 69,659 orders and what is simulated around them are 500,000 events. */
const EVENTS_PER_ORDERS = { events: 430_341, orders: 69_659 };

/** How many events are simulated around so many orders. */
export function simulatedTotal(orders: number): number {
  return Math.round((orders * EVENTS_PER_ORDERS.events) / EVENTS_PER_ORDERS.orders);
}

/**
 * Exactly `total` events made up around real orders, from a fixed seed, in no order of time: visits that led to an order,
 * monthly campaigns, and, to fill the total, browsing that fades after orders.
 *
 * A shopper has random streams of their own. What they do depends on their orders and on the span; only how much they browse
 * depends on the other shoppers.
 */
export function simulateEvents(shoppers: Shoppers, span: Span, total: number): SimulatedTable {
  const { events: planned, browsingWeight: weightOfAll } = survey(shoppers, span);
  const table = new SimulatedTable(total);
  const kept = Math.min(planned, total);
  const takePlanned = takeShare(planned, kept, (event) => table.add(event));
  const browsingUpTo = (weight: number) =>
    weightOfAll === 0 ? 0 : Math.floor((weight * (total - kept)) / weightOfAll);
  let sessions = 0;
  const nextSession = () => ++sessions;
  let weight = 0;
  for (let i = 0; i < shoppers.count; i++) {
    const shopper = shoppers.at(i);
    plan(shopper, span, nextSession, takePlanned);
    const weightBefore = weight;
    weight += browsingWeight(shopper);
    const quota = browsingUpTo(weight) - browsingUpTo(weightBefore);
    browse(shopper, span, quota, nextSession, (event) => table.add(event));
  }
  return table;
}

/** What a shopper does whatever the total: the same at every call. */
function plan(shopper: Shopper, span: Span, nextSession: () => number, take: Take): void {
  const random = new Random(SEED, shopper.id);
  const takeWithin: Take = (event) => {
    if (event.at >= span.start && event.at < span.end) take(event);
  };
  visitForOrders(shopper, random, nextSession, takeWithin);
  receiveCampaigns(shopper, span, random, takeWithin);
}

/** How many events are planned, before any is made. */
function survey(shoppers: Shoppers, span: Span): { events: number; browsingWeight: number } {
  const totals = { events: 0, browsingWeight: 0 };
  const count = () => {
    totals.events += 1;
  };
  for (let i = 0; i < shoppers.count; i++) {
    const shopper = shoppers.at(i);
    plan(shopper, span, () => 0, count);
    totals.browsingWeight += browsingWeight(shopper);
  }
  return totals;
}

/** Takes `kept` of `offered` events, evenly spread. */
function takeShare(offered: number, kept: number, take: Take): Take {
  let seen = 0;
  return (event) => {
    const before = Math.floor((seen * kept) / offered);
    seen += 1;
    if (Math.floor((seen * kept) / offered) > before) take(event);
  };
}

/** Frequent customers browse more, though not in proportion. A whole number, so that sums are exact. */
function browsingWeight({ orderTimes }: Shopper): number {
  return orderTimes.length === 0 ? 0 : 2 + Math.min(orderTimes.length, 20);
}
