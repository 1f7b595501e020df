import type { IdentityEvent } from '../../events.ts';
import type { TimeMs } from '../../time.ts';

/**
 * What one identity event said and no newer one has replaced: its occurredAt, its eventId, traits by name, consents.
 * Grouped so because traits come in handfuls: time and source stand once for all of them.
 */
export type Statement = readonly [
  at: TimeMs,
  source: string,
  traits: Readonly<Record<string, string | null>>,
  consents: readonly ConsentSaid[],
];

/** Null: it is no longer so. The fact stays, so that an older value which comes late does not bring it back. */
export type TraitSaid = readonly [name: string, value: string | null];
export type ConsentSaid = readonly [channel: string, purpose: string, granted: boolean];

/** Something said, with when and by which identity event. */
export interface Fact<Said> {
  readonly at: TimeMs;
  readonly source: string;
  readonly said: Said;
}

/** Of traits, and of consents. As many as one identity event can carry. */
const FACTS_MAX = 100;

/**
 * The statements, ascending by (at, source), after an identity event; the same array if it changes none.
 *
 * Per trait, and per channel and purpose, the newest occurredAt wins; of one time the greater eventId; within one
 * eventId the greater value (one before none), and a consent withdrawn over one given. Of more than `FACTS_MAX` the newest are kept, of
 * one time those first by name. None of this depends on the order of arrival: a name's time only grows as events come,
 * so a name pushed out by `FACTS_MAX` newer ones stays behind them until it is said again with a newer time, and
 * whatever wins in the end is among the newest from its arrival on.
 */
export function addIdentity(held: readonly Statement[], event: IdentityEvent): readonly Statement[] {
  const { occurredAt: at, eventId: source } = event;
  const heldTraits = traitsOf(held);
  const heldConsents = consentsOf(held);
  const traits = newest(
    heldTraits,
    Object.entries(event.traits).map((said) => ({ at, source, said })),
    compareTraitNames,
    compareTraitValues,
  );
  const consents = newest(
    heldConsents,
    event.consents.map(({ channel, purpose, granted }) => ({ at, source, said: [channel, purpose, granted] as const })),
    compareConsentNames,
    (a, b) => Number(b[2]) - Number(a[2]),
  );
  return traits === heldTraits && consents === heldConsents ? held : statementsOf(traits, consents);
}

/** Ascending by name. */
export function traitsOf(statements: readonly Statement[]): readonly Fact<TraitSaid>[] {
  return statements
    .flatMap(([at, source, traits]) => Object.entries(traits).map((said) => ({ at, source, said })))
    .sort((a, b) => compareTraitNames(a.said, b.said));
}

/** Ascending by channel and purpose. */
export function consentsOf(statements: readonly Statement[]): readonly Fact<ConsentSaid>[] {
  return statements
    .flatMap(([at, source, , consents]) => consents.map((said) => ({ at, source, said })))
    .sort((a, b) => compareConsentNames(a.said, b.said));
}

type Compare<Value> = (a: Value, b: Value) => number;

/** One fact a name, ascending by name; `held` itself if nothing that was said now is among them. */
function newest<Said>(
  held: readonly Fact<Said>[],
  saidNow: readonly Fact<Said>[],
  compareNames: Compare<Said>,
  compareValues: Compare<Said>,
): readonly Fact<Said>[] {
  if (saidNow.length === 0) return held;
  const heldOrNow = [...held, ...saidNow].sort(
    (a, b) =>
      compareNames(a.said, b.said) || b.at - a.at || compareText(b.source, a.source) || compareValues(b.said, a.said),
  );
  let facts = heldOrNow.filter((fact, index) => {
    const before = heldOrNow[index - 1];
    return before === undefined || compareNames(before.said, fact.said) !== 0;
  });
  if (facts.length > FACTS_MAX) {
    // The sort is stable, so that facts of one time stay in the order of their names.
    const kept = facts.toSorted((a, b) => b.at - a.at).slice(0, FACTS_MAX);
    facts = kept.sort((a, b) => compareNames(a.said, b.said));
  }
  return facts.some((fact) => saidNow.includes(fact)) ? facts : held;
}

function statementsOf(
  traits: readonly Fact<TraitSaid>[],
  consents: readonly Fact<ConsentSaid>[],
): readonly Statement[] {
  const events = new Map<string, { at: TimeMs; source: string; traits: TraitSaid[]; consents: ConsentSaid[] }>();
  const eventOf = ({ at, source }: Fact<unknown>) => {
    const key = `${at} ${source}`;
    const event = events.get(key) ?? { at, source, traits: [], consents: [] };
    events.set(key, event);
    return event;
  };
  for (const fact of traits) eventOf(fact).traits.push(fact.said);
  for (const fact of consents) eventOf(fact).consents.push(fact.said);
  return [...events.values()]
    .sort((a, b) => a.at - b.at || compareText(a.source, b.source))
    .map((event) => [event.at, event.source, Object.fromEntries(event.traits), event.consents]);
}

function compareTraitNames(a: TraitSaid, b: TraitSaid): number {
  return compareText(a[0], b[0]);
}

/** What is no longer so comes before any value. */
function compareTraitValues([, a]: TraitSaid, [, b]: TraitSaid): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return compareText(a, b);
}

function compareConsentNames(a: ConsentSaid, b: ConsentSaid): number {
  return compareText(a[0], b[0]) || compareText(a[1], b[1]);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
