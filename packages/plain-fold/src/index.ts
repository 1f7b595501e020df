export { Heap } from './heap.ts';
export type { Emit, PlainOutput } from './output.ts';
export {
  PlainFold,
  type PlainFoldResult,
  type PlainFoldWiring,
  type PlainScoreWiring,
  type PlainTierWiring,
  plainFold,
} from './plain-fold.ts';
export type { PlainToldBefore, PlainVersion } from './told.ts';
