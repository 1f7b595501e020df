import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@tidemark/domain';
import type { Random } from './random.ts';
import type { Shopper, Span, Take } from './shopper.ts';
import type { SimulatedKind } from './simulated-table.ts';

/** A campaign goes out on this day of each month. */
const CAMPAIGN_DAY = 10;
const CAMPAIGN_HOUR_MS = 15 * HOUR_MS;
/** Customers are written to while their last order is this fresh, and once more to win them back. */
const FRESH_DAYS = 75;
const WIN_BACK_DAYS = [150, 180] as const;

/** The messages of monthly campaigns to a shopper, and what they did with them. */
export function receiveCampaigns(shopper: Shopper, span: Span, random: Random, take: Take): void {
  const isSubscribed = random.chance(0.42);
  const channel = random.chance(0.15) ? 'sms' : 'email';
  const opensShare = 0.1 + 0.4 * random.unit();
  const first = shopper.orderTimes[0];
  if (!isSubscribed || first === undefined) return;
  let orders = 0;
  for (let month = monthOf(first); ; month++) {
    const at = Date.UTC(1970, month, CAMPAIGN_DAY) + CAMPAIGN_HOUR_MS + random.below(3_600) * SECOND_MS;
    if (at >= span.end) return;
    while ((shopper.orderTimes[orders] ?? Number.POSITIVE_INFINITY) < at) orders++;
    const lastOrderAt = shopper.orderTimes[orders - 1];
    if (lastOrderAt === undefined || !isWrittenTo(at - lastOrderAt)) continue;
    const variant = random.below(2);
    const message = (kind: SimulatedKind, time: number) =>
      take({ kind, customer: shopper.index, at: time, channel, category: variant, product: 0, group: month });
    if (receive(at, opensShare, random, message) === 'unsubscribed') return;
  }
}

function receive(
  sentAt: number,
  opensShare: number,
  random: Random,
  message: (kind: SimulatedKind, at: number) => void,
): 'subscribed' | 'unsubscribed' {
  message('sent', sentAt);
  const arrivedAt = sentAt + (1 + random.below(40)) * SECOND_MS;
  if (random.chance(0.02)) {
    message('bounced', arrivedAt);
    return 'subscribed';
  }
  message('delivered', arrivedAt);
  if (!random.chance(opensShare)) return 'subscribed';
  const openedAt = arrivedAt + Math.ceil(random.waiting(8 * HOUR_MS) / SECOND_MS) * SECOND_MS;
  message('opened', openedAt);
  if (random.chance(0.25)) message('clicked', openedAt + (5 + random.below(90)) * SECOND_MS);
  if (!random.chance(0.015)) return 'subscribed';
  message('unsubscribed', openedAt + 2 * MINUTE_MS);
  return 'unsubscribed';
}

function isWrittenTo(silenceMs: number): boolean {
  const days = silenceMs / DAY_MS;
  return days <= FRESH_DAYS || (days >= WIN_BACK_DAYS[0] && days < WIN_BACK_DAYS[1]);
}

/** Months since January 1970. */
function monthOf(time: number): number {
  const date = new Date(time);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}
