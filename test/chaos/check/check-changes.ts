import type { Findings } from './findings.ts';

/** A change of a view or a tier, as the fold of the log has it. */
export interface ExpectedChange {
  /** What caused it, for whom: it names the change whatever its number is. */
  readonly identity: string;
  readonly timelineOffset: number;
  /** Key, headers and value, the change's number included. */
  readonly content: string;
}

/** A record of a change topic. */
export type WireRecord =
  | {
      readonly kind: 'change';
      readonly offset: number;
      readonly identity: string;
      readonly number: number;
      readonly content: string;
    }
  /** All changes up to a timeline offset were sent before it. */
  | { readonly kind: 'progress'; readonly offset: number; readonly timelineOffset: number };

/**
 * Compares what one lane of a change topic holds with what it should. Repeats are allowed as long as they are the same to
 * the last byte; a reader that drops numbers it has seen must meet every change once, in order, and progress must not
 * come before the changes that it speaks of.
 */
export function checkChanges(
  where: string,
  wire: readonly WireRecord[],
  expected: readonly ExpectedChange[],
  { problems, wireDuplicates, compared }: Findings,
): void {
  compared.changes += expected.length;
  const wanted = new Map(expected.map((change) => [change.identity, change]));
  const seen = new Map<string, { readonly number: number; readonly content: string }>();
  let highest = 0;
  for (const record of wire) {
    const at = `${where}, offset ${record.offset}`;
    if (record.kind === 'progress') {
      const next = expected[highest];
      if (next !== undefined && next.timelineOffset <= record.timelineOffset) {
        problems.torn.push(`${at}: progress to ${record.timelineOffset} comes before ${next.identity}`);
      }
      continue;
    }
    const { identity, number, content } = record;
    const before = seen.get(identity);
    if (before !== undefined) {
      if (before.number !== number)
        problems.doubled.push(`${at}: ${identity} is number ${before.number} and ${number}`);
      else if (before.content !== content) problems.torn.push(`${at}: ${identity} has two contents`);
      else wireDuplicates.changes++;
      continue;
    }
    seen.set(identity, record);
    const want = wanted.get(identity);
    if (want === undefined)
      problems.ghosts.push(`${at}: ${identity}, number ${number}, follows from nothing in the log`);
    else if (want.content !== content) problems.torn.push(`${at}: ${identity} has another content than the log says`);
    if (number !== highest + 1) problems.torn.push(`${at}: number ${number} comes first after ${highest}`);
    highest = Math.max(highest, number);
  }
  for (const { identity } of expected) {
    if (!seen.has(identity)) problems.lost.push(`${where}: ${identity} was never sent`);
  }
}

/** One of a customer's changes of tier. */
export interface TierStep {
  readonly offset: number;
  /** The lane's number, by which repeats are dropped. */
  readonly number: number;
  readonly customerId: string;
  /** The customer's own number. */
  readonly change: number;
  readonly from: string | null;
  readonly to: string;
}

/** Whether each customer's changes, repeats dropped, are a chain: every one numbered next, from where the last one led. */
export function checkChains(where: string, steps: readonly TierStep[], { problems }: Findings): void {
  const last = new Map<string, TierStep>();
  let highest = 0;
  for (const step of steps) {
    if (step.number <= highest) continue;
    highest = step.number;
    const before = last.get(step.customerId);
    if (step.change !== (before?.change ?? 0) + 1 || step.from !== (before?.to ?? null)) {
      const said = before === undefined ? 'nothing' : `change ${before.change} to ${before.to}`;
      problems.torn.push(
        `${where}, offset ${step.offset}: change ${step.change} of ${step.customerId} from ${step.from} follows ${said}`,
      );
    }
    last.set(step.customerId, step);
  }
}
