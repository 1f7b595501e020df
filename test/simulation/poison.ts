import { scoreNames } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';
import type { Alterations, AnyScore } from './wiring.ts';

const PARTS = ['evolve', 'view', 'nextDueAt'] as const;

/** A score one of whose functions throws on some of its customers' data, always the same. */
export function drawPoison(random: Random): NonNullable<Alterations['score']> {
  return poisoned(random.pick(scoreNames), random.pick(PARTS), random.between(5, 40));
}

/** On one in `oneIn` states or events, by what they hold. */
export function poisoned(name: string, part: (typeof PARTS)[number], oneIn: number): NonNullable<Alterations['score']> {
  const check = (data: unknown) => {
    if (digest(JSON.stringify(data)) % oneIn === 0) throw new TypeError('met its bug');
  };
  return (own: AnyScore): AnyScore => {
    if (own.name !== name) return own;
    return {
      ...own,
      evolve(state, event, ...others) {
        if (part === 'evolve') check(event);
        return own.evolve(state, event, ...others);
      },
      view(state, at, parameters) {
        if (part === 'view') check(state);
        return own.view(state, at, parameters);
      },
      nextDueAt(state, at, parameters) {
        if (part === 'nextDueAt') check(state);
        return own.nextDueAt(state, at, parameters);
      },
    };
  };
}

/** FNV-1a, 32 bits. */
function digest(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
