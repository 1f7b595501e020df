import { camelCase, pascalCase, titleOf, wordsOf } from './names.ts';

/** A text that goes into a file, before another that stands there once. */
export interface Insertion {
  readonly file: string;
  readonly before: string;
  readonly text: string;
}

/** The schemas of a new raw topic by path: an event of some kind, of a customer. */
export function topicFiles(name: string): ReadonlyMap<string, string> {
  const pascal = pascalCase(name);
  const kind = { name: 'kind', type: 'string', doc: 'What happened; 1 to 64 bytes.' };
  const raw = {
    type: 'record',
    name: `${pascal}Event`,
    namespace: 'tidemark',
    doc: `An event of ${name}, as its producer says it. Topic: ${name}. Key: customerId.`,
    fields: [EVENT_ID, CUSTOMER_ID, OCCURRED_AT, kind],
  };
  const timeline = {
    type: 'record',
    name: `Timeline${pascal}`,
    namespace: 'tidemark',
    doc: `An event of ${name}. Topic: timeline. Key: the customer's id.`,
    fields: [EVENT_ID, OCCURRED_AT, kind],
  };
  return new Map([
    [`schemas/${name}-event/v1.avsc`, `${JSON.stringify(raw, null, 2)}\n`],
    [`schemas/timeline-${name}/v1.avsc`, `${JSON.stringify(timeline, null, 2)}\n`],
  ]);
}

const EVENT_ID = { name: 'eventId', type: 'string', doc: "The producer's id for this event, 1 to 256 bytes." };
const CUSTOMER_ID = {
  name: 'customerId',
  type: 'string',
  doc: "The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte.",
};
const OCCURRED_AT = {
  name: 'occurredAt',
  type: { type: 'long', logicalType: 'timestamp-millis' },
  doc: 'When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999.',
};

/**
 * What a new raw topic needs of code that is there, from the producer's side to the folds. It stands before what identities
 * have in the same place.
 */
export function topicInsertions(name: string): readonly Insertion[] {
  return [
    ...inContracts(name),
    ...inDomain(name),
    ...inTimeline(name),
    ...inProducer(name),
    ...inTests(name),
    {
      file: 'packages/replay/src/timeline/raw-record-of.ts',
      before: "    case 'identity':\n",
      text: `    case '${name}':\n      return { recordType: '${name}-event', value: { ...data, customerId } };\n`,
    },
  ];
}

function inContracts(name: string): readonly Insertion[] {
  const key = keyOf(name);
  return [
    {
      file: 'packages/contracts/src/catalogue.ts',
      before: '} as const satisfies Readonly<Record<string, EventTopicSpec>>;\n',
      text: `  ${key}: { recordType: '${name}-event', type: '${name}', cause: 'an event of ${wordsOf(name)}' },\n`,
    },
    {
      file: 'packages/contracts/src/embedded-schema-ids.ts',
      before: '];\n\nexport const embeddedSchemaIds',
      text: `  { recordType: '${name}-event', version: 1 },\n`,
    },
    {
      file: 'packages/contracts/src/generate/topic-prose.ts',
      before: "  control: {\n    title: 'Control',\n",
      text: `  ${key}: raw('${titleOf(name)}', 'Events of ${wordsOf(name)}.', 'events of ${wordsOf(name)}'),\n`,
    },
  ];
}

function inDomain(name: string): readonly Insertion[] {
  const event = `${pascalCase(name)}Event`;
  return [
    {
      file: 'packages/domain/src/events.ts',
      before: "  | { readonly type: 'identity'; ",
      text: `  | { readonly type: '${name}'; readonly data: ${event} }\n`,
    },
    {
      file: 'packages/domain/src/events.ts',
      before: 'export interface IdentityEvent extends Occurrence {\n',
      text: `export interface ${event} extends Occurrence {\n  readonly kind: string;\n}\n\n`,
    },
    {
      file: 'packages/domain/src/facets/behaviour/behaviour.ts',
      before: "    case 'identity':\n      return undefined;\n",
      text: `    case '${name}':\n`,
    },
    {
      file: 'packages/domain/src/facets/behaviour/batch.ts',
      before: "    case 'identity':\n      return 'identity';\n",
      text: `    case '${name}':\n      return '${name}';\n`,
    },
    {
      file: 'packages/domain/src/facets/profile/profile.ts',
      before: "    case 'identity': {\n",
      text: `    case '${name}':\n      return state;\n`,
    },
  ];
}

