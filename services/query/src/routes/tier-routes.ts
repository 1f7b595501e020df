import { describeRoute } from '../http/describe-route.ts';
import { pageQuery, pageRequest, tierParams } from '../http/parameters.ts';
import type { App } from '../http/schema-types.ts';
import type { Reader } from '../ports.ts';
import { Problem } from '../problems/problem.ts';
import { page } from '../responses/schema.ts';
import { tierCountsSchema, tierMemberJson, tierMemberSchema } from '../responses/tier.ts';

const common = { role: 'reader', tag: 'Tiers' } as const;

export function addTierRoutes(app: App, reader: Reader): void {
  app.get(
    '/v1/tiers',
    describeRoute({ ...common, summary: 'How many customers each tier has', answer: tierCountsSchema }),
    async () => ({ tiers: await reader.readTiers() }),
  );
  app.get(
    '/v1/tiers/:name',
    describeRoute({
      ...common,
      summary: 'The customers of a tier',
      params: tierParams,
      querystring: pageQuery,
      answer: page(tierMemberSchema),
      problems: [404],
    }),
    async ({ params, query }) => {
      const members = await reader.readTier(params.name, pageRequest(query));
      if (members === null) throw new Problem('unknown-tier', 'Expected a tier that /v1/tiers lists.');
      return { items: members.items.map(tierMemberJson), next: members.next };
    },
  );
}
