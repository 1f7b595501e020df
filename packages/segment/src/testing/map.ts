import type { TimeMs } from '@tidemark/domain';
import { expect } from 'vitest';
import { mapCall } from '../calls/map-call.ts';
import type { Accepted, Outcome, Refused } from '../outcome.ts';
import { type Source, sourceOf } from '../source.ts';

export const RECEIVED_AT = Date.UTC(2026, 10, 21, 12) as TimeMs;
const TIMESTAMP = '2026-11-21T11:59:00.000Z';
export const OCCURRED_AT = Date.UTC(2026, 10, 21, 11, 59);

export interface Circumstances {
  readonly source?: Partial<Source>;
  readonly sentAt?: unknown;
  readonly isImported?: boolean;
}

/** A call of a server `shop` whose currency is USD, made a minute ago, with an id, unless it says otherwise. */
export function map(call: object, { source, sentAt, isImported = false }: Circumstances = {}): Outcome {
  return mapCall(
    { messageId: 'm1', userId: 'anna', timestamp: TIMESTAMP, ...call },
    {
      source: sourceOf({ name: 'shop', kind: 'server', currency: 'USD', ...source }),
      receivedAt: RECEIVED_AT,
      sentAt,
      isImported,
      newId: () => 'made',
    },
  );
}

export function accepted(call: object, circumstances: Circumstances = {}): Accepted {
  const outcome = map(call, circumstances);
  expect(outcome).toMatchObject({ verdict: 'accepted' });
  return outcome as Accepted;
}

/** The one record of a call, without its topic. */
export function recordOf(call: object, circumstances: Circumstances = {}): Readonly<Record<string, unknown>> {
  const { records } = accepted(call, circumstances);
  expect(records).toHaveLength(1);
  return records[0]?.event as never;
}

export function refused(call: object, circumstances: Circumstances = {}): Refused {
  const outcome = map(call, circumstances);
  expect(outcome).toMatchObject({ verdict: 'refused' });
  return outcome as Refused;
}

export function track(event: string, properties: object = {}, more: object = {}): object {
  return { type: 'track', event, properties, ...more };
}
