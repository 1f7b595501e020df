import type { LaneObserver } from '@tidemark/stream';
import type { UnifyObserver } from '@tidemark/timeline';
import { expect, test } from 'vitest';
import { observers, unifyObservers } from './observers.ts';

/** Notes every call, whatever it is. */
function noting<Observer extends object>(notes: unknown[], name: string): Observer {
  return new Proxy({} as Observer, {
    get:
      (_target, call) =>
      (...told: unknown[]) =>
        void notes.push([name, call, ...told]),
  });
}

test.each(['acquired', 'committed', 'published', 'refused', 'poisoned', 'retried', 'faulted', 'crashed'] as const)(
  '%s is told to each observer of folds in order, and not to those that do not listen',
  (call) => {
    const notes: unknown[] = [];
    const all = observers(noting(notes, 'first'), {}, noting(notes, 'second')) as Record<keyof LaneObserver, unknown>;
    (all[call] as (...told: readonly unknown[]) => void)('rfm', 3, 'what', 'else');
    expect(notes).toEqual([
      ['first', call, 'rfm', 3, 'what', 'else'],
      ['second', call, 'rfm', 3, 'what', 'else'],
    ]);
  },
);

test.each(['acquired', 'sent', 'refused', 'duplicate', 'retried', 'faulted', 'crashed'] as const)(
  '%s is told to each observer of unify in order',
  (call) => {
    const notes: unknown[] = [];
    const all = unifyObservers(noting(notes, 'first'), {}, noting(notes, 'second')) as Record<
      keyof UnifyObserver,
      unknown
    >;
    (all[call] as (...told: readonly unknown[]) => void)(3, 'what');
    expect(notes).toEqual([
      ['first', call, 3, 'what'],
      ['second', call, 3, 'what'],
    ]);
  },
);
