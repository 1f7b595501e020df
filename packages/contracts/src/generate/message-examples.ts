import { facets, type ScoreName, scoreNames } from '@tidemark/domain';
import { changeRecordTypeOf } from '../catalogue.ts';
import type { RecordType } from '../generated/records.ts';

interface Example {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Payloads for docs/asyncapi.yaml. Made up; a test checks each against its schema. */
export const messageExamples: Partial<Readonly<Record<RecordType, Example>>> = {
  ...Object.fromEntries(scoreNames.map((name) => [changeRecordTypeOf(name), changeExample(name)])),
  'interaction-event': {
    name: 'product-view',
    payload: {
      eventId: 'web-000183',
      customerId: 'customer-17',
      occurredAt: 1_767_261_600_000,
      channel: 'web',
      action: 'product_view',
      object: 'sku-400',
      category: 'shoes',
      sessionId: 'session-9',
      properties: { referrer: 'newsletter' },
    },
  },
  'order-event': {
    name: 'paid-order',
    payload: {
      eventId: 'shop-000042',
      customerId: 'customer-17',
      occurredAt: 1_767_265_200_000,
      orderId: 'order-1001',
      status: 'PAID',
      amountMinor: 12_990,
      currency: 'EUR',
      refundId: null,
      items: [{ sku: 'sku-400', quantity: 1, amountMinor: 12_990, category: 'shoes' }],
      marginMinor: 4_100,
    },
  },
  'marketing-event': {
    name: 'opened-mail',
    payload: {
      eventId: 'mail-000007',
      customerId: 'customer-17',
      occurredAt: 1_767_268_800_000,
      campaignId: 'spring',
      variant: 'b',
      channel: 'email',
      kind: 'OPENED',
    },
  },
  'identity-event': {
    name: 'consent',
    payload: {
      eventId: 'crm-000003',
      customerId: 'customer-17',
      occurredAt: 1_767_258_000_000,
      traits: { language: 'de' },
      consents: [{ channel: 'email', purpose: 'marketing', granted: true }],
      erasure: false,
      linkedCustomerId: null,
    },
  },
  punctuation: { name: 'one-day', payload: { time: 1_767_225_600_000, until: 1_767_311_999_999 } },
  'rfm-change': {
    name: 'after-an-order',
    payload: {
      number: 812,
      timelineOffset: 40_961,
      effectiveAt: 1_767_265_200_000,
      step: 1,
      from: { recency: 3, frequency: 3, monetary: 3, segment: 'need_attention', spend: 0 },
      to: { recency: 5, frequency: 3, monetary: 4, segment: 'potential_loyalist', spend: 1 },
      cause: { kind: 'event', origin: 'orders:1234', eventId: 'shop-000042' },
      foldVersion: null,
    },
  },
  progress: { name: 'up-to-an-offset', payload: { timelineOffset: 40_961, number: 310, foldVersion: null } },
  cutover: { name: 'of-rfm', payload: { facet: 'rfm', version: 3, time: 1_767_265_200_000 } },
  format: { name: 'one-header', payload: { format: 2, time: 1_767_265_200_000 } },
  'timeline-format': { name: 'one-header', payload: { format: 2 } },
  'timeline-cutover': { name: 'of-rfm', payload: { facet: 'rfm', version: 3 } },
  marker: {
    name: 'another-fold-version',
    payload: { timelineOffset: 40_961, effectiveAt: 1_767_265_200_000, foldVersion: 3, epoch: null },
  },
  'tier-change': {
    name: 'up-after-an-order',
    payload: {
      number: 97,
      timelineOffset: 40_961,
      effectiveAt: 1_767_265_200_000,
      change: 2,
      from: 'member',
      to: 'silver',
      direction: 'up',
      points: 40,
      reasons: [
        { view: 'churn.risk', value: 'low', points: 15 },
        { view: 'rfm.segment', value: 'potential_loyalist', points: 20 },
        { view: 'rfm.spend', value: '1', points: 5 },
      ],
      causes: [{ score: 'rfm', kind: 'event', origin: 'orders:1234', eventId: 'shop-000042' }],
      policyNumber: 1,
      labels: {},
      benefits: [],
      strategy: null,
      foldVersion: 1,
      epoch: null,
    },
  },
};

/** A customer's first view, with the last value of each attribute. */
function changeExample(score: ScoreName): Example {
  const view = Object.entries(facets[score].view).map(([attribute, field]) => {
    return [attribute, field.kind === 'whole' ? field.min : field.values.at(-1)];
  });
  const cause = { kind: 'event', origin: 'interactions:1234', eventId: 'web-000183' };
  const place = { number: 812, timelineOffset: 40_961, effectiveAt: 1_767_265_200_000, step: 1 };
  return {
    name: 'first-view',
    payload: { ...place, from: null, to: Object.fromEntries(view), cause, foldVersion: null },
  };
}
