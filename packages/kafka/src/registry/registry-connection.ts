import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';

/** How to reach a registry that speaks Confluent's API. */
export interface RegistryConnection {
  /** Where that API begins, such as `https://registry:8081`. */
  readonly url: string;
  readonly auth: { readonly username: string; readonly password: string } | { readonly token: string } | null;
}

type Arguments = ConstructorParameters<typeof SchemaRegistry>[0];

/** Milliseconds that an answer may take; without it a registry that hangs would be waited for for ever. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Two more tries, quickly: whoever decodes waits and tries again alone. */
const RETRY = { retries: 2, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 1 };
/** Whoever only asks whether it answers asks again soon. */
const NO_RETRY = { ...RETRY, retries: 0 };

export function connectRegistry(
  { url, auth }: RegistryConnection,
  { timeoutMs = ANSWER_TIMEOUT_MS, retries = true } = {},
): SchemaRegistry {
  const withTimeout: NonNullable<Arguments['middlewares']>[number] = () => ({
    prepareRequest: async (next) => {
      const request = await next();
      return request.enhance({
        timeout: timeoutMs,
        ...(auth !== null && 'token' in auth ? { headers: { authorization: `Bearer ${auth.token}` } } : {}),
      });
    },
  });
  return new SchemaRegistry({
    host: url.replace(/\/$/, ''),
    retry: retries ? RETRY : NO_RETRY,
    middlewares: [withTimeout],
    ...(auth !== null && 'username' in auth ? { auth } : {}),
  });
}

/** The status of a registry's answer. The client says 400 as well when there was none. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}

/**
 * Subjects are named after the record, whatever the topic (RecordNameStrategy): record types share topics, punctuations
 * are in all of them, and deployments that share a registry share the schemas.
 */
export function subjectOf(schema: object): string {
  const { namespace, name } = schema as { namespace: string; name: string };
  return `${namespace}.${name}`;
}
