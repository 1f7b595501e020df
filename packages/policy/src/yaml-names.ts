import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Pair } from 'yaml';
import { formatPath, type PolicyProblem, type ValuePath } from './problem.ts';
import { placeOf } from './yaml-syntax.ts';

/** No value of a policy lies deeper. */
const DEPTH_MAX = 8;

/**
 * Names that would be lost or misread between the text and its values: those that stand twice in a mapping (`1` and
 * `"1"` are one name), merge keys, and names that are no text.
 */
export function findNameProblems(document: Document.Parsed, lines: LineCounter): PolicyProblem[] {
  return problemsUnder(document.contents, []);

  function problemsUnder(node: unknown, path: ValuePath): PolicyProblem[] {
    if (path.length > DEPTH_MAX) return [];
    if (isSeq(node)) return node.items.flatMap((item, i) => problemsUnder(item, [...path, i]));
    if (!isMap(node)) return [];
    const seen = new Set<string | null>();
    return node.items.flatMap(({ key, value }) => {
      const name = nameOf(key, document);
      const wrong = problemOf(name, seen);
      seen.add(name);
      const below = problemsUnder(value, [...path, name ?? '']);
      return wrong === null
        ? below
        : [{ path: formatPath([...path, name ?? '']), ...placeOfKey(key), ...wrong }, ...below];
    });
  }

  function placeOfKey(key: Pair['key']) {
    return placeOf((key as { range?: readonly number[] } | null)?.range?.[0] ?? 0, lines);
  }
}

function problemOf(name: string | null, seen: ReadonlySet<string | null>): { expected: string; found: string } | null {
  if (name === null) return { expected: 'a name', found: 'a mapping or a list in its place' };
  if (name === '<<') return { expected: 'each name written out: YAML 1.2 has no merge keys', found: '"<<"' };
  return seen.has(name) ? { expected: 'each name once in a mapping', found: `${JSON.stringify(name)} again` } : null;
}

/** The name that a key becomes; null for one that is a mapping or a list. */
export function nameOf(key: unknown, document: Document.Parsed): string | null {
  if (isAlias(key)) return nameOf(key.resolve(document), document);
  if (isScalar(key)) return nameOf(key.value, document);
  if (key === null || key === undefined) return '';
  return typeof key === 'object' ? null : String(key);
}
