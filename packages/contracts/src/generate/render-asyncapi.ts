import { stringify } from 'yaml';
import { fingerprintOf, typeOf } from '../avro-types.ts';
import { KEYLESS_RECORD_TYPES, LANES_DEFAULT, type TopicSpec, topics } from '../catalogue.ts';
import type { RecordType } from '../generated/records.ts';
import { byRecordType } from './check-schemas.ts';
import { messageExamples } from './message-examples.ts';
import { messageHeaders, tickHeaders } from './message-headers.ts';
import type { SchemaFile } from './read-schemas.ts';
import { topicProse } from './topic-prose.ts';

const HEADER = '# Generated from schemas/ and the catalogue by packages/contracts/src/generate/main.ts. Do not edit.\n';

/** docs/asyncapi.yaml: every topic and record type, as AsyncAPI 3.0.0. `version` is the project's. */
export function renderAsyncapi(files: readonly SchemaFile[], version: string): string {
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'Tidemark', version, description: ABOUT },
    servers: { kafka: SERVER },
    channels: Object.fromEntries(topics.map((topic) => [topic.name, channelOf(topic)])),
    operations: Object.fromEntries(topics.map((topic) => [`${actionOf(topic)}-${topic.name}`, operationOf(topic)])),
    components: { parameters: { namespace: NAMESPACE }, messages: allMessages(byRecordType(files)) },
  };
  return HEADER + stringify(document, { aliasDuplicateObjects: false, blockQuote: 'literal', lineWidth: 120 });
}

const ABOUT = [
  'Tidemark turns a stream of customer events into live scores and tier changes. This document has every topic: what producers may send, what Tidemark says, and what each side must do. Operations are seen from Tidemark: it receives what you send, and sends what you receive.',
  `All topics have the same number of partitions (${LANES_DEFAULT} by default, fixed for a pipeline's life), and a customer is in the same partition of each. Values are Avro, shown here in their newest version. Raw records are in Confluent's wire format, with a schema registry; all others are plain Avro, with the schema's fingerprint in the header \`schema\`. Text in headers is UTF-8.`,
].join('\n\n');

const BINDING_VERSION = '0.5.0';

const SERVER = {
  host: '{host}',
  protocol: 'kafka',
  description: 'Your Kafka cluster. The address of the schema registry is a stand-in: it, too, is yours.',
  variables: {
    host: { description: 'A bootstrap server, `name:port`.', examples: ['kafka.example.com:9092'] },
    namespace: { description: 'What the names of the topics begin with; see the parameter of the channels.' },
  },
  bindings: {
    kafka: {
      schemaRegistryUrl: 'https://schema-registry.example.com',
      schemaRegistryVendor: 'confluent',
      bindingVersion: BINDING_VERSION,
    },
  },
};

const NAMESPACE = {
  description:
    'One deployment, one tenant (`TIDEMARK_NAMESPACE`): at most 48 lower-case letters, digits and inner hyphens. Several can share a cluster.',
  examples: ['tidemark', 'acme-eu1'],
};

/** A timeline record without a value, so not in `schemas/`. */
const TICK = 'tick';

