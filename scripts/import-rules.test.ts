import { describe, expect, test } from 'vitest';
import { findViolations } from './import-rules.ts';

describe('import rules', () => {
  test.each([
    ['packages/domain/src/tier.ts', `import { readFileSync } from 'node:fs';`],
    ['packages/domain/src/tier.ts', `import { z } from 'zod';`],
    ['packages/domain/src/tier.ts', `export * from '@tidemark/stream';`],
    ['packages/domain/src/tier.ts', `const stream = await import('@tidemark/stream');`],
    ['packages/domain/src/tier.ts', `const anything = await import(name);`],
    ['packages/domain/src/tier.ts', `import { score } from '../../stream/src/score.ts';`],
    ['packages/domain/src/tier.ts', `import { type Lane } from '@tidemark/stream';`],
    ['packages/stream/src/lane.ts', `import { EventEmitter } from 'node:events';`],
    ['packages/stream/src/lane.ts', `import { encode } from '@tidemark/contracts';`],
    ['packages/contracts/src/codec.ts', `import { readFileSync } from 'node:fs';`],
    ['packages/contracts/src/codec.ts', `import { z } from 'zod';`],
    ['packages/embedded/src/log.ts', `import { readPolicy } from '@tidemark/policy';`],
    ['packages/kafka/src/log.ts', `import { openStore } from '@tidemark/redis';`],
    ['packages/policy/src/policy.ts', `import { unify } from '@tidemark/service-unify';`],
    ['packages/policy/src/policy.ts', `import { arbitraryEvent } from '@tidemark/testkit';`],
    ['packages/cli/src/main.ts', `import { arbitraryEvent } from '@tidemark/testkit';`],
    ['packages/plain-fold/src/fold.ts', `import { foldChunk } from '@tidemark/stream';`],
    ['packages/testkit/src/run.ts', `import { unify } from '@tidemark/service-unify';`],
    ['services/rfm/src/main.ts', `import { unify } from '@tidemark/service-unify';`],
    ['services/rfm/src/main.test.ts', `import { unify } from '@tidemark/service-unify';`],
    ['services/rfm/src/main.ts', `import { arbitraryEvent } from '@tidemark/testkit';`],
    ['services/rfm/src/main.ts', `import { unify } from '../../unify/src/index.ts';`],
  ])('forbid %s: %s', (file, source) => {
    expect(findViolations(file, source)).toHaveLength(1);
  });

  test.each([
    ['packages/domain/src/tier.ts', `import { score } from './score.ts';`],
    ['packages/domain/src/tier.ts', `import type { Lane } from '@tidemark/stream';`],
    ['packages/domain/src/tier.ts', `// import 'node:fs'\nconst words = "import 'node:fs'";`],
    ['packages/domain/src/tier.test.ts', `import { test } from 'vitest';\nimport { readFileSync } from 'node:fs';`],
    ['packages/stream/src/lane.ts', `import { score } from '@tidemark/domain';`],
    ['packages/stream/src/lane.test.ts', `import { arbitraryEvent } from '@tidemark/testkit';`],
    ['packages/contracts/src/codec.ts', `import avsc from 'avsc';`],
    ['packages/contracts/src/generate/main.ts', `import { readFileSync } from 'node:fs';`],
    ['packages/kafka/src/log.ts', `import { Lane } from '@tidemark/stream';\nimport { Producer } from 'client';`],
    ['packages/cli/src/main.ts', `import { unify } from '@tidemark/service-unify';`],
    ['services/rfm/src/main.ts', `import { Lane } from '@tidemark/stream';\nimport { parse } from 'csv-parse';`],
    ['services/rfm/src/main.test.ts', `import { arbitraryEvent } from '@tidemark/testkit';`],
    ['test/run.e2e.test.ts', `import { unify } from '@tidemark/service-unify';`],
  ])('allow %s: %s', (file, source) => {
    expect(findViolations(file, source)).toEqual([]);
  });
});
