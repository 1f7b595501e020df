import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Record<string, unknown> }>>>>;
}

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const { get } = await startTestServer();
    const document = (await (await get('/openapi.json')).json()) as Document;
    expect(document.openapi).toBe('3.1.0');
    const result = await new Validator().validate(document as never);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  test('has every route of the API, each with what it may be refused for', async () => {
    const { get } = await startTestServer();
    const { paths } = (await (await get('/openapi.json')).json()) as Document;
    expect(Object.entries(paths).map(([path, operations]) => [path, Object.keys(operations)])).toEqual([
      ['/v1/profiles/{id}', ['get']],
      ['/v1/profiles/{id}/timeline', ['get']],
      ['/v1/profiles/{id}/tier-changes', ['get']],
      ['/v1/profiles/{id}/explain', ['get']],
      ['/v1/tiers', ['get']],
      ['/v1/tiers/{name}', ['get']],
      ['/v1/tier-changes', ['get']],
      ['/v1/lanes', ['get']],
      ['/v1/topics/{topic}/records', ['post']],
    ]);
    for (const operation of Object.values(paths).flatMap((operations) => Object.values(operations))) {
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['200', '400', '401', '403', '429', '500', '503']),
      );
    }
  });
});

test('says of each topic what its events are, so that a generated client has their types', async () => {
  const { get } = await startTestServer();
  const document = (await (await get('/openapi.json')).json()) as {
    readonly paths: Readonly<Record<string, { readonly post?: { readonly requestBody: unknown } }>>;
    readonly components: { readonly schemas: Readonly<Record<string, { readonly required: readonly string[] }>> };
  };
  const body = JSON.stringify(document.paths['/v1/topics/{topic}/records']?.post?.requestBody);
  for (const name of ['InteractionEvent', 'OrderEvent', 'MarketingEvent', 'IdentityEvent']) {
    expect(body).toContain(`"#/components/schemas/${name}"`);
    expect(document.components.schemas[name]?.required).toEqual(
      expect.arrayContaining(['eventId', 'customerId', 'occurredAt']),
    );
  }
});

describe('the page to try it', () => {
  test('is where / leads, and loads nothing from elsewhere', async () => {
    const { get } = await startTestServer();
    expect((await get('/')).headers.get('location')).toBe('/docs');
    const page = await get('/docs/');
    const html = await page.text();
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(loaded.length).toBeGreaterThan(3);
    for (const address of loaded) {
      expect(address).toMatch(/^\.\//);
      const part = await get(`/docs/${address}`);
      await part.arrayBuffer();
      expect(part.status, address).toBe(200);
    }
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*/);
  });
});
