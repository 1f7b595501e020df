export { CUSTOMER_ID_BYTES_MAX, type CustomerId, compareCustomerIds } from './customer-id.ts';
export {
  type Consent,
  type IdentityEvent,
  type InteractionEvent,
  MARKETING_KINDS,
  type MarketingEvent,
  type MarketingKind,
  ORDER_STATUSES,
  type OrderEvent,
  type OrderStatus,
  type TimelineEvent,
  type TimelineEventType,
} from './events.ts';
export { birthVersions } from './facets/birth-versions.ts';
export type {
  ExplainedScore,
  Measure,
  MeasureBand,
  MeasureInput,
  MeasureUnit,
} from './facets/explained-score.ts';
export { sectionOf } from './facets/facet.ts';
export {
  type ChannelNow,
  type ConsentNow,
  type CounterNow,
  describeProfile,
  type InterestNow,
  type MarketingNow,
  type ProfileNow,
  type TraitNow,
} from './facets/profile/describe-profile.ts';
export type { ProfileState } from './facets/profile/profile.ts';
export {
  type AnyFacet,
  type FacetName,
  type FacetSections,
  facetNamed,
  facetNames,
  facets,
  isOn,
  type ScoreName,
  scoreNames,
} from './facets/registry.ts';
export {
  EFFECT_NOTES,
  EFFECT_SENTENCES,
  type EffectNote,
  type Expired,
  Noted,
  Rejection,
  type RejectionReason,
  type Score,
  stateOf,
  type View,
  WAITED_IN_VAIN,
} from './facets/score.ts';
export {
  DAYS_MAX,
  DAYS_MIN,
  defaultsOf,
  type FieldShape,
  HISTORY_DAYS_MAX,
  nameInFile,
  type Section,
  type SectionField,
  type SectionFields,
} from './facets/section.ts';
export { type ViewField, valuesOf } from './facets/view-field.ts';
export { AMOUNT_MINOR_MAX, BASE_RATE, toBaseMinor } from './money.ts';
export { ORDERS_MAX } from './orders/bounds.ts';
export type { CommonPolicy, CurrencyPolicy, Policy, TierPolicy, TierRule } from './policy.ts';
export { type ErrorContext, TidemarkError, type TidemarkErrorOptions } from './tidemark-error.ts';
export {
  type ChangedView,
  decideTier,
  reasonsFor,
  type TierDecision,
  type TierDirection,
  type TierReason,
  type TierState,
  type ToldTier,
  takeOverTier,
  tierNextDueAt,
} from './tiers/decide.ts';
export { TIER_FIRST_VERSION, TIER_VERSION } from './tiers/version.ts';
export { type TierWords, tierWords } from './tiers/words.ts';
export { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, startOfDay, TIME_MS_MAX, type TimeMs, WEEK_MS } from './time.ts';
