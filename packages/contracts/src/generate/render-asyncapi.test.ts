import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scoreNames, type TimeMs } from '@tidemark/domain';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { typeOf } from '../avro-types.ts';
import {
  catalogue,
  changeRecordTypeOf,
  KEYLESS_RECORD_TYPES,
  TIMELINE_EVENT_TYPES,
  type TopicName,
  topics,
} from '../catalogue.ts';
import { deadLetterReasons } from '../dead-letter-reasons.ts';
import type { RecordType } from '../generated/records.ts';
import { schemas } from '../generated/schemas.ts';
import {
  HEADER,
  type Headers,
  type OutputRecordType,
  outputHeaders,
  rawHeaders,
  redrivenHeaders,
  type TimelineFormat,
  type TimelineType,
  timelineHeaders,
} from '../headers.ts';
import { readSchemas } from './read-schemas.ts';
import { renderAsyncapi } from './render-asyncapi.ts';

type Reference = { readonly $ref: string };
type Channel = {
  readonly description: string;
  readonly summary: string;
  readonly messages: Readonly<Record<string, Reference>>;
};
type Operation = { readonly action: string; readonly channel: Reference; readonly messages: readonly Reference[] };
type Properties = { readonly properties: object };
type Message = {
  /** Of a timeline record in two formats. */
  readonly headers: Properties | { readonly oneOf: readonly Properties[] };
  readonly payload: { readonly schema: object };
  readonly bindings: { readonly kafka: { readonly key?: object; readonly schemaIdLocation?: string } };
  readonly examples?: readonly { readonly payload: unknown }[];
};
type AsyncapiDocument = {
  readonly info: { readonly version: string };
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
};

const ROOT = join(import.meta.dirname, '../../../..');
const files = readSchemas(join(ROOT, 'schemas'));
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const text = readFileSync(join(ROOT, 'docs/asyncapi.yaml'), 'utf8');
const document = parse(text) as AsyncapiDocument;
const { messages } = document.components;
const recordTypes = Object.keys(schemas) as RecordType[];
const ajv = new Ajv({ allErrors: true });

// Whether the document is valid AsyncAPI is for its own parser to say: scripts/check-asyncapi.ts.

test('docs/asyncapi.yaml is that of the schemas, the catalogue and the version', () => {
  expect(text).toBe(renderAsyncapi(files, version));
  expect(document.info.version).toBe(version);
});

test('a schema that changes, changes the document', () => {
  const changed = files.map((file) => ({ ...file, schema: { ...file.schema, doc: `${file.schema.doc} Changed.` } }));
  expect(renderAsyncapi(changed, version)).not.toBe(text);
});

test('every channel has one operation, on all of its messages', () => {
  const operations = Object.values(document.operations);
  expect(operations.map(({ channel }) => channel.$ref)).toEqual(topics.map(({ name }) => `#/channels/${name}`));
  for (const { channel, messages: named } of operations) {
    const { messages: all = {} } = document.channels[nameOf(channel)] ?? {};
    expect(named.map(({ $ref }) => $ref)).toEqual(Object.keys(all).map((name) => `${channel.$ref}/messages/${name}`));
  }
});

test('Tidemark receives on raw topics, and sends on all others', () => {
  for (const { action, channel } of Object.values(document.operations)) {
    const { role } = catalogue[nameOf(channel)];
    expect(action).toBe(role === 'raw' ? 'receive' : 'send');
  }
});

test('every topic has a channel with its record types as messages, and there are no others', () => {
  expect(Object.keys(document.channels)).toEqual(topics.map(({ name }) => name));
  for (const { name, records } of topics) {
    const named = document.channels[name]?.messages ?? {};
    expect(Object.keys(named).filter((message) => message !== 'tick')).toEqual(records);
    for (const [message, { $ref }] of Object.entries(named)) expect($ref).toBe(`#/components/messages/${message}`);
  }
  expect(Object.keys(messages).sort()).toEqual([...recordTypes, 'tick'].sort());
});

test('every reason of a dead letter is named', () => {
  for (const reason of deadLetterReasons) expect(document.channels['dead-letters']?.summary).toContain(`\`${reason}\``);
});

test.each(recordTypes)('%s has its newest Avro schema, and examples that it accepts', (recordType) => {
  const message = messages[recordType];
  expect(message?.payload.schema).toEqual(schemas[recordType].at(-1)?.schema);
  const type = typeOf(message?.payload.schema);
  for (const { payload } of message?.examples ?? []) expect(type.isValid(payload)).toBe(true);
});

test.each(topics.map(({ name }) => name))('the messages of %s have a key where its records have one', (name) => {
  const { role, records } = catalogue[name];
  for (const recordType of records) {
    const kafka = messages[recordType]?.bindings.kafka;
    expect(kafka?.key === undefined).toBe(KEYLESS_RECORD_TYPES.has(recordType));
    expect(kafka?.schemaIdLocation).toBe(role === 'raw' ? 'payload' : undefined);
  }
});

const written: readonly (readonly [string, Headers])[] = [
  ...topics.flatMap(({ role, records }) =>
    role === 'raw'
      ? records.map((type) => [type, { ...rawHeaders('file:1'), ...redrivenHeaders({}, '3:17') }] as const)
      : [],
  ),
  ...TIMELINE_EVENT_TYPES.map(
    (type) => [`timeline-${type}`, timelineHeadersOf(2, type, 'event-1', 1_767_225_600_000, true)] as const,
  ),
  ...([1, 2] as const).flatMap((format) => [
    ...TIMELINE_EVENT_TYPES.map(
      (type) => [`timeline-${type}`, timelineHeadersOf(format, type, 'event-1', 1_767_225_600_000)] as const,
    ),
    ...(['policy', 'live-switch', 'cutover', 'format'] as const).map(
      (type) => [`timeline-${type}`, timelineHeadersOf(format, type, null, null)] as const,
    ),
    ['tick', timelineHeadersOf(format, 'tick', null, null)] as const,
  ]),
  ...(
    [
      ...scoreNames.map(changeRecordTypeOf),
      'progress',
      'marker',
      'tier-change',
      'dead-letter',
    ] satisfies OutputRecordType[]
  ).map((type) => [type, outputHeaders(type)] as const),
];

test('every record type and every header is among the headers checked', () => {
  expect(new Set(written.map(([name]) => name))).toEqual(new Set(Object.keys(messages)));
  const names = written.flatMap(([, headers]) => Object.keys(headers));
  // By name the mark of a held id is only shown: what is written has it in the one header.
  expect(new Set([...names, HEADER.held])).toEqual(new Set(Object.values(HEADER)));
});

test.each(written)('the headers that this build writes on %s are those of the document', (name, headers) => {
  const schema = messages[name]?.headers ?? { properties: {} };
  const forms = 'oneOf' in schema ? schema.oneOf : [schema];
  const properties = forms.map((form) => Object.keys(form.properties).sort());
  expect(properties).toContainEqual(Object.keys(headers).sort());
  ajv.validate(schema, headers);
  expect(ajv.errors).toBeNull();
});

function timelineHeadersOf(
  format: TimelineFormat,
  type: TimelineType,
  eventId: string | null,
  rawAppendedAtMs: number | null,
  isHeld?: true,
): Headers {
  const origin = { topic: 'orders', offset: 12 } as const;
  const logTime = 1_767_225_600_000 as TimeMs;
  return timelineHeaders({ type, origin, logTime, clock: 'live', eventId, rawAppendedAtMs, isHeld }, undefined, format);
}

function nameOf(channel: Reference): TopicName {
  return channel.$ref.slice('#/channels/'.length) as TopicName;
}
