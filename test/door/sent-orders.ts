import { Analytics } from '@segment/analytics-node';
import { codecs, readOutputHeaders, readTimelineHeaders } from '@tidemark/contracts';
import { type EventLog, readLane } from '@tidemark/stream';

const EVENTS = 300;
const CUSTOMERS = 20;
/** One whose amount nobody can read. */
const isBad = (i: number) => i % 10 === 7;
const ids = Array.from({ length: EVENTS }, (_, i) => i);
/** What is to come of them: every order that can be read once on the timeline, every other once as a dead letter. */
export const EXPECTED = {
  timeline: ids.filter((i) => !isBad(i)).length,
  letters: ids.filter(isBad).length,
  /** Counts beyond one, of either. */
  more: 0,
};

/**
 * Segment's own SDK, which sends orders of some customers, and tries again as it does. Resolves once it has nothing more to send.
 * `halfWay` is awaited while the first half is on its way, and before the second is sent.
 */
export async function sendOrders(url: string, writeKey: string, halfWay: () => Promise<void>): Promise<void> {
  const analytics = new Analytics({ writeKey, host: url, maxEventsInBatch: 15, flushInterval: 500 });
  for (const i of ids) {
    if (i === EVENTS / 2) await halfWay();
    const total = isBad(i) ? '27,50' : 300;
    const properties = { order_id: `o${i}`, total, currency: 'USD' };
    analytics.track({ userId: `u${i % CUSTOMERS}`, event: 'Order Completed', messageId: `m${i}`, properties });
  }
  await analytics.closeAndFlush();
}

/** What became of them, by event id. */
export async function accountOf(log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>): Promise<typeof EXPECTED> {
  const timeline = new Map<string, number>();
  const letters = new Set<string>();
  let ofUnify = 0;
  for (let lane = 0; lane < log.lanes; lane++) {
    for await (const { headers } of readLane(log, 'timeline', lane)) {
      const { eventId } = readTimelineHeaders(headers);
      if (eventId !== null) timeline.set(eventId, (timeline.get(eventId) ?? 0) + 1);
    }
    for await (const { headers, value } of readLane(log, 'dead-letters', lane)) {
      const letter = codecs['dead-letter'].decode(value ?? new Uint8Array(), readOutputHeaders(headers).schema);
      if (letter.service === 'door') letters.add(String(letter.headers['event-id']));
      else ofUnify++;
    }
  }
  const repeated = [...timeline.values()].filter((count) => count > 1).length;
  return { timeline: timeline.size, letters: letters.size, more: repeated + ofUnify };
}
