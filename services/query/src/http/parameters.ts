import { Buffer } from 'node:buffer';
import { CUSTOMER_ID_BYTES_MAX, type CustomerId } from '@tidemark/domain';
import { type Static, Type } from 'typebox';
import type { PageRequest } from '../ports.ts';
import { Problem } from '../problems/problem.ts';
import { CURSOR_LENGTH_MAX, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from './bounds.ts';

const idDescription = `1 to ${CUSTOMER_ID_BYTES_MAX} bytes of UTF-8, percent-encoded`;

export const customerParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: CUSTOMER_ID_BYTES_MAX, description: idDescription }),
});

export const tierParams = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 256, description: "a tier's name of 1 to 256 characters" }),
});

export const pageQuery = Type.Object(
  {
    limit: Type.Integer({
      minimum: 1,
      maximum: PAGE_LIMIT_MAX,
      default: PAGE_LIMIT_DEFAULT,
      description: `a whole number from 1 to ${PAGE_LIMIT_MAX}`,
    }),
    cursor: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: CURSOR_LENGTH_MAX,
        description: `the \`next\` of the page before, at most ${CURSOR_LENGTH_MAX} characters`,
      }),
    ),
  },
  { additionalProperties: false },
);

export function pageRequest({ limit, cursor }: Static<typeof pageQuery>): PageRequest {
  return { limit, cursor: cursor ?? null };
}

/** Throws a `Problem` for an id that no record's key can have. */
export function customerIdOf(id: string): CustomerId {
  const bytes = Buffer.byteLength(id, 'utf8');
  if (bytes > CUSTOMER_ID_BYTES_MAX) {
    const error = { field: 'path.id', expected: idDescription, found: `${bytes} bytes` };
    throw new Problem('invalid-request', `path.id: expected ${error.expected}, found ${error.found}.`, {
      errors: [error],
    });
  }
  return id as CustomerId;
}
