import { setTimeout as sleep } from 'node:timers/promises';
import { createProducer, httpTransport } from '@tidemark/producer';
import { describeWithServers } from '@tidemark/testkit/servers';
import kafkajs from 'kafkajs';
import { afterAll, expect, test } from 'vitest';
import { applyLayout, Deployment, variablesFor } from './deployment.ts';
import { FOLDING } from './remote-pipeline.ts';
import { killAll, until } from './service-process.ts';

const CUSTOMERS = 100;
const NAMESPACE = 'processes';
/** How long a server is away: longer than the first tries take. */
const OUTAGE_MS = 3_000;
/** Over longer than all tries of one question take. */
const HANGING_SAMPLES = 16;
/** A schema id that no process has met, so that the registry has to be asked. */
const UNKNOWN_SCHEMA = 987_654;

describeWithServers(
  'all services as processes',
  ['kafka', 'redis', 'registry'],
  (stack, prepare) => {
    let deployment: Deployment;

    prepare(async () => {
      // A member that was killed is missed for as long as that.
      const variables = variablesFor(stack(), NAMESPACE, { TIDEMARK_KAFKA_SESSION_TIMEOUT_MS: '6000' });
      await applyLayout(variables);
      deployment = await Deployment.start(variables);
      await until('events are taken', () => takesEvents());
    });
    afterAll(killAll);

    test('events that the producer brings become profiles and tier changes', async () => {
      await sendRound(1, 5);
      await until('every order is folded', () => everyCustomerHas(5));
      await until('the profile, which takes its time, has them too', async () => {
        const customer = await deployment.get('/v1/profiles/customer-7');
        return customer?.clock === 'live' && customer.profile?.counters.orderEvents.lifetime === 5;
      });
      await until('a tier change is told', async () => {
        const changes = await deployment.get('/v1/profiles/customer-7/tier-changes');
        return changes?.items.length > 0 && changes.items[0].to === (await tierOf('customer-7'));
      });
    });

    test('a service that is killed goes on where it was when it comes back, and nothing is lost', async () => {
      await deployment.process('rfm').stop('SIGKILL');
      await sendRound(6, 7);
      const rfm = await deployment.startService('rfm');
      await rfm.ready();
      await until('what came meanwhile is folded', () => everyCustomerHas(7));
    });

    test('without a score tier is alive and not ready, and says for whom it waits; with it it goes on', async () => {
      const tier = deployment.process('tier');
      await deployment.process('churn').stop('SIGKILL');
      await until('tier says for whom it waits', async () => {
        const works = (await tier.health())?.checks.find(({ name }) => name === 'tier works');
        return works?.ok === false && /standing still .*waiting for churn-changes/.test(works.detail);
      });
      expect((await tier.health('/livez'))?.ok).toBe(true);
      await deployment.startService('churn');
      await tier.ready();
    });

    test('without Redis services are not ready; with it they go on by themselves, and nothing is lost', async () => {
      const [rfm, tier] = [deployment.process('rfm'), deployment.process('tier')];
      await stack().redis.kill();
      await until('rfm and tier say that the store is away', async () => {
        const reports = await Promise.all([rfm.health(), tier.health()]);
        const stores = reports.map((report) => report?.checks.find(({ name }) => name === 'store'));
        return reports.every((report) => report?.ok === false) && stores.every((store) => store?.ok === false);
      });
      const store = (await rfm.health())?.checks.find(({ name }) => name === 'store');
      expect(store?.detail).toMatch(/store \(Redis, or the data folder\) runs/);
      await sendRound(8, 9);
      await sleep(OUTAGE_MS);
      expect((await rfm.health('/livez'))?.ok).toBe(true);
      await stack().redis.restart();
      await Promise.all([rfm.ready(), tier.ready()]);
      await until('what came meanwhile is folded', () => everyCustomerHas(9));
      expect(deployment.processes.every(({ isRunning }) => isRunning)).toBe(true);
    });

    test('while the registry hangs unify is not ready at any moment, and says which lane waits for it; then it goes on', async () => {
      const unify = deployment.process('unify');
      const { registry, kafka } = stack();
      await registry.suspend();
      await until('unify says that the registry is away', async () => {
        const report = await unify.health();
        return report?.checks.some(({ name, ok }) => name === 'registry' && !ok) === true;
      });
      await sendOfSchema(UNKNOWN_SCHEMA, kafka.brokers);
      await until('unify says that a lane waits', async () => {
        const report = await unify.health();
        return report?.checks.some(({ detail }) => /waiting for the schema registry/.test(detail)) === true;
      });
      const reports = [];
      for (let sample = 0; sample < HANGING_SAMPLES; sample++) {
        reports.push(await unify.health());
        await sleep(OUTAGE_MS / 2);
      }
      expect(reports.map((report) => report?.ok)).toEqual(reports.map(() => false));
      const detail = reports.flatMap((report) => report?.checks ?? []).find(({ name }) => name === 'registry')?.detail;
      expect(detail).toMatch(/schema registry runs and can be reached.*outages\.md#registry-unavailable/);
      expect((await unify.health('/livez'))?.ok).toBe(true);
      await registry.resume();
      await unify.ready();
      await sendRound(10, 11);
      await until('what came since is folded', () => everyCustomerHas(11));
    });

    test('without Kafka services are not ready; with it they go on by themselves, and nothing is lost', async () => {
      const { processes } = deployment;
      await stack().kafka.kill();
      await until('no service is ready', async () => {
        const reports = await Promise.all(processes.map((service) => service.health()));
        return reports.every((report) => report !== null && !report.ok);
      });
      await sleep(OUTAGE_MS);
      await stack().kafka.restart();
      await Promise.all(processes.map((service) => service.ready()));
      await sendRound(12, 13);
      await until('what came since is folded', () => everyCustomerHas(13));
      expect(processes.every(({ isRunning }) => isRunning)).toBe(true);
    });

    test('a request of 3 MB for one customer is taken whole, though Kafka takes 1 MiB at once', async () => {
      const properties = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, 'v'.repeat(4_000)]));
      const interaction = { customerId: 'customer-0', occurredAt: Date.now(), channel: 'web', action: 'page_view' };
      const records = Array.from({ length: 15 }, (_, i) => ({ ...interaction, eventId: `large-${i}`, properties }));
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', headers, body: JSON.stringify({ records }) };
      const response = await fetch(`${deployment.url}/v1/topics/interactions/records`, request);
      expect(response.status).toBe(200);
      const { positions } = (await response.json()) as { readonly positions: readonly { readonly offset: number }[] };
      expect(positions.map(({ offset }, i) => offset - i)).toEqual(records.map(() => positions[0]?.offset));
    });

    test('SIGTERM ends each within 5 s with 0, after it has left its group', async () => {
      const ends = await Promise.all(deployment.processes.map((service) => service.stop()));
      expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0));
      expect(Math.max(...ends.map(({ tookMs }) => tookMs))).toBeLessThan(5_000);
      expect(await membersOf(FOLDING)).toEqual(FOLDING.map(() => 0));
    });

    /** What is no event is refused as such only where events are taken. */
    async function takesEvents(): Promise<boolean> {
      const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"records":[{}]}' };
      const { status } = await fetch(`${deployment.url}/v1/topics/orders/records`, request);
      return status === 400;
    }

    /** Paid orders number `from` to `to` of every customer; with the same numbers the same events. */
    async function sendRound(from: number, to: number): Promise<void> {
      const producer = createProducer({ transport: httpTransport({ url: deployment.url }) });
      try {
        const sent: Promise<unknown>[] = [];
        for (let number = from; number <= to; number++) {
          for (let customer = 0; customer < CUSTOMERS; customer++) {
            const id = `${customer}-${number}`;
            const order = { eventId: id, orderId: id, customerId: `customer-${customer}`, occurredAt: new Date() };
            sent.push(producer.order({ ...order, status: 'PAID', currency: 'USD', amountMinor: 10_000 }));
          }
        }
        await Promise.all(sent);
      } finally {
        await producer.close();
      }
    }

    /** A raw record of some schema id. */
    async function sendOfSchema(id: number, brokers: readonly string[]): Promise<void> {
      const value = Buffer.alloc(8);
      value.writeUInt32BE(id, 1);
      const { Kafka, logLevel } = kafkajs;
      const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
      await producer.connect();
      await producer.send({ topic: `${NAMESPACE}.orders`, messages: [{ key: 'customer-7', value }] });
      await producer.disconnect();
    }

    async function everyCustomerHas(orders: number): Promise<boolean> {
      const ids = Array.from({ length: CUSTOMERS }, (_, customer) => `customer-${customer}`);
      const profiles = await Promise.all(ids.map((id) => deployment.get(`/v1/profiles/${id}`)));
      return profiles.every((profile) => profile?.scores?.rfm?.exact.orders === orders);
    }

    async function tierOf(customerId: string): Promise<string | undefined> {
      return (await deployment.get(`/v1/profiles/${customerId}`))?.tier?.tier;
    }

    async function membersOf(groups: readonly string[]): Promise<number[]> {
      const { Kafka, logLevel } = kafkajs;
      const admin = new Kafka({ brokers: [...stack().kafka.brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const described = await admin.describeGroups(groups.map((group) => `${NAMESPACE}.${group}`));
      await admin.disconnect();
      return described.groups.map(({ members }) => members.length);
    }
  },
  { redisArguments: ['--appendonly', 'yes', '--appendfsync', 'always'] },
);
