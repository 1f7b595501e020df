/** Numbers, days and lists as people read them; the same on every machine. */
import { escapeText, hasHidden } from './escape-text.ts';

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 69,659 */
export function formatCount(count: number): string {
  return WHOLE.format(count);
}

/** 12.3 % */
export function formatShare(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}

/** 1998-06-30 */
export function formatDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** 1998-06-30 18:05 UTC */
export function formatMinute(time: number): string {
  const iso = new Date(time).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** `potential_loyalist` as "potential loyalist". */
export function formatName(name: string | number): string {
  return String(name).replaceAll('_', ' ');
}

/** Lines of columns, two spaces apart; the first is aligned left, the others as `others` says. */
export function formatTable(rows: readonly (readonly string[])[], others: 'left' | 'right' = 'right'): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) => {
    const cells = row.map((cell, i) => {
      const width = widths[i] ?? 0;
      return i > 0 && others === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

/** A word as bash and zsh take it: quoted only where it must be, and by its codes where a terminal would not show it. */
export function quoteForShell(word: string): string {
  if (hasHidden(word)) return `$'${escapeText(word.replaceAll(/[\\']/g, '\\$&'))}'`;
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
