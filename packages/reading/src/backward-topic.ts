import type { Lane, LogRecord, Offset, ToldTopic, Topic } from '@tidemark/stream';
import { BackwardVersions } from './backward-versions.ts';
import { isKeyOf } from './find-record.ts';
import type { Reading, TimelineEntry } from './types.ts';

/** A record of a customer, as a page shows it. */
export interface FoundRecord {
  readonly entry: TimelineEntry;
  /** Where it stands among all that happened to the customer: compared number by number, greater is newer. */
  readonly order: readonly number[];
  /**
   * Numbers of one series grow along the topic, except in what was sent again after a crash. So, backwards, what is not
   * below all numbers given before was given before.
   */
  readonly series: number;
  readonly number: number;
}

/** A topic that has records of customers. */
export interface CustomerTopic {
  readonly topic: Topic;
  readonly seriesCount: number;
  /** How it says versions of a fold; null for a topic that no fold writes. */
  readonly told: ToldTopic | null;
  /** Null for a record that is not shown. */
  read(record: LogRecord): FoundRecord | null;
}

/** Where to go on backwards: before `end`, with numbers below `below`, by series. */
export interface BackwardPlace {
  readonly end: Offset;
  readonly below: readonly number[];
}

const PAGE_RECORDS = 500;

/** Reads a customer's records of one topic's lane from the newest to the oldest. */
export class BackwardTopic {
  readonly #log: Reading['log'];
  readonly #source: CustomerTopic;
  readonly #lane: Lane;
  readonly #key: Uint8Array;
  readonly #start: Offset;
  readonly #versions: BackwardVersions | null;
  /** Found and not given, newest first. */
  #found: { readonly offset: Offset; readonly record: FoundRecord }[] = [];
  /** All from here on was looked at. */
  #end: Offset;
  readonly #below: number[];

  constructor(
    log: Reading['log'],
    source: CustomerTopic,
    lane: Lane,
    key: Uint8Array,
    start: Offset,
    place: BackwardPlace,
  ) {
    this.#log = log;
    this.#source = source;
    this.#lane = lane;
    this.#key = key;
    this.#start = start;
    this.#versions = source.told && new BackwardVersions(log, source.told, lane);
    this.#end = place.end;
    this.#below = [...place.below];
  }

  /** The newest record not given yet, as far as is known. */
  get head(): FoundRecord | null {
    for (;;) {
      const first = this.#found[0];
      if (first === undefined) return null;
      if (first.record.number < (this.#below[first.record.series] ?? 0)) return first.record;
      this.#found.shift();
    }
  }

  /** Whether there may be records that were not looked at. */
  get hasMore(): boolean {
    return this.#end > this.#start;
  }

  get place(): BackwardPlace {
    const first = this.#found[0];
    return { end: first === undefined ? this.#end : first.offset + 1, below: this.#below };
  }

  /** Counts the head as given. */
  take(): void {
    const first = this.#found.shift();
    if (first !== undefined) this.#below[first.record.series] = first.record.number;
  }

  /** Looks at the page of records before; resolves to how many it looked at. */
  async readPage(): Promise<number> {
    const { topic } = this.#source;
    const from = Math.max(this.#start, this.#end - PAGE_RECORDS);
    const count = this.#end - from;
    const records = (await this.#log.read(topic, this.#lane, from, count)).filter(({ offset }) => offset < this.#end);
    const counted = (await this.#versions?.counted(records, from, this.#end)) ?? records;
    for (const record of counted.toReversed()) {
      if (!isKeyOf(record, this.#key)) continue;
      const found = this.#source.read(record);
      if (found !== null) this.#found.push({ offset: record.offset, record: found });
    }
    this.#end = from;
    return count;
  }
}
