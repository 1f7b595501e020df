import { readFileSync } from 'node:fs';
import { TidemarkError } from '@tidemark/domain';
import type { z } from 'zod';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with one variable. */
export interface ConfigProblem {
  readonly variable: string;
  readonly expected: string;
  /** Never the value of a secret. */
  readonly found: string;
}

/** The configuration is invalid: every problem at once, one a line. */
export class ConfigError extends TidemarkError<'invalid-configuration'> {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super('invalid-configuration', `invalid configuration:\n${problems.map(describeProblem).join('\n')}`);
    this.problems = problems;
  }
}

/** One line. */
export function describeProblem({ variable, expected, found }: ConfigProblem): string {
  return `${variable}: expected ${expected}, found ${found}`;
}

/** One setting: the variable that sets it, how its text is read, and whether it is a secret. */
export interface Setting<Value> {
  readonly variable: string;
  readonly schema: z.ZodType<Value, string | undefined>;
  /** A secret's value is never shown, and may stand in a file that `<variable>_FILE` names. */
  readonly isSecret: boolean;
}

/** Settings by the name of the property that takes them; groups may be nested. */
export interface ConfigSchema {
  readonly [property: string]: Setting<unknown> | ConfigSchema;
}

export type ConfigOf<Schema extends ConfigSchema> = {
  readonly [Property in keyof Schema]: Schema[Property] extends Setting<infer Value>
    ? Value
    : Schema[Property] extends ConfigSchema
      ? ConfigOf<Schema[Property]>
      : never;
};

/**
 * Reads a typed configuration from environment variables. A variable that is absent or empty gives the default. Throws
 * `ConfigError` with all problems; a variable `TIDEMARK_...` that the schema does not have is one of them if `known` does
 * not have it either.
 *
 * @param known the schemas of other parts of the same process, whose variables are no mistakes
 */
export function loadConfig<Schema extends ConfigSchema>(
  schema: Schema,
  env: Environment,
  known: readonly ConfigSchema[] = [],
): ConfigOf<Schema> {
  const problems: ConfigProblem[] = [];
  const config = readGroup(schema, env, problems);
  problems.push(...unknownVariables(env, [schema, ...known]));
  if (problems.length > 0) throw new ConfigError(problems);
  return config as ConfigOf<Schema>;
}

function readGroup(schema: ConfigSchema, env: Environment, problems: ConfigProblem[]): Record<string, unknown> {
  const entries = Object.entries(schema).map(([property, part]) => {
    return [property, isSetting(part) ? readSetting(part, env, problems) : readGroup(part, env, problems)];
  });
  return Object.fromEntries(entries);
}

function isSetting(part: Setting<unknown> | ConfigSchema): part is Setting<unknown> {
  return typeof part['variable'] === 'string';
}

function readSetting(setting: Setting<unknown>, env: Environment, problems: ConfigProblem[]): unknown {
  const text = readText(setting, env, problems);
  if (text === null) return undefined;
  const parsed = setting.schema.safeParse(text);
  if (parsed.success) return parsed.data;
  const expected = parsed.error.issues[0]?.message ?? 'another value';
  const shown = setting.isSecret ? 'a value that is not shown' : JSON.stringify(text);
  problems.push({ variable: setting.variable, expected, found: text === undefined ? 'nothing' : shown });
  return undefined;
}

/** Undefined: not set. Null: a problem was noted. */
function readText(setting: Setting<unknown>, env: Environment, problems: ConfigProblem[]): string | undefined | null {
  const { variable, isSecret } = setting;
  const text = env[variable] || undefined;
  const fileVariable = `${variable}_FILE`;
  const path = isSecret ? env[fileVariable] || undefined : undefined;
  if (path === undefined) return text;
  if (text !== undefined) {
    problems.push({ variable, expected: `either it or ${fileVariable}`, found: 'both' });
    return null;
  }
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    problems.push({ variable: fileVariable, expected: 'a file that can be read', found });
    return null;
  }
}

const PREFIX = 'TIDEMARK_';

function unknownVariables(env: Environment, schemas: readonly ConfigSchema[]): ConfigProblem[] {
  const names = new Set(schemas.flatMap(variablesOf));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !names.has(name))
    .map((variable) => ({ variable, expected: `one of ${[...names].sort().join(', ')}`, found: 'another name' }));
}

/** Every variable of a schema, those for files of secrets included. */
export function variablesOf(schema: ConfigSchema): string[] {
  return Object.values(schema).flatMap((part) => {
    if (!isSetting(part)) return variablesOf(part);
    return part.isSecret ? [part.variable, `${part.variable}_FILE`] : [part.variable];
  });
}
