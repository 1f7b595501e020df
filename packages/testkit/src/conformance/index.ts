export { describeEventLog, type LogCapabilities, type LogUnderTest } from './event-log.ts';
export { describeProfileStore, type LostPart, type StoreUnderTest } from './profile-store.ts';
