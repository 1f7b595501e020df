import type { RawTopic } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { RawEvent } from './raw-event.ts';

/** Events to replay, by their places in order of time. The same source gives the same events in the same places. */
export interface ReplaySource {
  /** What it is called, for people. */
  readonly name: string;
  /** SHA-256 of all that it holds, 64 hex digits. */
  readonly fingerprint: string;
  readonly size: number;
  /** Start of the UTC day of the first event, and of the last. */
  readonly firstDay: TimeMs;
  readonly lastDay: TimeMs;
  /** The places of the events of the UTC day that starts at `day`; `from` = `to` if none. */
  placesOfDay(day: TimeMs): { readonly from: number; readonly to: number };
  topicAt(place: number): RawTopic;
  customerIdAt(place: number): string;
  recordAt(place: number): RawEvent;
}
