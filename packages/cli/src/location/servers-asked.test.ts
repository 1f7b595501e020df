import { expect, test } from 'vitest';
import { readServersAsked } from './servers-asked.ts';

const data = '.tidemark';
const ADDRESSES = { kafka: 'a:9092,b:9092', redis: 'redis://c:6379', registry: 'http://d:8081' };
const SECRET = 'open-sesame';

test('without addresses it is a data folder, whatever the environment has', () => {
  expect(readServersAsked({ data }, { TIDEMARK_KAFKA_BROKERS: 'a:9092', TIDEMARK_REDIS_URL: 'nonsense' })).toBeNull();
});

test('three addresses are servers, and win over the environment, which says the rest', () => {
  const variables = { TIDEMARK_KAFKA_BROKERS: 'x:1', TIDEMARK_NAMESPACE: 'shop', TIDEMARK_LANES: '7' };
  const settings = readServersAsked({ data, ...ADDRESSES }, variables);
  expect(settings).toMatchObject({ namespace: 'shop', lanes: 7, redis: { url: ADDRESSES.redis } });
  expect(settings?.kafka.connection.brokers).toEqual(['a:9092', 'b:9092']);
  expect(settings?.registry?.url).toBe(ADDRESSES.registry);
  expect(readServersAsked({ data, ...ADDRESSES, lanes: 3 }, variables)?.lanes).toBe(3);
});

test.each([['kafka'], ['redis'], ['registry']] as const)(
  'two of the addresses, without --%s, are refused',
  (missing) => {
    const { [missing]: _, ...two } = ADDRESSES;
    expect(() => readServersAsked({ data, ...two }, {})).toThrow('Expected --kafka, --redis and --registry together');
  },
);

test('a password in an address is refused, and not shown', () => {
  const wrong = { redis: `redis://me:${SECRET}@c:6379`, registry: `http://me:${SECRET}@d:8081` };
  const told = () => readServersAsked({ data, ...ADDRESSES, ...wrong }, {});
  expect(told).toThrow(/TIDEMARK_REDIS_URL: .*\nTIDEMARK_REGISTRY_URL: /);
  expect(told).not.toThrow(SECRET);
});
