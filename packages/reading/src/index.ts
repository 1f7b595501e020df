export type { Customer } from './customer.ts';
export { describeCustomer } from './describe-customer.ts';
export { explainCustomer, FUTURE_CHANGES_MAX } from './explain-customer.ts';
export { findScoreChange, findScoreChangeAt } from './find-score-change.ts';
export {
  checkTierChangePlaces,
  type FollowedChange,
  type FollowOptions,
  followTierChanges,
  formatTierChangeCursor,
  parseTierChangeCursor,
  type TierChangePlaces,
  tierChangePlaces,
} from './follow-tier-changes.ts';
export { forceOf, type LaneState, nowIn, readLaneState, StateMemo } from './lane-state.ts';
export { isBySilence, type LoggedTierChange, laneTierChanges } from './lane-tier-changes.ts';
export { listCustomers } from './list-customers.ts';
export { mergeSorted } from './merge-sorted.ts';
export { countNotes, type OrderNote } from './order-notes.ts';
export { QueryError, type QueryErrorCode } from './query-error.ts';
export type { PageRequest } from './read-backwards.ts';
export { readCustomer, type StandingCustomer } from './read-customer.ts';
export { readLanes } from './read-lanes.ts';
export type { ScoreViewChange } from './read-score-record.ts';
export { readTier } from './read-tier.ts';
export { readTiers, type TierCount } from './read-tiers.ts';
export { readTierChanges, readTimeline } from './read-timeline.ts';
export type {
  CustomerNow,
  ExplainedAttribute,
  ExplainedCause,
  Explanation,
  FacetPlace,
  FutureChange,
  LanePlace,
  Page,
  Reading,
  ScoreNow,
  TierChangeEntry,
  TierMember,
  TierNow,
  TimelineEntry,
} from './types.ts';
