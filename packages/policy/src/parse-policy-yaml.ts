import type { Policy } from '@tidemark/domain';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { checkPolicyFile } from './check-policy-file.ts';
import { formatPath, type PolicyProblem, type ValueProblem } from './problem.ts';

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** A policy of a hundred tiers has 10 KiB. */
export const POLICY_BYTES_MAX = 256 * 1024;
/** How often one file may use anchors again: a few lines of aliases of aliases would fill the memory. */
const ALIASES_MAX = 100;

/** Reads a policy file. All problems come at once, ordered by their place in the file. */
export function parsePolicyYaml(text: string): ParsedPolicy {
  const bytes = Buffer.byteLength(text);
  if (bytes > POLICY_BYTES_MAX) return wholeFile(`at most ${POLICY_BYTES_MAX} bytes`, `${bytes} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      return { path: '', ...placeOf(error.pos[0], lines), expected: 'YAML 1.2', found: inOneLine(error.message) };
    });
    return { ok: false, problems: problems.slice(0, PROBLEMS_MAX) };
  }
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    const expected = `aliases of anchors set before them, used at most ${ALIASES_MAX} times`;
    return wholeFile(expected, error instanceof Error ? error.message : String(error));
  }
  const checked = checkPolicyFile(content);
  if ('policy' in checked) return { ok: true, policy: checked.policy };
  const problems = checked.problems.map((problem) => placed(problem, document, lines));
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: problems.slice(0, PROBLEMS_MAX) };
}

/** More than a screen or two helps nobody. */
const PROBLEMS_MAX = 100;

function wholeFile(expected: string, found: string): ParsedPolicy {
  return { ok: false, problems: [{ path: '', line: 1, column: 1, expected, found: inOneLine(found) }] };
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function placed(problem: ValueProblem, document: Document.Parsed, lines: LineCounter): PolicyProblem {
  const { path, at, expected, found } = problem;
  return { path: formatPath(path), ...placeOf(offsetOf(problem.path, at, document), lines), expected, found };
}

function placeOf(offset: number, lines: LineCounter): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Where the path's last step stands in the text; if something of the path is missing, where what there is stands. */
function offsetOf(path: ValueProblem['path'], at: 'key' | 'value', document: Document.Parsed): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
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
