import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const integration = '**/*.int.test.ts';
const endToEnd = 'test/**/*.e2e.test.ts';
/** Whole pipelines of seeded faults, and the whole bundled data set: all processor, for minutes. */
const simulated = [
  'test/simulation/*.test.ts',
  'test/replay/output-hashes.test.ts',
  'packages/replay/src/{dataset,replay}.test.ts',
];
/** Commands on data folders, with a whole pipeline behind each. */
const onFolders = ['packages/cli/src/{dead-letters,doctor,rebuild,replay,verify}/*.test.ts'];
/** End to end on Kafka, Redis and a registry. */
const onServers = ['test/stack/*.e2e.test.ts', 'test/fuzz/servers.e2e.test.ts'];
/** As long as anything, and most of it waiting. */
const chaos = ['test/chaos/*.e2e.test.ts'];
const never = ['**/node_modules/**', '**/.tidemark/**'];

/** Milliseconds. A unit test calls functions, an integration test opens sockets or data folders, an end-to-end test starts programs. */
const timeoutsMs = { unit: 60_000, integration: 120_000, endToEnd: 600_000 };

/**
 * A file's folder or suffix chooses its project. The groups run one after another, the quick ones first, each with as many
 * files at once: by default Vitest leaves a core to itself, which is half of two. Projects of one group share its workers,
 * so that a core is left without work once a group and not once a project; there they come by name, and of a project first
 * what took longest the last time.
 */
const cores = Math.max(2, availableParallelism());
const projects = [
  {
    name: 'unit',
    group: 1,
    include: ['packages/**/*.test.ts', 'services/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [integration, endToEnd, ...onFolders, ...simulated],
    maxWorkers: cores,
    // They share nothing that one could spoil for another, and loading the same modules for each file is a third of the work.
    isolate: false,
    timeoutMs: timeoutsMs.unit,
  },
  { name: 'simulation', group: 2, include: simulated, exclude: [], maxWorkers: cores, timeoutMs: timeoutsMs.endToEnd },
  {
    name: 'integration',
    group: 2,
    include: [integration, ...onFolders],
    exclude: [],
    maxWorkers: cores,
    timeoutMs: timeoutsMs.integration,
  },
  // Each of these starts programs of its own, and waits for them more than it works.
  { name: 'chaos', group: 3, include: chaos, exclude: [], maxWorkers: 2, timeoutMs: timeoutsMs.endToEnd },
  {
    name: 'e2e',
    group: 3,
    include: [endToEnd],
    exclude: [...onServers, ...chaos],
    maxWorkers: 2,
    timeoutMs: timeoutsMs.endToEnd,
  },
  { name: 'e2e-servers', group: 3, include: onServers, exclude: [], maxWorkers: 2, timeoutMs: timeoutsMs.endToEnd },
];

export default defineConfig({
  test: {
    globalSetup: 'test/global-setup.ts',
    projects: projects.map(({ name, group, include, exclude, maxWorkers, isolate = true, timeoutMs }) => ({
      test: {
        name,
        include,
        exclude: [...never, ...exclude],
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        maxWorkers,
        isolate,
        // From 1: Vitest runs a project of order 0 with one worker after all others.
        sequence: { groupOrder: group },
        // Programs that tests start need not compile the same TypeScript again each time.
        env: { NODE_COMPILE_CACHE: join(tmpdir(), 'tidemark-compile-cache') },
      },
    })),
  },
});
