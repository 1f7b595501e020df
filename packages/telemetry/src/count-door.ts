import type { DeadLetterReason } from '@tidemark/contracts';
import { DOOR, doorDeadLetterReasons } from './advice.ts';
import type { Meter } from './meter.ts';

export interface DoorEventCount {
  readonly type: string;
  readonly verdict: 'accepted' | 'ignored' | 'refused';
  /** Of a refused one. */
  readonly reason: DeadLetterReason | null;
}

/** A request that was answered: plain data, since it may come from another thread. */
export interface AnsweredRequest {
  /** Null where nobody is known to have sent it. */
  readonly source: string | null;
  readonly status: number;
  readonly durationSeconds: number;
  readonly bodyBytes: number;
  readonly events: readonly DoorEventCount[];
  /** By how much the sender's clock was behind; null where it did not say. */
  readonly skewSeconds: number | null;
}

/** Told by the door. */
export interface DoorObserver {
  answered(request: AnsweredRequest): void;
}

export function countDoor(meter: Meter): DoorObserver {
  return {
    answered({ source, status, durationSeconds, bodyBytes, events, skewSeconds }) {
      meter.count('tidemark_door_requests_total', { status });
      meter.observe('tidemark_door_request_duration_seconds', {}, durationSeconds);
      if (status === 401) meter.count('tidemark_door_unknown_keys_total', {});
      if (source === null) return;
      meter.count('tidemark_door_body_bytes_total', { source }, bodyBytes);
      if (skewSeconds !== null) meter.observe('tidemark_door_clock_skew_seconds', { source }, Math.abs(skewSeconds));
      for (const { type, verdict, reason } of events) {
        meter.count('tidemark_door_events_total', { source, type, verdict });
        if (reason !== null) meter.count('tidemark_dead_letters_total', { service: DOOR, reason });
      }
    },
  };
}

/** What alerts watch the increase of begins at 0. */
export function startDoorCounters(meter: Meter): void {
  meter.count('tidemark_door_unknown_keys_total', {}, 0);
  for (const reason of doorDeadLetterReasons) meter.count('tidemark_dead_letters_total', { service: DOOR, reason }, 0);
}
