import { Problem } from '../problems/problem.ts';
import type { App } from './schema-types.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Answers 405 where a route has the address but not the method. `addRoutes` adds the routes. */
export function refuseOtherMethods(app: App, addRoutes: () => void): void {
  const methodsByUrl = new Map<string, Set<string>>();
  let isCollecting = true;
  app.addHook('onRoute', ({ url, method }) => {
    if (!isCollecting) return;
    const methods = methodsByUrl.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsByUrl.set(url, methods);
  });
  addRoutes();
  isCollecting = false;
  for (const [url, allowed] of methodsByUrl) {
    const allow = [...allowed].sort().join(', ');
    app.route({
      url,
      method: METHODS.filter((method) => !allowed.has(method)),
      schema: { hide: true },
      // After the rate limit, before the body.
      preParsing: async () => {
        throw new Problem('method-not-allowed', `Expected ${allow}.`, { headers: { allow } });
      },
      handler: async () => undefined,
    });
  }
}
