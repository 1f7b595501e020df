export { type ChangeRecordType, readScoreRecord, scoreEncoding, tierEncoding } from './score-encoding.ts';
export { type FacetEntry, profileEntry, type ScoreEntry, type ScoreName, scoreNames, scores } from './scores.ts';
export { type FoldOptions, scoreWiring, startScore, startTier, stateNames, tierWiring } from './services.ts';
export { timelineReader } from './timeline-reader.ts';
