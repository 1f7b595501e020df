import { applySchemas } from '@tidemark/kafka';
import { shareServers } from '@tidemark/testkit/share-servers';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly sharedServersUrl: string;
  }
}

/** Once for a run of the tests. The function that comes back ends it. */
export function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  return shareServers(provide, async ({ registry }, name) => {
    // Files that apply the same schemas to a fresh registry at once would get into each other's way.
    if (name === 'registry') await applySchemas({ url: registry.url, auth: null });
  });
}
