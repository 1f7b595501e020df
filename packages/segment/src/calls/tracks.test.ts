import { describe, expect, test } from 'vitest';
import { sourceOf } from '../source.ts';
import { accepted, map, recordOf, refused, track } from '../testing/map.ts';
import { TRACK_ROWS } from './track-table.ts';

const PRODUCT = { product_id: 'p1', sku: 's1', name: 'Chess', category: 'Games' };

describe('an interaction', () => {
  test.each([
    ['Products Searched', { query: 'blue roses' }, 'search', 'blue roses'],
    ['Product List Viewed', { list_id: 'l1' }, 'product_list_view', 'l1'],
    ['Product List Filtered', { list_id: 'l1' }, 'product_list_filter', 'l1'],
    ['Product Viewed', PRODUCT, 'product_view', 'p1'],
    ['Product Clicked', PRODUCT, 'product_click', 'p1'],
    ['Product Added', PRODUCT, 'add_to_cart', 'p1'],
    ['Product Removed', PRODUCT, 'remove_from_cart', 'p1'],
    ['Cart Viewed', { cart_id: 'c1' }, 'cart_view', 'c1'],
    ['Checkout Started', { order_id: 'o1' }, 'checkout', 'o1'],
    ['Checkout Step Viewed', { step: 2 }, 'checkout_step_view', '2'],
    ['Checkout Step Completed', { step: 2 }, 'checkout_step', '2'],
    ['Payment Info Entered', { checkout_id: 'k1' }, 'payment_info', 'k1'],
    ['Promotion Viewed', { promotion_id: 'promo' }, 'promotion_view', 'promo'],
    ['Promotion Clicked', { name: 'Spring' }, 'promotion_click', 'Spring'],
    ['Coupon Entered', { coupon_id: 'k' }, 'coupon_enter', 'k'],
    ['Coupon Applied', { coupon_id: 'k' }, 'coupon_apply', 'k'],
    ['Coupon Denied', { coupon_id: 'k' }, 'coupon_deny', 'k'],
    ['Coupon Removed', { coupon_id: 'k' }, 'coupon_remove', 'k'],
    ['Product Added to Wishlist', PRODUCT, 'wishlist_add', 'p1'],
    ['Product Removed from Wishlist', PRODUCT, 'wishlist_remove', 'p1'],
    ['Wishlist Product Added to Cart', PRODUCT, 'add_to_cart', 'p1'],
    ['Product Shared', PRODUCT, 'product_share', 'p1'],
    ['Cart Shared', { cart_id: 'c1' }, 'cart_share', 'c1'],
    ['Product Reviewed', PRODUCT, 'product_review', 'p1'],
  ])('%s of %j is %s of %s', (event, properties, action, object) => {
    expect(accepted(track(event, properties)).records).toMatchObject([
      { topic: 'interactions', event: { action, object, category: 'category' in properties ? 'Games' : null } },
    ]);
  });

  test.each([
    ['Viewed Product', 'product_view'],
    ['Added Product', 'add_to_cart'],
    ['Removed Product', 'remove_from_cart'],
    ['Viewed Product Category', 'product_list_view'],
    ['Searched Products', 'search'],
    ['Started Checkout', 'checkout'],
    ['Viewed Checkout Step', 'checkout_step_view'],
    ['Completed Checkout Step', 'checkout_step'],
    ['Clicked Promotion', 'promotion_click'],
    ['product viewed', 'product_view'],
    ['product_viewed', 'product_view'],
  ])('%s, a name of before, is %s', (event, action) => {
    expect(recordOf(track(event, PRODUCT))).toMatchObject({ action });
  });

  test('every row has a name of its own', () => {
    const names = TRACK_ROWS.flatMap((row) => row.names.map((name) => name.toLowerCase().replaceAll(' ', '')));
    expect(new Set(names).size).toBe(names.length);
  });

  test.each([
    ['Video Playback Started', 'video_playback_started'],
    ['videoPlaybackStarted', 'video_playback_started'],
    ['  Signed  Up! ', 'signed_up'],
    ['Étape 2 vue', 'étape_2_vue'],
    ['商品を見た', '商品を見た'],
    ['!!!', '!!!'],
  ])('%j is the action %s', (event, action) => {
    expect(recordOf(track(event))).toMatchObject({ action, object: null });
  });

  test('whose name is too long is cut, and its whole name is a property', () => {
    const event = 'é'.repeat(40);
    expect(recordOf(track(event, { a: 1 }))).toMatchObject({ action: 'é'.repeat(32), properties: { event, a: '1' } });
  });

  test.each([undefined, null, '', ' ', 17, {}])('without a name (%j) is a dead letter', (event) => {
    expect(refused({ type: 'track', event })).toMatchObject({ reason: 'unmapped', errors: [{ field: 'event' }] });
  });

  test("is in its source's channel, else on the web for browsers and of the server for others", () => {
    expect(recordOf(track('x'))).toMatchObject({ channel: 'server' });
    expect(recordOf(track('x'), { source: { kind: 'browser' } })).toMatchObject({ channel: 'web' });
    expect(recordOf(track('x'), { source: { channel: 'store' } })).toMatchObject({ channel: 'store' });
  });

  test('has the session of its context', () => {
    expect(recordOf(track('x', {}, { context: { sessionId: 1_796_000_000_000 } }))).toMatchObject({
      sessionId: '1796000000000',
    });
    expect(recordOf(track('x', {}, { context: { sessionId: {} } }))).toMatchObject({ sessionId: null });
  });
});

