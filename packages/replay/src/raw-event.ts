import type { ControlRecordType, RawRecord } from '@tidemark/contracts';

/** A customer's event as a producer writes it. */
export type RawEvent = Exclude<RawRecord, { readonly recordType: ControlRecordType }>;
