import type { Document, LineCounter, YAMLError } from 'yaml';
import type { PolicyProblem } from './problem.ts';

/** What keeps the text from being one document of YAML, with a hint for the usual mistakes. */
export function findSyntaxProblems(document: Document.Parsed, text: string, lines: LineCounter): PolicyProblem[] {
  return [...document.errors, ...document.warnings].map((error) => {
    const place = placeOf(error.pos[0], lines);
    const { expected, found } = explain(error, text.split('\n', place.line).at(-1) ?? '');
    return { path: '', ...place, expected, found: inOneLine(found) };
  });
}

export function placeOf(offset: number, lines: LineCounter): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

export function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function explain({ code, message }: YAMLError, line: string): { expected: string; found: string } {
  if (TAB_INDENT.test(line)) return { expected: 'spaces at the start of a line', found: 'a tab' };
  switch (code) {
    case 'MULTIPLE_DOCS':
      return { expected: 'one policy in a file', found: 'another document, which begins here' };
    case 'MULTILINE_IMPLICIT_KEY':
      return { expected: 'a space after each colon', found: message };
    case 'TAG_RESOLVE_FAILED':
      return { expected: 'values without tags', found: message };
    default:
      return { expected: 'YAML 1.2', found: message };
  }
}

const TAB_INDENT = /^ *\t/;
