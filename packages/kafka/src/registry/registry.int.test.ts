import { createServer } from 'node:http';
import { ContractError, createRawDecoder, encodeRaw, RAW_RECORD_TYPES, schemas } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { describeWithServers } from '@tidemark/testkit/servers';
import { describe, expect, test } from 'vitest';
import { applySchemas, seedProducerSubject } from './apply-schemas.ts';
import { connectRegistry } from './registry-connection.ts';
import { RegistrySchemaIds } from './registry-schema-ids.ts';

const punctuation = { time: 1_700_000_000_000 as TimeMs, until: 1_700_000_001_000 as TimeMs };

describeWithServers('a schema registry', ['registry'], (stack) => {
  const connection = () => ({ url: stack().registry.url, auth: null });

  test('has no ids of ours before apply, and those of all raw record types after, by several at once; apply again changes none', async () => {
    const ids = await RegistrySchemaIds.open(connection());
    expect(RAW_RECORD_TYPES.map((recordType) => ids.idOf(recordType))).toEqual(RAW_RECORD_TYPES.map(() => undefined));
    const [outcomes = [], ...others] = await Promise.all([1, 2].map(() => applySchemas(connection())));
    expect(others).toEqual([outcomes]);
    expect(outcomes.map(({ recordType, version }) => [recordType, version])).toEqual(
      RAW_RECORD_TYPES.flatMap((recordType) => schemas[recordType].map(({ version }) => [recordType, version])),
    );
    await ids.refresh();
    const found = outcomes.map(({ recordType, version }) => ids.idOf(recordType, version));
    expect(found).toEqual(outcomes.map((outcome) => ('id' in outcome ? outcome.id : outcome.refused)));
    expect(ids.idOf('policy')).toBe(ids.idOf('policy', 2));
    expect(await applySchemas(connection())).toEqual(outcomes);
  });

  test('takes schemas from several at once: the same ids for all, and nothing refused', async () => {
    const atOnce = <Outcome>(apply: () => Promise<Outcome>) => Promise.all([apply(), apply(), apply()]);
    for (let round = 0; round < 10; round++) {
      const subject = `shop.at-once-${round}`;
      const outcomes = await atOnce(() => seedProducerSubject(connection(), subject, 'order-event'));
      expect(outcomes).toEqual(Array(3).fill({ ...outcomes[0], id: expect.any(Number) }));
    }
  });

  test('gives back schemas with which raw records decode', async () => {
    await applySchemas(connection());
    const ids = await RegistrySchemaIds.open(connection());
    const bytes = encodeRaw('punctuation', ids.idOf('punctuation') ?? 0, punctuation);
    expect(await createRawDecoder(ids).decode(bytes)).toEqual({
      ok: true,
      recordType: 'punctuation',
      value: punctuation,
    });
  });

  test('an id that it does not have, and one that no registry could have, are unknown', async () => {
    const ids = await RegistrySchemaIds.open(connection());
    for (const id of [0, 999_999, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) expect(await ids.schemaOf(id)).toBeNull();
  });

  test('a schema that is no Avro of ours makes a dead letter, not a stop', async () => {
    const answer = await fetch(`${stack().registry.url}/subjects/stranger/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schemaType: 'JSON', schema: '{"type":"object"}' }),
    });
    const { id } = (await answer.json()) as { id: number };
    const ids = await RegistrySchemaIds.open(connection());
    const bytes = encodeRaw('punctuation', id, punctuation);
    expect(await createRawDecoder(ids).decode(bytes)).toMatchObject({ ok: false, reason: 'unknown-schema' });
  });

  test('a schema that cannot read what was written before is refused, with the registry’s own reason', async () => {
    await applySchemas(connection());
    const config = await fetch(`${stack().registry.url}/config/tidemark.Punctuation`);
    expect(await config.json()).toEqual({ compatibilityLevel: 'BACKWARD' });
    const incompatible = {
      type: 'record',
      namespace: 'tidemark',
      name: 'Punctuation',
      fields: [{ name: 'new', type: 'string' }],
    };
    const answer = await fetch(`${stack().registry.url}/subjects/tidemark.Punctuation/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(incompatible) }),
    });
    expect(answer.status).toBe(409);
  });

  describe('a producer’s own subject', () => {
    const subject = 'shop.orders-value';
    const own = schemas['order-event'].at(-1)?.schema;

    test('begins with our schema, and takes later versions that we can read: a status of the producer’s own', async () => {
      const outcome = await seedProducerSubject(connection(), subject, 'order-event');
      expect(outcome).toMatchObject({ recordType: 'order-event', subject, id: expect.any(Number) });
      expect(await seedProducerSubject(connection(), subject, 'order-event')).toEqual(outcome);

      const { status, id } = await registerUnder(subject, withStatus(own, 'SHIPPED'));
      expect(status).toBe(200);
      const decoder = createRawDecoder(await RegistrySchemaIds.open(connection()));
      const serializer = connectRegistry(connection());
      for (const [written, found] of [
        ['SHIPPED', 'UNKNOWN'],
        ['PLACED', 'PLACED'],
      ]) {
        const bytes = await serializer.encode(id, { ...order, status: written });
        expect(await decoder.decode(bytes)).toMatchObject({ ok: true, value: { orderId: 'order-1', status: found } });
      }
    });

    test('is refused a version that we could not read, before a record is written with it', async () => {
      await seedProducerSubject(connection(), subject, 'order-event');
      expect(await registerUnder(subject, withoutField(own, 'amountMinor'))).toMatchObject({ status: 409 });
    });

    test('leaves our own subject to us: it takes no version that cannot read what was written before', async () => {
      await applySchemas(connection());
      expect(await registerUnder('tidemark.OrderEvent', withNewField(own))).toMatchObject({ status: 409 });
    });

    test('that has another compatibility already is told, and stays as it is', async () => {
      const taken = 'shop.taken-value';
      await registerUnder(taken, own);
      await fetch(`${stack().registry.url}/config/${taken}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ compatibility: 'BACKWARD' }),
      });
      expect(await seedProducerSubject(connection(), taken, 'order-event')).toMatchObject({
        refused: expect.stringContaining('FORWARD_TRANSITIVE'),
      });
    });

    async function registerUnder(name: string, schema: unknown): Promise<{ status: number; id: number }> {
      const answer = await fetch(`${stack().registry.url}/subjects/${name}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema: JSON.stringify(schema) }),
      });
      const { id } = (await answer.json()) as { id: number };
      return { status: answer.status, id };
    }
  });

  test('that hangs is unavailable after a while, and answers again when it is back', async () => {
    const ids = await RegistrySchemaIds.open(connection());
    // One that it was not asked for before: what it has answered is known.
    const unknownId = 999_999;
    await stack().registry.suspend();
    const error = await Promise.resolve(ids.schemaOf(unknownId)).catch((reason: unknown) => reason);
    await stack().registry.resume();
    expect(error).toBeInstanceOf(ContractError);
    expect(error).toMatchObject({ code: 'registry-unavailable', retriable: true });
    expect(await ids.schemaOf(unknownId)).toBeNull();
  });
});

