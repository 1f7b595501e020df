export type { TierChangeJson } from '@tidemark/contracts';
export { type ConsumerOptions, consumeTierChanges, type Retry } from './consume-tier-changes.ts';
export { ConsumerError, type ConsumerErrorCode } from './consumer-error.ts';
export { filePlace } from './file-place.ts';
export { type HttpSourceOptions, httpSource } from './http-source.ts';
export { type Beginning, memoryPlace, type Place, type PlaceStore } from './place.ts';
export type { ConsumerRuntime } from './runtime.ts';
export { settle } from './settle.ts';
export type { SourcedChange, TierChangeSource } from './tier-change-source.ts';
