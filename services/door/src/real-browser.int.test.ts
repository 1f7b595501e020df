import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { hasChromium, startSite, visit } from './testing/browser.ts';
import { startFaultyWay } from './testing/faulty-way.ts';
import { bookOf, KEYS, SOURCES, startTestDoor } from './testing/test-door.ts';

const BUNDLE = fileURLToPath(new URL('../umd/index.js', import.meta.resolve('@segment/analytics-next')));
/** The SDK's own waits between tries are some seconds. */
const TIMEOUT_MS = 110_000;

/** As Segment's documentation has it; its settings come from the address that is given as `cdnURL`. */
const pageOf = (door: string) => `<!doctype html><title>shop</title><script src="/sdk.js"></script><script>
  const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey: '${KEYS.web}', cdnURL: '${door}' }, { obfuscate: false });
  analytics.page('Home');
  analytics.track('Product Viewed', { product_id: 'p1', price: 19.99 });
  analytics.identify('anna', { plan: 'pro' });
  analytics.track('Order Completed', { order_id: 'o1', total: 129.5 });
  analytics.screen('Start');
</script>`;

describe.skipIf(!hasChromium())('@segment/analytics-next in Chromium', () => {
  test('asks for its settings, and sends each call once whatever happens on the way; what a page may not say is left out', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const door = await startTestDoor({ now: Date.now() });
    const way = await startFaultyWay(door.url, [{ status: 500 }, { status: 429, retryAfter: '1' }, 'cut before']);
    const files = new Map<string, { type: string; content: string | Buffer }>([
      ['/', { type: 'text/html', content: pageOf(way.url) }],
      ['/sdk.js', { type: 'text/javascript', content: readFileSync(BUNDLE) }],
    ]);
    const site = await startSite(files);
    door.watched.current = bookOf(SOURCES.replaceAll('https://shop.example', site.url));
    visit(site.url);
    await vi.waitFor(async () => expect((await door.events()).size).toBe(5), {
      timeout: TIMEOUT_MS - 10_000,
      interval: 300,
    });
    const events = [...(await door.events()).values()];
    const seen = events.map(({ action = 'identity' }) => String(action)).sort();
    // Of its order nothing but the link of the two ids may be said by a page.
    expect(seen).toEqual(['identity', 'identity', 'page_view', 'page_view', 'product_view']);
    expect(await door.letters()).toEqual([]);
    expect(way.seen.length).toBeGreaterThanOrEqual(5 + 3);
  });
});
