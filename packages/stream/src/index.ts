export { endOfSend } from './end-of-send.ts';
export { Fault, type FaultCode, OperatingError, type OperatingErrorCode } from './errors.ts';
export {
  type FoldServiceOptions,
  type FoldWiring,
  type LaneWorker,
  type RunningService,
  type ServicePorts,
  startFoldService,
  startLaneService,
} from './fold-service.ts';
export {
  CAUSE_KINDS,
  type Cause,
  type CauseKind,
  type Encoded,
  type FoldDeadLetter,
  type LaneFold,
  type OutputIdentity,
  type RefusedRecord,
  type ScoreChange,
  type StepCause,
  type StepResult,
  type Takeover,
  type Told,
  type ToldOutput,
} from './folds/lane-fold.ts';
export {
  type NotedEvents,
  type ScoreEncoding,
  type ScoreFacet,
  scoreFold,
  type ToldEncoding,
  type ViewChange,
  viewsEqual,
} from './folds/score-fold.ts';
export { foldOf, stateNameOf, versionOf } from './folds/state-name.ts';
export {
  type TierCause,
  type TierChange,
  type TierEncoding,
  type TierRules,
  tierFold,
} from './folds/tier-fold.ts';
export { type CheckedLane, checkLane } from './lane/check-lane.ts';
export type { FoldedChunk } from './lane/chunk.ts';
export { LANE_AHEAD_MS_MAX, laneAheadMs } from './lane/lane-ahead.ts';
export { LaneLife } from './lane/lane-life.ts';
export { LaneLoop } from './lane/lane-loop.ts';
export { initialMeta, type LaneMeta, type Place, type PolicyMeta, parseMeta } from './lane/lane-meta.ts';
export type { ChunkTiming, LaneObserver } from './lane/lane-observer.ts';
export type { LaneOptions, LaneStatus } from './lane/lane-ports.ts';
export { compareSteps, type StepKey, type StepPhase } from './lane/step-order.ts';
export { type Clock, untilBeat } from './ports/clock.ts';
export type {
  Appended,
  Bounds,
  Committed,
  EventLog,
  Headers,
  Lane,
  LaneConsumer,
  LaneHandler,
  LogRecord,
  LogWriter,
  NewRecord,
  Offset,
  Subscription,
  Topic,
} from './ports/event-log.ts';
export { assertParts, commitPart, readPart } from './ports/lane-parts.ts';
export type {
  Chunk,
  FacetWrite,
  LaneRead,
  LaneSnapshot,
  OutboxEntry,
  PartCommit,
  PartRead,
  ProfileReader,
  ProfileStore,
  ReadRequest,
  StoredCustomer,
  StoredFacet,
  StoredProfile,
} from './ports/profile-store.ts';
export { UndecodableBatch, type UndecodablePlace } from './ports/undecodable-batch.ts';
export { readLane, readLaneBackwards } from './read-lane.ts';
export { SharedWriter } from './shared-writer.ts';
export { Signal } from './signal.ts';
export type { Joins } from './source/joined-source.ts';
export { type InputBounds, LaneInput } from './source/lane-input.ts';
export type { ScoreReader, ScoreRecord } from './source/score-input.ts';
export { nextTimelineOffset } from './source/timeline-source.ts';
export type { Cutover, Origin, PolicyInForce, TimelineReader, TimelineRecord } from './timeline-record.ts';
export { findVersion, type ToldTopic } from './versions/find-version.ts';
export { type ToldRecord, type Verdict, VersionRule } from './versions/version-rule.ts';
