import type { FieldProblem } from '@tidemark/producer';

/** As Segment's own API bounds an event. */
const EVENT_BYTES_MAX = 32_768;
const DEPTH_MAX = 20;

/** What is wrong with the size of an event; null where nothing is. A body of less characters than an event may have bytes has a small one. */
export function boundsProblemOf(call: unknown, bodyLength: number): FieldProblem | null {
  if (isDeeper(call, DEPTH_MAX)) {
    return { field: '(event)', expected: `values nested at most ${DEPTH_MAX} deep`, found: 'deeper ones' };
  }
  if (bodyLength * 3 <= EVENT_BYTES_MAX) return null;
  const bytes = Buffer.byteLength(JSON.stringify(call));
  if (bytes <= EVENT_BYTES_MAX) return null;
  return { field: '(event)', expected: `at most ${EVENT_BYTES_MAX} bytes of JSON`, found: `${bytes} bytes` };
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  for (const name in value) if (isDeeper((value as Record<string, unknown>)[name], depth - 1)) return true;
  return false;
}
