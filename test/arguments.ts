import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: Options }>>['values'];

/**
 * The process's arguments as `read` makes them out. `--help` prints the usage and ends with 0; what is not an option, or
 * what `read` throws, is told above the usage on stderr, and ends with 2.
 */
export function readArguments<const Options extends ParseArgsOptionsConfig, Settings>(
  usage: string,
  options: Options,
  read: (values: Values<Options>) => Settings,
): Settings {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read(parseArgs({ options }).values);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}

/** Throws unless the text of an option is a whole number within these bounds. */
export function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= low && number <= high) return number;
  throw new Error(`--${option}: expected a whole number from ${low} to ${high}, found ${JSON.stringify(text)}`);
}

/** Throws unless the text of an option is one of these values. */
export function oneOf<Value extends string>(option: string, text: string, values: readonly Value[]): Value {
  const value = values.find((known) => known === text);
  if (value !== undefined) return value;
  throw new Error(`--${option}: expected one of ${values.join(', ')}, found ${JSON.stringify(text)}`);
}
