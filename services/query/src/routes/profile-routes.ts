import { isHeldId } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import type { Page } from '@tidemark/reading';
import { describeRoute } from '../http/describe-route.ts';
import { customerIdOf, customerParams, pageQuery, pageRequest } from '../http/parameters.ts';
import type { App } from '../http/schema-types.ts';
import type { Reader } from '../ports.ts';
import { Problem } from '../problems/problem.ts';
import { customerJson, customerSchema } from '../responses/customer.ts';
import { explanationJson, explanationSchema } from '../responses/explanation.ts';
import { page } from '../responses/schema.ts';
import { tierChangeEntryJson, tierChangeSchema } from '../responses/tier-change.ts';
import { timelineEntryJson, timelineEntrySchema } from '../responses/timeline.ts';

const common = { role: 'reader', tag: 'Customers', params: customerParams, problems: [404] } as const;

export function addProfileRoutes(app: App, reader: Reader): void {
  app.get(
    '/v1/profiles/:id',
    describeRoute({ ...common, summary: 'A customer now: profile, scores, tier', answer: customerSchema }),
    async ({ params }) => customerJson(await known(params.id, (id) => reader.readCustomer(id))),
  );
  app.get(
    '/v1/profiles/:id/timeline',
    describeRoute({
      ...common,
      summary: 'What happened to a customer, newest first',
      querystring: pageQuery,
      answer: page(timelineEntrySchema),
    }),
    async ({ params, query }) =>
      pageJson(await known(params.id, (id) => reader.readTimeline(id, pageRequest(query))), timelineEntryJson),
  );
  app.get(
    '/v1/profiles/:id/tier-changes',
    describeRoute({
      ...common,
      summary: "A customer's changes of tier, newest first",
      querystring: pageQuery,
      answer: page(tierChangeSchema),
    }),
    async ({ params, query }) =>
      pageJson(await known(params.id, (id) => reader.readTierChanges(id, pageRequest(query))), tierChangeEntryJson),
  );
  app.get(
    '/v1/profiles/:id/explain',
    describeRoute({
      ...common,
      summary: 'Why a customer has their tier, and what comes next',
      answer: explanationSchema,
    }),
    async ({ params }) => explanationJson(await known(params.id, (id) => reader.explainCustomer(id))),
  );
}

const HELD_ID =
  'Expected the id of a customer, found one that begins with `anon:`: what it does is kept on the timeline, and nothing folds ' +
  'it, since nobody has said whose it is. Its events are at `/timeline`.';

async function known<Answer>(id: string, read: (customerId: CustomerId) => Promise<Answer | null>): Promise<Answer> {
  const answer = await read(customerIdOf(id));
  if (answer !== null) return answer;
  if (isHeldId(id)) throw new Problem('held-id', HELD_ID);

  throw new Problem(
    'unknown-customer',
    'Expected the id of a customer with at least one event, found none of that id.',
  );
}

function pageJson<Item, Json>({ items, next }: Page<Item>, toJson: (item: Item) => Json) {
  return { items: items.map(toJson), next };
}
