import { EVENT_TOPICS, type EventTopic, eventJsonSchema } from '@tidemark/contracts';

const topics = Object.keys(EVENT_TOPICS) as EventTopic[];
const PATH = '/v1/topics/{topic}/records';

interface Document {
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly components?: Readonly<Record<string, unknown>>;
}

interface IngestPath {
  readonly post: {
    readonly requestBody: { readonly content: Readonly<Record<string, { readonly schema: IngestBody }>> };
  };
}

interface IngestBody {
  readonly properties: { readonly records: { items: unknown } };
}

/**
 * The same document with the schemas of events as components, by name. They describe what a request may hold, and check nothing: what is
 * wrong in an event is told by its fields, of which they know less.
 */
export function withEventSchemas<D extends Document>(document: D): D {
  const schemas = Object.fromEntries(topics.map((topic) => [nameOf(topic), eventJsonSchema(topic)]));
  const path = document.paths?.[PATH] as IngestPath | undefined;
  for (const { schema } of Object.values(path?.post.requestBody.content ?? {})) {
    schema.properties.records.items = {
      anyOf: topics.map((topic) => ({ $ref: `#/components/schemas/${nameOf(topic)}` })),
    };
  }
  const known = document.components?.['schemas'] as object | undefined;
  return { ...document, components: { ...document.components, schemas: { ...known, ...schemas } } };
}

function nameOf(topic: EventTopic): string {
  return String(eventJsonSchema(topic)['title']);
}
