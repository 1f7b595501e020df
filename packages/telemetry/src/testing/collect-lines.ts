import type { DestinationStream } from 'pino';

/** A destination that keeps what is written to it. */
export function collectLines(): DestinationStream & {
  readonly text: () => string;
  readonly lines: () => readonly unknown[];
} {
  let text = '';
  return {
    write(line) {
      text += line;
    },
    text: () => text,
    lines: () => text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown])),
  };
}