function inTimeline(name: string): readonly Insertion[] {
  const [camel, pascal] = [camelCase(name), pascalCase(name)];
  const file = 'packages/timeline/src/accept.ts';
  return [
    { file, before: '  type IdentityEventRecord,\n', text: `  type ${pascal}EventRecord,\n` },
    {
      file,
      before: "    case 'identity-event':\n",
      text: `    case '${name}-event':\n      return normalise${pascal}(record.value);\n`,
    },
    {
      file,
      before: 'function normaliseIdentity(',
      text: `function normalise${pascal}(${camel}: ${pascal}EventRecord): TimelineEventRecord | Refusal {
  const { eventId, occurredAt, kind } = ${camel};
  return checkText('kind', kind, 'name') ?? { type: '${name}', data: { eventId, occurredAt, kind } };
}

`,
    },
  ];
}

function inProducer(name: string): readonly Insertion[] {
  const [key, camel, pascal] = [keyOf(name), camelCase(name), pascalCase(name)];
  const [inputs, records] = ['packages/producer/src/event-inputs.ts', 'packages/producer/src/event-records.ts'];
  const producer = 'packages/producer/src/producer.ts';
  return [
    {
      file: inputs,
      before: 'export interface IdentityInput extends EventInput {\n',
      text: `export interface ${pascal}Input extends EventInput {
  /** What happened; at most 64 bytes. */
  readonly kind: string;
}

`,
    },
    { file: inputs, before: '  readonly identities: IdentityInput;\n', text: `  readonly ${key}: ${pascal}Input;\n` },
    { file: records, before: '  IdentityEventRecord,\n', text: `  ${pascal}EventRecord,\n` },
    {
      file: records,
      before: '  readonly identities: IdentityEventRecord;\n',
      text: `  readonly ${key}: ${pascal}EventRecord;\n`,
    },
    { file: records, before: "  identities: 'identity-event',\n", text: `  ${key}: '${name}-event',\n` },
    {
      file: records,
      before: '  identities: record<IdentityEventRecord>({\n',
      text: `  ${key}: record<${pascal}EventRecord>({ ...common, kind: text('name') }),\n`,
    },
    { file: 'packages/producer/src/index.ts', before: '  IdentityInput,\n', text: `  ${pascal}Input,\n` },
    {
      file: producer,
      before: "  identity(input: EventInputs['identities']): Promise<Delivered>;\n",
      text: `  ${camel}(input: EventInputs['${name}']): Promise<Delivered>;\n`,
    },
    {
      file: producer,
      before: "    identities: new TopicQueue('identities', bounds, delivery),\n",
      text: `    ${key}: new TopicQueue('${name}', bounds, delivery),\n`,
    },
    {
      file: producer,
      before: "    identity: (input) => send('identities', input),\n",
      text: `    ${camel}: (input) => send('${name}', input),\n`,
    },
  ];
}

/** Producing, accepting and both in one under chaos. */
function inTests(name: string): readonly Insertion[] {
  const [key, camel] = [keyOf(name), camelCase(name)];
  const draw = 'test/chaos/draw-event.ts';
  return [
    {
      file: 'packages/producer/src/encode-event.test.ts',
      before: '  identities: common,\n',
      text: `  ${key}: { ...common, kind: 'any' },\n`,
    },
    {
      file: 'packages/timeline/src/accept-produced.test.ts',
      before: '  identities: fc.record({\n',
      text: `  ${key}: fc.record({ ...common, kind: text }),\n`,
    },
    { file: draw, before: '  identities: 0.5,\n', text: `  ${key}: 0.5,\n` },
    {
      file: draw,
      before: "      case 'identities': {\n",
      text: `      case '${name}':\n        return { topic, eventId, input: { ...common, kind: random.pick(['some', 'other']) } };\n`,
    },
    {
      file: 'test/chaos/load.ts',
      before: "      case 'identities':\n        return producer",
      text: `      case '${name}':\n        return producer.${camel}(event.input);\n`,
    },
  ];
}

/** The text with the insertion; throws where its place is not there once. */
export function inserted(source: string, { file, before, text }: Insertion): string {
  const [head = '', tail, ...more] = source.split(before);
  if (tail === undefined || more.length > 0) {
    const found = tail === undefined ? 'none' : `${more.length + 1}`;
    throw new Error(
      `${file}: expected ${JSON.stringify(before)} once, found ${found}: mend scripts/new/topic-files.ts`,
    );
  }
  return head + text + before + tail;
}

/** As a property's name. */
function keyOf(name: string): string {
  return camelCase(name) === name ? name : `'${name}'`;
}
