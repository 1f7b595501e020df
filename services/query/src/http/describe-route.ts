import { type TSchema, Type } from 'typebox';
import type { Role } from '../auth/tokens.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS } from '../problems/problem.ts';

/** The problem document, shared by all routes. */
export const problemSchema = Type.Object(
  {
    type: Type.String({ description: '`urn:tidemark:problem:<kind>`' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String({ description: 'Names this very failure, for a look into the log.' })),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          index: Type.Optional(Type.Integer({ description: 'Place in `records`.' })),
          field: Type.String(),
          expected: Type.String(),
          found: Type.String(),
        }),
      ),
    ),
  },
  { $id: 'Problem', description: 'RFC 9457' },
);

/** What a route is, for the server and for the OpenAPI document at once. */
export function describeRoute<const Extra extends RequestSchemas = Record<never, never>>(
  route: {
    readonly role: Role;
    readonly tag: string;
    readonly summary: string;
    readonly description?: string;
    /** Of a 200. */
    readonly answer: TSchema;
    readonly answerMediaType?: string;
    /** Statuses of problems besides those that every route may give. */
    readonly problems?: readonly number[];
  } & Extra,
) {
  const { role, tag, summary, description, answer, answerMediaType, problems, params, querystring, headers, body } =
    route;
  const success = { description: 'Success', content: { [answerMediaType ?? 'application/json']: { schema: answer } } };
  const schema = {
    tags: [tag],
    summary,
    description: `${description === undefined ? '' : `${description} `}For the role ${role}.`,
    security: [{ bearer: [] }],
    response: { 200: success, ...problemResponses([400, 401, 403, 429, 500, 503, ...(problems ?? [])]) },
    ...(params && { params }),
    querystring: querystring ?? Type.Object({}, { additionalProperties: false }),
    ...(headers && { headers }),
    ...(body && { body }),
  } as unknown as Pick<Extra, keyof RequestSchemas & keyof Extra>;
  return { schema, config: { role } };
}

interface RequestSchemas {
  readonly params?: TSchema;
  readonly querystring?: TSchema;
  readonly headers?: TSchema;
  readonly body?: TSchema;
}

function problemResponses(statuses: readonly number[]): Record<number, unknown> {
  return Object.fromEntries(statuses.map((status) => [status, problemResponse(status)]));
}

function problemResponse(status: number) {
  const titles = Object.values(PROBLEMS).filter((problem) => problem.status === status);
  const description = titles.map(({ title }) => title).join(', or: ');
  return { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: 'Problem#' } } } };
}
