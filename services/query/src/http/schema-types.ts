import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify';
import type { FastifyBaseLogger } from 'fastify/types/logger.js';
import type { Static, TSchema } from 'typebox';
import type { Caller, Role } from '../auth/tokens.ts';

/** What a handler gets is typed by the route's schemas. */
export interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, SchemaTypes>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. Every route under /v1/ says so; the others are for everyone. */
    readonly role?: Role;
  }
  interface FastifyRequest {
    caller: Caller;
  }
}
