import { isUtf8 } from 'node:buffer';
import { Problem } from '../problems/problem.ts';
import type { App } from './schema-types.ts';

/**
 * Bodies are JSON in UTF-8. Fastify alone would put U+FFFD where bytes are of another encoding, so that three customers of
 * a Latin-1 file became one: such a body is refused.
 */
export function parseBodies(app: App): void {
  // Its own answers to keys that would reach a prototype.
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (isUtf8(body)) void parse(request, body.toString('utf8'), done);
    else done(notUtf8(body));
  });
}

function notUtf8(body: Buffer): Problem {
  const at = invalidByteOf(body);
  return new Problem(
    'invalid-request',
    `Expected a body in UTF-8, found none at byte ${at}, counted from 0. Nothing was written. Send it in UTF-8: what is ` +
      'read from a file or a database of another encoding, such as Latin-1, has to be decoded as that first.',
  );
}

/** The offset of the first byte that is not UTF-8. */
function invalidByteOf(body: Buffer): number {
  const text = body.toString('utf8');
  let from = 0;
  for (let bytes = 0; ; ) {
    const at = text.indexOf(REPLACEMENT, from);
    bytes += Buffer.byteLength(text.slice(from, at));
    const wasWritten = body.subarray(bytes, bytes + 3).equals(REPLACEMENT_BYTES);
    if (at < 0 || !wasWritten) return bytes;
    bytes += 3;
    from = at + 1;
  }
}

const REPLACEMENT = '\ufffd';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);
