import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { Problem } from '../problems/problem.ts';
import { INGEST_BYTES_MAX } from './bounds.ts';
import type { App } from './schema-types.ts';

const unzipWithin = promisify((bytes: Uint8Array, done: (error: Error | null, result: Buffer) => void) =>
  unzip(bytes, { maxOutputLength: INGEST_BYTES_MAX }, done),
);

/**
 * Bodies are JSON in UTF-8, as it is or in gzip or deflate. Fastify alone would put U+FFFD where bytes are of another encoding, so that three customers of
 * a Latin-1 file became one: such a body is refused.
 */
export function parseBodies(app: App): void {
  // Its own answers to keys that would reach a prototype.
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    inflated(bytes, request.headers['content-encoding']).then((body) => {
      if (isUtf8(body)) void parse(request, body.toString('utf8'), done);
      else done(notUtf8(body));
    }, done);
  });
}

async function inflated(bytes: Buffer, encoding = 'identity'): Promise<Buffer> {
  if (encoding === 'identity') return bytes;
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new Problem('unsupported-media-type', 'Expected the content encoding gzip, deflate or none, found another.');
  }
  try {
    return await unzipWithin(bytes);
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    if (isTooLarge)
      throw new Problem('body-too-large', `Expected a body of at most ${INGEST_BYTES_MAX} bytes, inflated.`);
    throw new Problem(
      'invalid-request',
      `Expected a body in the content encoding that its header says, found another.`,
    );
  }
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
