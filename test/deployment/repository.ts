import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');

/** A file's text; its path is from the repository's root. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A YAML file, merge keys (`<<`) done. Of what it should look like the caller makes sure. */
export function readYaml<Shape>(path: string): Shape {
  return parse(readText(path), { merge: true }) as Shape;
}
