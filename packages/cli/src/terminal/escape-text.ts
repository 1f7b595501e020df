/** Control characters, what ends a line, what turns the direction of text, and halves of surrogate pairs. */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * One line that a terminal shows as it is: what would move its cursor, change its colours, fake another line or turn
 * others around is written as JSON writes it. So a line of JSON stays the same JSON.
 */
export function escapeText(text: string): string {
  return text.replaceAll(HIDDEN, (character) => SHORT[character] ?? codeOf(character));
}

export function hasHidden(text: string): boolean {
  return text.search(HIDDEN) !== -1;
}

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
