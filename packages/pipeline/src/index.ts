export { type FacetEntry, facetEntries, type ScoreEntry, scores } from './facet-entries.ts';
export { type FoldService, foldServices, type RunningFold } from './fold-services.ts';
export { readScoreRecord, scoreEncoding, tierEncoding } from './score-encoding.ts';
export { type FoldOptions, scoreWiring, startScore, startTier, stateNames, tierWiring } from './services.ts';
export { timelineReader } from './timeline-reader.ts';
export { toldTopics } from './told-topics.ts';
