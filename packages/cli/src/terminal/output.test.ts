import { EventEmitter, once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { Output, OutputClosed } from './output.ts';

test('a write waits for a slow reader', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const output = new Output(stream);
  let isDone = false;
  const writing = output.line('hello').then(() => {
    isDone = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isDone).toBe(false);
  stream.read();
  await writing;
  expect(isDone).toBe(true);
});

test('a line is one line, whatever the text holds, unless the very characters were asked for', async () => {
  const stream = new PassThrough();
  const output = new Output(stream);
  await output.line('anna\n\x1b[31mTier: platinum');
  await output.exactLine('a\tb');
  expect(String(stream.read())).toBe('anna\\n\\u001b[31mTier: platinum\na\tb\n');
});

test('a reader that has gone ends the writing with OutputClosed, while it waits and afterwards', async () => {
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stream = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => setImmediate(done, broken) });
  const output = new Output(stream);
  await expect(output.line('hello')).rejects.toThrow(OutputClosed);
  await expect(output.line('again')).rejects.toThrow(OutputClosed);
  await output.flush();
});

test('another failure of the stream is not taken for a reader that has gone', () => {
  const stream = new EventEmitter() as unknown as PassThrough;
  new Output(stream);
  expect(() => stream.emit('error', Object.assign(new Error('no space left'), { code: 'ENOSPC' }))).toThrow(
    'no space left',
  );
});

test('flush resolves only when all is written', async () => {
  const stream = new PassThrough();
  const output = new Output(stream);
  await output.line('hello');
  await output.flush();
  expect(stream.readableLength).toBe(6);
  stream.end();
  stream.resume();
  await once(stream, 'end');
});
