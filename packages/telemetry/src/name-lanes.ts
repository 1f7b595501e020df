import type { Lane } from '@tidemark/stream';

/** Lanes by their numbers, in a sentence: `lane 3`, or `lanes 0, 3`. */
export function nameLanes(lanes: readonly Lane[]): string {
  return `${lanes.length === 1 ? 'lane' : 'lanes'} ${lanes.toSorted((a, b) => a - b).join(', ')}`;
}
