export { CALL_TYPES, type CallType, callTypeOf, mapCall, type Receipt } from './calls/map-call.ts';
export type { Accepted, Ignored, IgnoredReason, Outcome, Refused, SourceRecord, WarningCode } from './outcome.ts';
export { type AmountPlace, type ConsentFor, type Part, type Source, type SourceKind, sourceOf } from './source.ts';
