import { requireServer } from '@tidemark/testkit';
import { describeProfileStore } from '@tidemark/testkit/conformance';
import { afterAll, beforeAll, describe } from 'vitest';
import { openRedisStore, type RedisServerOptions } from './index.ts';
import { startRedisCluster, startRedisServer } from './testing/redis-server.ts';

describe.skipIf(!requireServer('redis-server'))('with real servers', () => {
  describeOn('RedisStore on one server', async () => {
    const server = await startRedisServer({});
    return { server: { mode: 'single', url: server.url }, close: server.close };
  });

  describeOn('RedisStore on a cluster of three nodes', async () => {
    const cluster = await startRedisCluster();
    return { server: { mode: 'cluster', url: cluster.nodes[0]?.url ?? '' }, close: cluster.close };
  });
});

interface Started {
  readonly server: RedisServerOptions;
  close(): Promise<void>;
}

function describeOn(name: string, start: () => Promise<Started>): void {
  describe(name, () => {
    let started: Started;
    let namespaces = 0;
    beforeAll(async () => {
      started = await start();
    });
    afterAll(async () => {
      await started?.close();
    });

    describeProfileStore(name, async () => {
      const namespace = `conformance-${namespaces++}`;
      const store = await openRedisStore({ ...started.server, namespace, lanes: 2, onWarning: () => {} });
      return { store, reader: store, services: ['rfm', 'churn', 'tier'], close: async () => store.close() };
    });
  });
}
