import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { inflateRaw, unzip } from 'node:zlib';
import { Refused } from './answer.ts';
import type { BodyBudget } from './body-budget.ts';

const MIB = 1_048_576;
/** Of a body as it is read in the end. */
const BODY_BYTES_MAX = 4 * MIB;
/** Of one that is compressed, as it comes. */
const COMPRESSED_BYTES_MAX = MIB;

const options = { maxOutputLength: BODY_BYTES_MAX };
const unzipWithin = promisify((bytes: Uint8Array, done: (error: Error | null, result: Buffer) => void) =>
  unzip(bytes, options, done),
);
const inflateRawWithin = promisify((bytes: Uint8Array, done: (error: Error | null, result: Buffer) => void) =>
  inflateRaw(bytes, options, done),
);

/** The client went away before its request was whole: nobody is there to be answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * The bytes of a body as they come. What is beyond the bounds is let pass by unread, so that the client reads its answer. Throws
 * `Refused` and `ClientGone`.
 */
export function readBytes(request: IncomingMessage, budget: BodyBudget): Promise<Buffer> {
  return collect(request, budget, encodingOf(request) === 'identity' ? BODY_BYTES_MAX : COMPRESSED_BYTES_MAX);
}

/** The body of these bytes. Throws `Refused`. */
export async function inflateBody(request: IncomingMessage, bytes: Buffer, budget: BodyBudget): Promise<Buffer> {
  const encoding = encodingOf(request);
  if (encoding === 'identity') return bytes;
  if (encoding !== 'gzip' && encoding !== 'x-gzip' && encoding !== 'deflate') {
    throw new Refused(400, 'expected the content encoding gzip, deflate or none, found another');
  }
  const body = await inflate(bytes, encoding);
  if (!budget.hold(request, body.length)) throw tooMuchAtOnce();
  return body;
}

/** Both. */
export async function readBody(request: IncomingMessage, budget: BodyBudget): Promise<Buffer> {
  return inflateBody(request, await readBytes(request, budget), budget);
}

function encodingOf({ headers }: IncomingMessage): string {
  return headers['content-encoding']?.trim().toLowerCase() || 'identity';
}

function collect(request: IncomingMessage, budget: BodyBudget, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const give = (outcome: () => void) => {
      request.off('data', take).resume();
      outcome();
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) return give(() => reject(tooLarge(bytesMax)));
      if (!budget.hold(request, chunk.length)) return give(() => reject(tooMuchAtOnce()));
      chunks.push(chunk);
    };
    request.on('data', take);
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(new ClientGone()));
    request.on('close', () => reject(new ClientGone()));
  });
}

async function inflate(bytes: Buffer, encoding: string): Promise<Buffer> {
  try {
    // Some that say deflate leave out zlib's header.
    const isRaw = encoding === 'deflate' && ((bytes[0] ?? 0) & 0x0f) !== 8;
    return await (isRaw ? inflateRawWithin(bytes) : unzipWithin(bytes));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(BODY_BYTES_MAX);
    throw new Refused(400, `expected a body in the content encoding that its header says, found another`);
  }
}

function tooLarge(bytesMax: number): Refused {
  return new Refused(413, `expected a body of at most ${bytesMax} bytes, found more. Send fewer events at a time`);
}

function tooMuchAtOnce(): Refused {
  return new Refused(
    503,
    'expected fewer bodies at once, found too many. Nothing was written; try again in a moment',
    5,
  );
}

/** The text of a body. Bytes that are not UTF-8 are refused: replaced, they would make one customer of several. */
export function textOfBody(body: Buffer): string {
  if (!isUtf8(body)) throw new Refused(400, 'expected a body in UTF-8, found another encoding. Nothing was written');
  const text = body.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
