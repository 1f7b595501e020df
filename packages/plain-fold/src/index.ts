export { Heap } from './heap.ts';
export type { Emit, PlainOutput } from './output.ts';
export {
  PlainFold,
  type PlainFoldResult,
  type PlainFoldWiring,
  type PlainScoreWiring,
  plainFold,
} from './plain-fold.ts';
