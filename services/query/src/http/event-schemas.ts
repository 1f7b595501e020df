import { EVENT_TOPICS, type EventTopic, eventJsonSchema, type JsonSchema } from '@tidemark/contracts';
import type { FastifySchema } from 'fastify';

/** Each kind of event as the API takes it in JSON. For documents: `encodeEvent` judges, and says what is wrong by fields. */
export const EVENT_SCHEMAS: ReadonlyMap<EventTopic, JsonSchema & { readonly $id: string }> = new Map(
  (Object.keys(EVENT_TOPICS) as EventTopic[]).map((topic) => {
    const schema = eventJsonSchema(topic);
    return [topic, { $id: String(schema['title']), ...schema }];
  }),
);

/** The body of a request that brings events: a list of any kind, of which the topic takes its own. */
export function describeEvents(schema: FastifySchema): FastifySchema {
  const body = schema.body as { readonly properties: { readonly records: JsonSchema } } | undefined;
  if (body === undefined) return schema;
  const items = { anyOf: [...EVENT_SCHEMAS.values()].map(({ $id }) => ({ $ref: `${$id}#` })) };
  const records = { ...body.properties.records, items };
  return { ...schema, body: { ...body, properties: { ...body.properties, records } } };
}
