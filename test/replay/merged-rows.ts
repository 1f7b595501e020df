import { customerKey, laneOf, RAW_TOPICS, type RawRecord, type RawTopic } from '@tidemark/contracts';
import type { Dataset } from '@tidemark/replay';

export type CustomerRecord = Extract<
  RawRecord,
  { recordType: 'order-event' | 'interaction-event' | 'marketing-event' }
>;

/** One event of the data set. */
export interface MergedRow {
  readonly customerId: string;
  readonly lane: number;
  readonly topic: RawTopic;
  readonly record: CustomerRecord;
}

/** The data set's events in the order in which a lane merges them: by time, then topic, then the data set's own order. */
export function* mergedRows(dataset: Dataset, lanes: number): Generator<MergedRow> {
  const laneOfCustomer = Array.from({ length: dataset.customers }, (_, customer) =>
    laneOf(customerKey(dataset.customerId(customer)), lanes),
  );
  let ofOneMs: MergedRow[] = [];
  for (let place = 0; place < dataset.size; place++) {
    const record = customerRecord(dataset.recordAt(place));
    if (ofOneMs[0] !== undefined && ofOneMs[0].record.value.occurredAt !== record.value.occurredAt) {
      yield* byTopic(ofOneMs);
      ofOneMs = [];
    }
    const customer = dataset.customerAt(place);
    const lane = laneOfCustomer[customer] ?? 0;
    ofOneMs.push({ customerId: dataset.customerId(customer), lane, topic: dataset.topicAt(place), record });
  }
  yield* byTopic(ofOneMs);
}

function byTopic(rows: MergedRow[]): MergedRow[] {
  return rows.sort((a, b) => RAW_TOPICS.indexOf(a.topic) - RAW_TOPICS.indexOf(b.topic));
}

function customerRecord(record: RawRecord): CustomerRecord {
  switch (record.recordType) {
    case 'order-event':
    case 'interaction-event':
    case 'marketing-event':
      return record;
    default:
      throw new Error(`expected orders, interactions and marketing events in the data set, found ${record.recordType}`);
  }
}
