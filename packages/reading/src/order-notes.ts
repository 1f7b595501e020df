import { type EffectNote, facets, type ScoreName, scoreNames } from '@tidemark/domain';
import type { NotedEvents, Offset } from '@tidemark/stream';
import type { Customer } from './customer.ts';

/** Why an order event changed less than it says; null for one that changed all that it says, or was refused. */
export type OrderNote = EffectNote | 'not-known' | null;

/** The score that notes of every order event what it changed. */
export const NOTING_SCORE = scoreNames.find((name) => facets[name].notesOrders) as ScoreName;

/** Events of a customer's that changed nothing, or less than they say, by note: all that the noting score has folded. */
export function countNotes({ scores }: Customer): ReadonlyMap<EffectNote, number> {
  const noted = Object.entries(scores.get(NOTING_SCORE)?.noted ?? {});
  return new Map(noted.map(([note, [count]]) => [note as EffectNote, count]));
}

/**
 * What the noting score noted of an order event. `not-known` is one that it has not folded yet (it is at `foldedTo`), or one older
 * than the newest that it keeps of a note.
 */
export function noteOf(
  { origin, timelineOffset }: { readonly origin: string; readonly timelineOffset: Offset },
  noted: NotedEvents | undefined,
  foldedTo: Offset,
): OrderNote {
  const notes = Object.entries(noted ?? {}) as [EffectNote, readonly [number, ...string[]]][];
  for (const [note, [, ...origins]] of notes) if (origins.includes(origin)) return note;
  if (timelineOffset >= foldedTo) return 'not-known';
  const isBeyondKept = notes.some(([, [count, ...origins]]) => {
    return count > origins.length && rawOffsetOf(origin) < rawOffsetOf(origins[0] ?? '');
  });
  return isBeyondKept ? 'not-known' : null;
}

/** Orders are of one topic, along which offsets grow. */
function rawOffsetOf(origin: string): Offset {
  return Number(origin.slice(origin.lastIndexOf(':') + 1));
}
