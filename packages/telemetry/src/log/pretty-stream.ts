import type { DestinationStream } from 'pino';

/** Turns each line of JSON into one for people: time, level, message, fields; stack frames on lines of their own. */
export function prettyStream(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(formatLine(line)) };
}

interface Line {
  readonly time?: string;
  readonly level?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

function formatLine(line: string): string {
  const { time = '', level = '', msg = '', ...fields } = JSON.parse(line) as Line;
  const frames = framesOf(fields);
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  const clock = time.slice('2026-11-21T'.length, '2026-11-21T10:00:00.000'.length);
  const first = [clock, level.toUpperCase().padEnd(5), msg, ...shown].filter((part) => part !== '').join(' ');
  return `${[first, ...frames.map((frame) => `    ${frame}`)].join('\n')}\n`;
}

/** Takes the frames out of the fields, or of the error among them. */
function framesOf(fields: Record<string, unknown>): readonly string[] {
  for (const holder of [fields, fields['err']]) {
    if (typeof holder !== 'object' || holder === null || !('stack' in holder)) continue;
    const { stack } = holder;
    delete holder.stack;
    if (Array.isArray(stack)) return stack.map(String);
  }
  return [];
}

/** Control characters would rewrite the terminal or fake a line: a text that needs quotes gets JSON's. */
function formatValue(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
