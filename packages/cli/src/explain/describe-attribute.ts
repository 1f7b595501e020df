import type { ExplainedAttribute } from '@tidemark/reading';
import { formatName } from '../terminal/format.ts';
import { labelOf, wordsOf } from '../terminal/words.ts';

/** Cells of one line: the attribute and its value, its points, and why it has the value. */
export function describeAttribute(explained: ExplainedAttribute): [string, string, string] {
  const { score, attribute, value, points, inputs } = explained;
  const label = `${labelOf(`${score}.${attribute}`)} ${formatName(value)}`;
  const sign = points > 0 ? '+' : '';
  const measured = inputs.map((input) => describeInput(input)).join(', ');
  const thresholds = describeBand(explained);
  return [label, `${sign}${points}`, thresholds === '' ? measured : `${measured}; ${thresholds}`];
}

type Input = ExplainedAttribute['inputs'][number];

/** The domain's `MeasureBand`. */
interface Band {
  readonly input: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly includes: 'from' | 'to';
  readonly below: string | number | null;
  readonly above: string | number | null;
}

function describeInput({ name, value, unit }: Input): string {
  const words = wordsOf(name);
  const amount = formatAmount(value, unit);
  // "4.1 days since last order", "2 repeat occasions", but "purchase interval 30 days".
  if (words.startsWith(`${unit} `) || words.endsWith(' occasions')) return `${amount.split(' ')[0]} ${words}`;
  return words === unit ? amount : `${words.replace(/ (minor|days|intervals)$/, '')} ${amount}`;
}

/** "silent below 1, warm from 4": the value on either side, and where it begins. */
function describeBand({ band: found, inputs }: ExplainedAttribute): string {
  if (found === null) return '';
  const band = found as unknown as Band;
  const unit = inputs.find(({ name }) => name === band.input)?.unit ?? '';
  const includesFrom = band.includes === 'from';
  const words: string[] = [];
  if (band.from !== null) {
    const bound = formatAmount(band.from, unit);
    words.push(`${formatName(band.below ?? '')} ${includesFrom ? `below ${bound}` : `up to ${bound}`}`);
  }
  if (band.to !== null) {
    const bound = formatAmount(band.to, unit);
    words.push(`${formatName(band.above ?? '')} ${includesFrom ? `from ${bound}` : `above ${bound}`}`);
  }
  return words.join(', ');
}

const DIGITS: Readonly<Record<string, number>> = { days: 1, intervals: 2, points: 2, probability: 3 };

function formatAmount(value: number, unit: string): string {
  switch (unit) {
    case 'minor':
      return (value / 100).toFixed(2);
    case 'score':
    case 'probability':
    case 'points':
      return shortest(value, DIGITS[unit] ?? 0);
    default: {
      const amount = shortest(value, DIGITS[unit] ?? 0);
      return `${amount} ${amount === '1' ? unit.replace(/s$/, '') : unit}`;
    }
  }
}

/** As many digits as there are, up to a number of them. */
function shortest(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