describe('a registry that is only played', () => {
  test('is sent the password, or the token', async () => {
    const seen = await authorizationsSeen(async (url) => {
      for (const auth of [{ username: 'me', password: 'secret' }, { token: 'abc' }, null]) {
        await RegistrySchemaIds.open({ url, auth });
      }
    });
    expect(seen).toEqual(new Set([`Basic ${btoa('me:secret')}`, 'Bearer abc', undefined]));
  });

  test('refuses an incompatible schema: its reason comes back, and later versions are not tried', async () => {
    await withRegistry(
      (path) => (path.endsWith('/versions') ? [409, { error_code: 409, message: 'field gone' }] : [404, {}]),
      async (url) => {
        const outcomes = await applySchemas({ url, auth: null });
        expect(outcomes[0]).toMatchObject({
          recordType: RAW_RECORD_TYPES[0],
          version: 1,
          refused: expect.stringMatching(/field gone/),
        });
        expect(outcomes).toHaveLength(RAW_RECORD_TYPES.length);
      },
    );
  });

  test('that says conflict while another registers the same is asked again, and its answer counts', async () => {
    const conflicts = new Map<string, number>();
    await withRegistry(
      (path) => {
        if (path.startsWith('/config')) return [200, { compatibilityLevel: 'BACKWARD' }];
        const count = (conflicts.get(path) ?? 0) + 1;
        conflicts.set(path, count);
        return count < 3 ? [409, { error_code: 409, message: 'already exists' }] : [200, { id: 7 }];
      },
      async (url) => {
        const outcomes = await applySchemas({ url, auth: null });
        expect(outcomes.filter((outcome) => 'refused' in outcome).map(({ subject }) => subject)).toEqual([]);
      },
    );
    expect(new Set(conflicts.values())).toEqual(new Set([3, 4]));
  });

  test('that is not there, or breaks, is unavailable: none of its answers becomes a dead letter', async () => {
    await expect(RegistrySchemaIds.open({ url: 'http://127.0.0.1:1', auth: null })).rejects.toThrow(ContractError);
    await withRegistry(
      () => [500, { message: 'broken' }],
      async (url) => {
        await expect(applySchemas({ url, auth: null })).rejects.toThrow(/registry at .* to answer, found: .*broken/);
      },
    );
  });
});

