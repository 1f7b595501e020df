import { defineConfig } from 'vitest/config';

const integration = '**/*.int.test.ts';
const endToEnd = 'test/**/*.e2e.test.ts';
/** End to end on Kafka, Redis and a registry. */
const onServers = ['test/stack/*.e2e.test.ts', 'test/chaos/*.e2e.test.ts', 'test/fuzz/servers.e2e.test.ts'];
const never = ['**/node_modules/**', '**/.tidemark/**'];

/** Milliseconds. A unit test calls functions, an integration test opens sockets, an end-to-end test starts programs. */
const timeoutsMs = { unit: 20_000, integration: 60_000, endToEnd: 600_000 };

/** A file's suffix chooses its project. The projects run one after another, so that the slow ones have the machine. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/**/*.test.ts', 'services/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...never, integration, endToEnd],
          testTimeout: timeoutsMs.unit,
          hookTimeout: timeoutsMs.unit,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: [integration],
          exclude: never,
          testTimeout: timeoutsMs.integration,
          hookTimeout: timeoutsMs.integration,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: [endToEnd],
          exclude: [...never, ...onServers],
          testTimeout: timeoutsMs.endToEnd,
          hookTimeout: timeoutsMs.endToEnd,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e-servers',
          include: onServers,
          exclude: never,
          testTimeout: timeoutsMs.endToEnd,
          hookTimeout: timeoutsMs.endToEnd,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