function channelOf(topic: TopicSpec): object {
  const { title, holds } = topicProse[topic.name];
  return {
    address: `{namespace}.${topic.name}`,
    title,
    summary: holds,
    description: channelDescription(topic),
    servers: [{ $ref: '#/servers/kafka' }],
    parameters: { namespace: { $ref: '#/components/parameters/namespace' } },
    messages: Object.fromEntries(messageNames(topic).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: { kafka: channelBinding(topic) },
  };
}

function channelDescription({ name, retentionMs, timestampType }: TopicSpec): string {
  const { writtenBy, readBy, key, order } = topicProse[name];
  const retention = retentionMs === null ? 'For ever' : `${retentionMs / DAY_MS} days`;
  return bullets([
    `Written by: ${writtenBy}`,
    `Read by: ${readBy}`,
    `Key: ${key}`,
    `Order: ${order}`,
    `Kept: ${retention} by default. Kafka's own timestamp is of type ${timestampType}, and decides about nothing else.`,
  ]);
}

const DAY_MS = 86_400_000;

function channelBinding({ retentionMs, timestampType, maxMessageBytes }: TopicSpec): object {
  return {
    partitions: LANES_DEFAULT,
    topicConfiguration: {
      'cleanup.policy': ['delete'],
      'retention.ms': retentionMs ?? -1,
      'max.message.bytes': maxMessageBytes,
      'message.timestamp.type': timestampType,
    },
    bindingVersion: BINDING_VERSION,
  };
}

function operationOf(topic: TopicSpec): object {
  const { title, operation, duties } = topicProse[topic.name];
  const whose = actionOf(topic) === 'receive' ? 'Who writes' : 'Who reads';
  return {
    action: actionOf(topic),
    channel: { $ref: `#/channels/${topic.name}` },
    title,
    summary: operation,
    description: `${whose}:\n\n${bullets(duties)}`,
    messages: messageNames(topic).map((name) => ({ $ref: `#/channels/${topic.name}/messages/${name}` })),
  };
}

function actionOf({ role }: TopicSpec): 'receive' | 'send' {
  return role === 'raw' ? 'receive' : 'send';
}

function messageNames({ role, records }: TopicSpec): readonly string[] {
  return role === 'timeline' ? [...records, TICK] : records;
}

/** A record type that is on several topics is on topics of one role, and so one message. */
function allMessages(versions: ReadonlyMap<string, readonly SchemaFile[]>): Readonly<Record<string, object>> {
  const messages: Record<string, object> = {};
  for (const topic of topics) {
    for (const recordType of topic.records) {
      messages[recordType] ??= messageOf(topic, recordType, versions.get(recordType) ?? []);
    }
    if (topic.role === 'timeline') messages[TICK] = tickMessage();
  }
  return messages;
}

function messageOf(topic: TopicSpec, recordType: RecordType, versions: readonly SchemaFile[]): object {
  const newest = versions.at(-1);
  if (newest === undefined) {
    throw new Error(`catalogue.ts, ${topic.name}: expected schemas/${recordType}/v1.avsc, found none; add it`);
  }
  const fingerprints = versions.map((file) => fingerprintOf(typeOf(file.schema)));
  const example = messageExamples[recordType];
  return {
    name: recordType,
    title: titleOf(recordType),
    summary: newest.schema.doc,
    contentType: 'avro/binary',
    headers: messageHeaders(topic.role, recordType, fingerprints),
    payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: newest.schema },
    bindings: { kafka: messageBinding(topic, recordType) },
    ...(example ? { examples: [example] } : {}),
  };
}

function tickMessage(): object {
  return {
    name: TICK,
    title: 'Tick',
    summary: 'Only moves the clock of the lane. Topic: timeline. No key, no value.',
    headers: tickHeaders(),
    payload: { type: 'null' },
    bindings: { kafka: { bindingVersion: BINDING_VERSION } },
  };
}

function messageBinding({ role, key }: TopicSpec, recordType: RecordType): object {
  const hasKey = !KEYLESS_RECORD_TYPES.has(recordType);
  return {
    ...(hasKey ? { key: KEYS[key] } : {}),
    ...(role === 'raw' ? { schemaIdLocation: 'payload', schemaIdPayloadEncoding: 'confluent' } : {}),
    bindingVersion: BINDING_VERSION,
  };
}

/** JSON Schema counts characters, of which there are at most as many as bytes. */
const KEYS: Readonly<Record<TopicSpec['key'], object | undefined>> = {
  customer: {
    type: 'string',
    minLength: 1,
    maxLength: 256,
    description: "The customer's id, 1 to 256 bytes of UTF-8.",
  },
  original: { description: "The refused record's key as it was: any bytes, or none." },
  none: undefined,
};

/** `order-event` becomes `Order event`. */
function titleOf(recordType: string): string {
  return recordType.charAt(0).toUpperCase() + recordType.slice(1).replaceAll('-', ' ');
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}\n`).join('');
}
