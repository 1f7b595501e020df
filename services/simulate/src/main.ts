/** The composition functions of the replayer: open a data set, then write it to a log. */
export { Dataset } from './dataset.ts';
export { DatasetError, type DatasetErrorCode } from './dataset-error.ts';
export { type DatasetOptions, type DatasetSource, openDataset } from './open-dataset.ts';
export type { BadLine, BadLines } from './orders/bad-lines.ts';
export { type ReplayOptions, type ReplayProgress, type ReplayResult, replay } from './replay.ts';
export { ReplayError, type ReplayErrorCode } from './replay-error.ts';
