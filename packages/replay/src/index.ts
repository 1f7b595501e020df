/** The composition functions of the replayer: open a data set, then write it to a log. */
export { Dataset } from './dataset.ts';
export { DatasetError, type DatasetErrorCode } from './dataset-error.ts';
export { type DatasetOptions, type LoadedOrders, loadOrders, type OrdersSource, openDataset } from './open-dataset.ts';
export {
  LEFT_OUT_REASONS,
  type LeftOutGroup,
  type LeftOutLine,
  type LeftOutLines,
  type LeftOutReason,
} from './orders/left-out-lines.ts';
export { type ReplayOptions, type ReplayProgress, type ReplayResult, replay } from './replay.ts';
export { ReplayError, type ReplayErrorCode } from './replay-error.ts';
export { readReplayEnd } from './replay-positions.ts';
export type { ReplaySource } from './replay-source.ts';
export { type LeftOutEvent, TimelineEvents } from './timeline/timeline-events.ts';