describe('page_view', () => {
  test('of a page is of its address without query, on the web', () => {
    const page = { type: 'page', name: 'Home', properties: { url: 'https://shop.example/a?token=1#x', title: 'A' } };
    expect(recordOf(page)).toMatchObject({
      action: 'page_view',
      channel: 'web',
      object: 'https://shop.example/a',
      properties: { name: 'Home', title: 'A' },
    });
    const context = { page: { url: 'https://shop.example/b' } };
    expect(recordOf({ type: 'page', context })).toMatchObject({ object: 'https://shop.example/b' });
    expect(recordOf({ type: 'page', name: 'Home' })).toMatchObject({ object: 'Home' });
  });

  test('of a screen is of its name, in the app', () => {
    expect(recordOf({ type: 'screen', name: 'Cart', category: 'Shop' })).toMatchObject({
      action: 'page_view',
      channel: 'app',
      object: 'Cart',
      category: 'Shop',
    });
  });
});

describe('a marketing event', () => {
  test.each([
    ['Email Delivered', 'email', 'DELIVERED'],
    ['Email Opened', 'email', 'OPENED'],
    ['Email Link Clicked', 'email', 'CLICKED'],
    ['Email Bounced', 'email', 'BOUNCED'],
    ['Email Marked as Spam', 'email', 'UNSUBSCRIBED'],
    ['Unsubscribed', 'email', 'UNSUBSCRIBED'],
    ['Push Notification Received', 'push', 'DELIVERED'],
    ['Push Notification Tapped', 'push', 'CLICKED'],
    ['Push Notification Bounced', 'push', 'BOUNCED'],
  ])('%s is, by %s, %s', (event, channel, kind) => {
    expect(accepted(track(event, { campaign_id: 'c1' })).records).toMatchObject([
      { topic: 'marketing', event: { channel, kind, campaignId: 'c1', variant: null } },
    ]);
  });

  test("is of the campaign's id, else its name, the email's id, the context's campaign, the list, or unknown", () => {
    const all = { campaign_id: 17, campaign_name: 'n', email_id: 'e', list_id: 'l' };
    const context = { campaign: { name: 'ctx' } };
    const campaignOf = (properties: object, more = {}) =>
      recordOf(track('Email Opened', properties, more))['campaignId'];
    expect(campaignOf(all)).toBe('17');
    expect(campaignOf({ ...all, campaign_id: '' })).toBe('n');
    expect(campaignOf({ email_id: 'e', list_id: 'l' }, { context })).toBe('e');
    expect(campaignOf({ list_id: 'l' }, { context })).toBe('ctx');
    expect(campaignOf({ list_id: 'l' })).toBe('l');
    expect(campaignOf({})).toBe('unknown');
  });
});

describe('consent preferences', () => {
  const consents = new Map([
    [
      'Advertising',
      [
        { channel: 'email', purpose: 'marketing' },
        { channel: 'sms', purpose: 'marketing' },
      ],
    ],
    ['Analytics', [{ channel: 'web', purpose: 'analytics' }]],
  ]);
  const context = { consent: { categoryPreferences: { Advertising: false, Analytics: true, Functional: true } } };

  test.each(['Segment Consent Preference Updated', 'Segment Consent Preference'])(
    '%s is the consents of its source’s table',
    (event) => {
      const { records, warnings } = accepted(track(event, {}, { context }), { source: { consents } });
      expect(records).toMatchObject([
        {
          topic: 'identities',
          event: {
            eventId: 'shop:m1',
            consents: [
              { channel: 'email', purpose: 'marketing', granted: false },
              { channel: 'sms', purpose: 'marketing', granted: false },
              { channel: 'web', purpose: 'analytics', granted: true },
            ],
          },
        },
      ]);
      expect([...warnings]).toEqual([['consents-unmapped', 1]]);
    },
  );

  test('of which the table has none are a dead letter', () => {
    expect(refused(track('Segment Consent Preference', {}, { context }))).toMatchObject({ reason: 'unmapped' });
  });

  test('of other events are not read: a stale device would grant again', () => {
    const { records } = accepted(track('Product Viewed', PRODUCT, { context }), { source: { consents } });
    expect(records.map(({ topic }) => topic)).toEqual(['interactions']);
  });
});

