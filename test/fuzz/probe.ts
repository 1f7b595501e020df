import { customerKey, laneOf } from '@tidemark/contracts';
import { until } from '../stack/service-process.ts';
import { MARK } from './events.ts';
import { type HostileRecord, ODD_CUSTOMERS } from './hostile-records.ts';

/** A customer for each lane, whom nobody else writes about. */
export function probesOf(lanes: number): string[] {
  const probes: string[] = [];
  for (let n = 0; probes.filter((probe) => probe !== undefined).length < lanes; n++) {
    const id = `${MARK}-probe-${n}`;
    probes[laneOf(customerKey(id), lanes)] ??= id;
  }
  return probes;
}

/** Brings each an order, and waits until their profile has it and every score and the tier have seen it. */
export async function proveFlow(url: string, probes: readonly string[], tokens: { producer: string; reader: string }) {
  const records = probes.map((id) => ({
    ...{ eventId: `${id}-event`, customerId: id, orderId: id, occurredAt: Date.now() },
    ...{ status: 'PAID', amountMinor: 5_000, currency: 'USD' },
  }));
  const response = await fetch(`${url}/v1/topics/orders/records`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.producer}` },
    body: JSON.stringify({ records }),
  });
  if (response.status !== 200) throw new Error(`expected the events to be taken, found ${await response.text()}`);
  for (const id of probes) {
    await until(`the event of ${id} is folded`, async () => {
      const customer = await readCustomer(url, id, tokens.reader);
      return customer?.profile?.counters.orderEvents.lifetime === 1 && typeof customer.tier?.tier === 'string';
    });
  }
}

/** Null for a customer that is not known; anything else but a profile is an error. */
export async function readCustomer(url: string, id: string, token: string) {
  const path = `${url}/v1/profiles/${encodeURIComponent(id)}`;
  const response = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
  const body = await response.text();
  if (response.status === 404) return null;
  if (response.status !== 200) throw new Error(`expected a profile, found ${response.status} ${body}`);
  return JSON.parse(body) as {
    readonly profile: { readonly counters: { readonly orderEvents: { readonly lifetime: number } } } | null;
    readonly tier: { readonly tier: string } | null;
  };
}

/** Odd customers without a profile, though something of them was accepted. An order may be too old for every fold. */
export async function unreadable(url: string, token: string, records: readonly HostileRecord[]): Promise<string[]> {
  const accepted = records.filter(({ kind, topic }) => kind === 'valid' && topic !== 'orders');
  const valid = new Set(accepted.map(({ record }) => String(record.key)));
  const missing: string[] = [];
  for (const id of ODD_CUSTOMERS) {
    if (valid.has(id) && (await readCustomer(url, id, token)) === null) missing.push(id);
  }
  return missing;
}
