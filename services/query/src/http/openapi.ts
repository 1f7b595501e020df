import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { RECORDS_URL } from './bounds.ts';
import { problemSchema } from './describe-route.ts';
import { describeEvents, EVENT_SCHEMAS } from './event-schemas.ts';
import type { App } from './schema-types.ts';
import { DOCS_CONTENT_SECURITY_POLICY } from './security-headers.ts';

/** The OpenAPI document at /openapi.json, made of the routes' own schemas, and a page to try it at /docs. Before the routes. */
export async function addOpenApi(app: App): Promise<void> {
  app.addSchema(problemSchema);
  for (const schema of EVENT_SCHEMAS.values()) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tidemark',
        version: '1',
        description: 'Customers, their scores and their tiers, kept current as events arrive. Times are ISO 8601, UTC.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'Not needed where no token is configured.' },
        },
      },
    },
    transform: ({ schema, url }) => ({ schema: url === RECORDS_URL ? describeEvents(schema) : schema, url }),
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, index) => String($id ?? `schema-${index}`) },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_CONTENT_SECURITY_POLICY,
    // The validator's badge would ask a server elsewhere.
    uiConfig: { validatorUrl: null, tryItOutEnabled: true, docExpansion: 'list' },
  });
  // Documents are public: they say what could be asked, not what would be answered.
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
}