describe('properties and traits', () => {
  const deep = { a: { b: { c: { d: 1 }, e: [1, 'x'] } }, n: 1.5, t: true, l: [], z: null, o: {} };

  test('are texts by dotted names to a depth of three; lists and what is deeper are JSON; nothing is nothing', () => {
    const flat = { 'a.b.c': '{"d":1}', 'a.b.e': '[1,"x"]', n: '1.5', t: 'true', l: '[]' };
    expect(recordOf(track('x', deep))).toMatchObject({ properties: flat });
    expect(recordOf({ type: 'identify', traits: deep })).toMatchObject({ traits: { ...flat, z: null } });
    expect(Object.keys(recordOf(track('x', deep))['properties'] as object)).toHaveLength(5);
  });

  test.each([
    ['a value that is too long', { a: 1, b: 'x'.repeat(4_097) }, 1],
    ['a name that is too long', { a: 1, ['n'.repeat(65)]: 1 }, 1],
    ['a name that is empty', { a: 1, '': 1 }, 1],
    ['a name that Avro readers cannot take', JSON.parse('{"a": 1, "__proto__": 1}'), 1],
    ['lists that are deep', { a: 1, b: JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) }, 1],
    ['names beyond a hundred', Object.fromEntries(Array.from({ length: 103 }, (_, i) => [`a${i}`, 1])), 3],
    [
      'bytes beyond what a record has',
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a${i}`, 'x'.repeat(4_000)])),
      1,
    ],
  ])('%s: left out and said, and the rest stands', (_, properties, dropped) => {
    const { records, warnings } = accepted(track('x', properties));
    expect(warnings.get('entries-dropped')).toBe(dropped);
    expect(records).toHaveLength(1);
  });

  test.each([['x'], [[1]], [7]])('that are no object (%j) are none, and that is said', (value) => {
    expect([...accepted(track('x', value as never)).warnings]).toEqual([['no-object', 1]]);
    expect([...accepted({ type: 'identify', traits: value }).warnings]).toEqual([['no-object', 1]]);
  });

  test('that are null remove a trait, and are no property', () => {
    expect(recordOf({ type: 'identify', traits: { plan: null, address: { city: null } } })).toMatchObject({
      traits: { plan: null, 'address.city': null },
    });
    expect(recordOf(track('x', { plan: null }))['properties']).toEqual({});
  });

  test('half a surrogate pair, where a program cut a text, is no reason to refuse an event', () => {
    expect(recordOf(track('x', { title: 'a\ud83d' }))).toMatchObject({ properties: { title: 'a\ufffd' } });
  });
});

describe('what a source may send', () => {
  const browser = { source: { kind: 'browser' } } as const;

  test('by default is all for servers, interactions and traits for browsers', () => {
    expect([...sourceOf({ name: 'w', kind: 'browser', currency: 'USD' }).may].sort()).toEqual([
      'interactions',
      'traits',
    ]);
    expect(sourceOf({ name: 's', kind: 'server', currency: 'USD' }).may.size).toBe(6);
  });

  test('a part that it may not send is left out and said, the rest of the event is taken', () => {
    const { records, warnings } = accepted(
      track('Order Completed', { order_id: 'o', total: 1 }, { anonymousId: 'a1' }),
      browser,
    );
    expect(records).toMatchObject([{ topic: 'identities', event: { linkedCustomerId: 'anon:a1' } }]);
    expect([...warnings]).toEqual([['not-allowed:orders', 1]]);
  });

  test('an event of which nothing is left is ignored', () => {
    expect(map(track('Order Completed', { order_id: 'o', total: 1 }), browser)).toMatchObject({
      verdict: 'ignored',
      reason: 'not-allowed',
    });
  });

  test('actions narrow its interactions', () => {
    const source = { kind: 'browser', actions: new Set(['page_view']) } as const;
    accepted({ type: 'page', name: 'x' }, { source });
    expect(map(track('Product Added', PRODUCT), { source })).toMatchObject({ reason: 'not-allowed' });
  });

  test("every source may link an event's own two ids, and no other without leave", () => {
    const none = { source: { may: new Set<never>() } };
    expect(recordOf({ type: 'identify', anonymousId: 'a1', traits: { plan: 'x' } }, none)).toMatchObject({
      traits: {},
      linkedCustomerId: 'anon:a1',
    });
    expect(recordOf({ type: 'alias', previousId: 'a1', anonymousId: 'a1' }, none)).toMatchObject({
      linkedCustomerId: 'anon:a1',
    });
    expect(map({ type: 'alias', previousId: 'a2', anonymousId: 'a1' }, none)).toMatchObject({ reason: 'not-allowed' });
    expect(map({ type: 'identify' }, none)).toMatchObject({ reason: 'not-allowed' });
  });
});
