import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@tidemark/domain';
import { Random } from './random.ts';
import { SEED, type Shopper, type Span, type Take } from './shopper.ts';
import {
  CATEGORIES,
  PRODUCTS_PER_CATEGORY,
  type SimulatedChannel,
  type SimulatedEvent,
  type SimulatedKind,
} from './simulated-table.ts';

/** A visit, as a function that makes its events. */
type Visit = (kind: SimulatedKind, at: number, object?: { category: number; product: number }) => SimulatedEvent;

/** The visits that led to a shopper's orders, and the calls that some of them caused. */
export function visitForOrders(shopper: Shopper, random: Random, nextSession: () => number, take: Take): void {
  const taste = tasteOf(random);
  let before = Number.NEGATIVE_INFINITY;
  for (const orderedAt of shopper.orderTimes) {
    if (orderedAt === before) continue;
    before = orderedAt;
    const visit = visitBy(shopper, channelOf(taste, random), nextSession());
    let at = orderedAt - (10 + random.below(50)) * MINUTE_MS;
    const pass = () => (at += Math.floor(((orderedAt - at) * (1 + random.below(3))) / 12 / SECOND_MS) * SECOND_MS);
    if (random.chance(0.4)) take(visit('page_view', pass()));
    if (random.chance(0.2)) take(visit('search', pass(), { category: chooseCategory(taste, random), product: 0 }));
    const seen = random.chance(0.4) ? 2 : 1;
    let product = chooseProduct(taste, random);
    for (let i = 0; i < seen; i++) {
      take(visit('product_view', pass(), product));
      if (i + 1 < seen) product = chooseProduct(taste, random);
    }
    if (random.chance(0.75)) take(visit('add_to_cart', pass(), product));
    if (random.chance(0.55)) take(visit('checkout', pass()));
    if (random.chance(0.03)) take(callAbout(shopper, orderedAt, random));
  }
}

function callAbout(shopper: Shopper, orderedAt: number, random: Random): SimulatedEvent {
  const at = wholeSeconds(orderedAt + (1 + random.below(9)) * DAY_MS + timeOfDay(random));
  return visitBy(shopper, 'call_centre', 0)('support_call', at);
}

/** How long after an order browsing goes on, on average. */
const BROWSING_FADES_DAYS = 25;

/** Exactly `quota` events of visits without an order, the fewer the longer the last orders are ago. */
export function browse(shopper: Shopper, span: Span, quota: number, nextSession: () => number, take: Take): void {
  const random = new Random(SEED + 1, shopper.id);
  const taste = tasteOf(random);
  const latest = span.end - SECOND_MS;
  for (let left = quota; left > 0; ) {
    const orderedAt = shopper.orderTimes[random.below(shopper.orderTimes.length)] ?? span.start;
    const fading = random.waiting(BROWSING_FADES_DAYS * DAY_MS);
    const moment = orderedAt + fading < latest ? orderedAt + fading : orderedAt + random.unit() * (latest - orderedAt);
    let at = Math.floor(moment / DAY_MS) * DAY_MS + timeOfDay(random);
    const visit = visitBy(shopper, channelOf(taste, random), nextSession());
    const length = Math.min(left, 1 + random.below(4));
    left -= length;
    for (let i = 0; i < length; i++) {
      const kind = browsingKind(random);
      const object = kind === 'page_view' ? undefined : chooseProduct(taste, random);
      take(visit(kind, Math.min(wholeSeconds(at), latest), object));
      at += (20 + random.below(160)) * SECOND_MS;
    }
  }
}

function browsingKind(random: Random): SimulatedKind {
  const share = random.unit();
  if (share < 0.45) return 'page_view';
  if (share < 0.6) return 'search';
  return share < 0.93 ? 'product_view' : 'add_to_cart';
}

/** Hours of the day in the United States, where CDNOW sold, are these in UTC; the middle of them is busiest. */
function timeOfDay(random: Random): number {
  return (12 + 6 * (random.unit() + random.unit())) * HOUR_MS;
}

interface Taste {
  readonly category: number;
  /** Probability that a visit comes by the app. */
  readonly appShare: number;
}

function tasteOf(random: Random): Taste {
  return { category: random.below(CATEGORIES.length), appShare: random.chance(0.3) ? 0.7 : 0.05 };
}

function channelOf(taste: Taste, random: Random): SimulatedChannel {
  return random.chance(taste.appShare) ? 'app' : 'web';
}

function chooseCategory(taste: Taste, random: Random): number {
  return random.chance(0.6) ? taste.category : random.below(CATEGORIES.length);
}

function chooseProduct(taste: Taste, random: Random): { category: number; product: number } {
  // The square makes low numbers best-sellers.
  const product = Math.floor(random.unit() * random.unit() * PRODUCTS_PER_CATEGORY);
  return { category: chooseCategory(taste, random), product };
}

function visitBy({ index }: Shopper, channel: SimulatedChannel, session: number): Visit {
  return (kind, at, { category, product } = { category: 0, product: 0 }) => {
    return { kind, customer: index, at, channel, category, product, group: session };
  };
}

function wholeSeconds(at: number): number {
  return Math.floor(at / SECOND_MS) * SECOND_MS;
}