const order = {
  eventId: 'event-1',
  customerId: 'ada',
  occurredAt: 1_700_000_000_000,
  orderId: 'order-1',
  amountMinor: 100,
  currency: 'EUR',
  refundId: null,
  items: [],
  marginMinor: null,
};

interface OwnSchema {
  fields: { name: string; type: unknown; default?: unknown }[];
}

function changed(schema: unknown, change: (own: OwnSchema) => void): OwnSchema {
  const own = structuredClone(schema) as OwnSchema;
  change(own);
  return own;
}

const withStatus = (schema: unknown, symbol: string) =>
  changed(schema, ({ fields }) => {
    const status = fields.find(({ name }) => name === 'status')?.type as { symbols: string[] };
    status.symbols.push(symbol);
  });

const withoutField = (schema: unknown, field: string) =>
  changed(schema, (own) => {
    own.fields = own.fields.filter(({ name }) => name !== field);
  });

const withNewField = (schema: unknown) =>
  changed(schema, ({ fields }) => {
    fields.push({ name: 'warehouse', type: 'string' });
  });

describe('a registry that accepts every connection', { timeout: 60_000 }, () => {
  test('and answers nothing is given up, whatever is asked of it', async () => {
    let hangs = false;
    await withRegistry(
      () => (hangs ? null : NOT_FOUND),
      async (url) => {
        const connection = { url, auth: null };
        const ids = await RegistrySchemaIds.open(connection);
        hangs = true;
        const unavailable = { code: 'registry-unavailable', retriable: true };
        await Promise.all([
          expect(RegistrySchemaIds.open(connection)).rejects.toMatchObject(unavailable),
          expect(applySchemas(connection)).rejects.toMatchObject(unavailable),
          expect(ids.schemaOf(1)).rejects.toMatchObject(unavailable),
          expect(ids.ping()).rejects.toMatchObject(unavailable),
        ]);
      },
    );
  });

  test('is there, whatever it answers to a ping', async () => {
    await withRegistry(
      () => NOT_FOUND,
      async (url) => (await RegistrySchemaIds.open({ url, auth: null })).ping(),
    );
  });
});

const NOT_FOUND: [number, object] = [404, { error_code: 40401, message: 'none' }];

async function authorizationsSeen(work: (url: string) => Promise<void>): Promise<Set<string | undefined>> {
  const seen = new Set<string | undefined>();
  await withRegistry((_path, authorization) => {
    seen.add(authorization);
    return NOT_FOUND;
  }, work);
  return seen;
}

async function withRegistry(
  /** Null: never. */
  answer: (path: string, authorization: string | undefined) => [number, object] | null,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    const answered = answer(request.url ?? '', request.headers.authorization);
    if (answered === null) return;
    const [status, body] = answered;
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await work(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
