import type { Policy } from '@tidemark/domain';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { checkPolicyFile } from './check-policy-file.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { formatPath, type PolicyProblem, type ValueProblem } from './problem.ts';
import { findNameProblems, nameOf } from './yaml-names.ts';
import { findSyntaxProblems, inOneLine, placeOf } from './yaml-syntax.ts';

export type ParsedPolicy =
  /** Warnings do not keep the policy from taking effect: it is valid, and hardly what was meant. */
  | { readonly ok: true; readonly policy: Policy; readonly warnings: readonly PolicyProblem[] }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** A policy of a hundred tiers has 10 KiB. */
export const POLICY_BYTES_MAX = 256 * 1024;
/** How often one file may use anchors again: a few lines of aliases of aliases would fill the memory. */
const ALIASES_MAX = 100;

/** Reads the bytes of a policy file. All problems come at once, ordered by their place in the file; so do warnings. */
export function parsePolicyFile(bytes: Uint8Array): ParsedPolicy {
  if (bytes.length > POLICY_BYTES_MAX) return wholeFile(`at most ${POLICY_BYTES_MAX} bytes`, `${bytes.length} bytes`);
  const decoded = decodeUtf8(bytes);
  if ('text' in decoded) return parsePolicyYaml(decoded.text);
  return { ok: false, problems: [{ path: '', expected: 'text in UTF-8 (save it as such)', ...decoded }] };
}

function parsePolicyYaml(text: string): ParsedPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...YAML_OPTIONS, lineCounter: lines });
  const unreadable = [findSyntaxProblems(document, text, lines), findNameProblems(document, lines)].find(isNotEmpty);
  if (unreadable !== undefined) return refused(unreadable);
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    const expected = `aliases of anchors set before them, used at most ${ALIASES_MAX} times`;
    return wholeFile(expected, error instanceof Error ? error.message : String(error));
  }
  const checked = checkPolicyFile(content);
  const placed = (problem: ValueProblem) => placedIn(problem, document, lines);
  if ('problems' in checked) return refused(inOrder(checked.problems.map(placed)));
  return { ok: true, policy: checked.policy, warnings: inOrder(checked.warnings.map(placed)) };
}

/** YAML 1.2, whatever a directive says. Equal names are looked for here: `1` and `"1"` are one name of a policy. */
const YAML_OPTIONS = { prettyErrors: false, schema: 'core', resolveKnownTags: false, merge: false, uniqueKeys: false };

/** More than a screen or two helps nobody. */
const PROBLEMS_MAX = 100;

function refused(problems: readonly PolicyProblem[]): ParsedPolicy {
  return { ok: false, problems: problems.slice(0, PROBLEMS_MAX) };
}

function isNotEmpty(problems: readonly PolicyProblem[]): boolean {
  return problems.length > 0;
}

function inOrder(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function wholeFile(expected: string, found: string): ParsedPolicy {
  return { ok: false, problems: [{ path: '', line: 1, column: 1, expected, found: inOneLine(found) }] };
}

function placedIn(
  { path, at, expected, found }: ValueProblem,
  document: Document.Parsed,
  lines: LineCounter,
): PolicyProblem {
  return { path: formatPath(path), ...placeOf(offsetOf(path, at, document), lines), expected, found };
}

/** Where the path's last step stands in the text; if something of the path is missing, where what there is stands. */
function offsetOf(path: ValueProblem['path'], at: 'key' | 'value', document: Document.Parsed): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => nameOf(key, document) === String(step));
      if (pair === undefined) break;
      node = pair.value;
      const isLast = depth === path.length - 1;
      const keyOffset = startOf(pair.key) ?? offset;
      offset = (isLast && at === 'key') || isNothing(node) ? keyOffset : (startOf(node) ?? keyOffset);
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0];
}
