import { z } from 'zod';
import type { Setting } from './load-config.ts';

/** A whole number from `min` to `max`. Its unit is in the variable's name. */
export function wholeNumber(
  variable: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): Setting<number> {
  const expected = `a whole number from ${min} to ${max}`;
  const schema = z
    .string()
    .default(String(fallback))
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, { error: expected })
    .transform(Number);
  return { variable, schema, isSecret: false };
}

/** Text of a form that `expected` describes. Without a fallback it must be set. */
export function text(
  variable: string,
  { fallback, pattern, expected }: { readonly fallback?: string; readonly pattern: RegExp; readonly expected: string },
): Setting<string> {
  const required = z.string({ error: expected }).regex(pattern, { error: expected });
  return { variable, schema: fallback === undefined ? required : required.default(fallback), isSecret: false };
}

/** Text, or null where it is not set. */
/** Where to listen: this machine alone unless told otherwise. */
export function ownAddress(variable: string): Setting<string> {
  return text(variable, {
    fallback: '127.0.0.1',
    pattern: /^[0-9A-Za-z.:-]{1,253}$/,
    expected: 'an address of this machine such as 127.0.0.1 or 0.0.0.0',
  });
}

export function optionalText(variable: string): Setting<string | null> {
  const schema = z
    .string()
    .optional()
    .transform((value) => value ?? null);
  return { variable, schema, isSecret: false };
}

/** One of a few words. */
export function choice<Word extends string>(
  variable: string,
  words: readonly [Word, ...Word[]],
  fallback: Word,
): Setting<Word> {
  const schema = z
    .string()
    .default(fallback)
    .pipe(z.enum(words, { error: `one of ${words.join(', ')}` }));
  return { variable, schema, isSecret: false };
}

/** A password or key, from the variable itself or from the file that `<variable>_FILE` names; null if neither is set. */
export function secret(variable: string): Setting<string | null> {
  return { ...optionalText(variable), isSecret: true };
}

/**
 * Secrets separated by commas, from the variable itself or from the file that `<variable>_FILE` names; none if neither is
 * set. White space around one does not count.
 */
export function secrets(variable: string, charactersMin: number): Setting<readonly string[]> {
  const expected = `secrets of at least ${charactersMin} visible ASCII characters each, separated by commas`;
  const token = new RegExp(`^[!-+\\--~]{${charactersMin},}$`);
  const schema = z
    .string()
    .optional()
    .transform((text) => (text === undefined ? [] : text.split(',').map((one) => one.trim())))
    .refine((tokens) => tokens.every((one) => token.test(one)), { error: expected });
  return { variable, schema, isSecret: true };
}
