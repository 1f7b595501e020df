import { type DeadLetterReason, deadLetterReasons, TIMELINE_EVENT_TYPES } from '@tidemark/contracts';
import { EFFECT_NOTES } from '@tidemark/domain';
import type { Clock, LaneObserver } from '@tidemark/stream';
import { faultAdvice, outageAdvice } from './advice.ts';
import type { Meter } from './meter.ts';

/** What a label says of a value that the program does not know: labels must not grow with what is in the data. */
const OTHER = 'other';
const TIMELINE_TYPES: Readonly<Record<string, true>> = Object.fromEntries(
  [...TIMELINE_EVENT_TYPES, 'tick', 'policy', 'live-switch', 'cutover', 'format'].map((type) => [type, true]),
);

/** Moves the metrics of folds. */
export function countFolds(meter: Meter, clock: Clock): LaneObserver {
  return {
    acquired(service, lane) {
      meter.count('tidemark_lane_acquisitions_total', { service, lane });
    },
    committed(service, lane, chunk, { readMs, foldMs, commitMs, cacheHits, cacheMisses }) {
      for (const [type, count] of chunk.events) {
        meter.count('tidemark_events_folded_total', { service, type: oneOf(TIMELINE_TYPES, type) }, count);
      }
      for (const reason of chunk.deadLetters) countDeadLetter(meter, service, reason);
      for (const note of chunk.notes) {
        const reason = EFFECT_NOTES.includes(note) ? note : OTHER;
        meter.count('tidemark_events_without_effect_total', { service, reason });
      }
      meter.count('tidemark_records_folded_total', { service, lane }, chunk.recordsDone);
      meter.count('tidemark_steps_total', { service }, chunk.steps);
      meter.count('tidemark_timers_fired_total', { service }, chunk.timers);
      meter.count('tidemark_repeats_dropped_total', { service }, chunk.repeats);
      meter.count('tidemark_cache_hits_total', { service }, cacheHits);
      meter.count('tidemark_cache_misses_total', { service }, cacheMisses);
      meter.observe('tidemark_chunk_steps', { service }, chunk.steps);
      meter.observe('tidemark_chunk_duration_seconds', { service }, ((readMs ?? 0) + foldMs + (commitMs ?? 0)) / 1_000);
      if (readMs !== null) meter.observe('tidemark_state_read_duration_seconds', { service }, readMs / 1_000);
      if (commitMs !== null) meter.observe('tidemark_commit_duration_seconds', { service }, commitMs / 1_000);
    },
    published(service, _lane, outputs) {
      const now = clock.now();
      const changes = outputs.filter(({ topic }) => topic !== 'dead-letters');
      meter.count('tidemark_changes_published_total', { service }, changes.length);
      for (const { topic, rawAppendedAtMs } of changes) {
        if (topic !== 'tier-changes' || rawAppendedAtMs === undefined) continue;
        // The log's clock may be a little ahead of this one.
        const latencyMs = Math.max(0, now - rawAppendedAtMs);
        meter.observe('tidemark_tier_change_latency_seconds', {}, latencyMs / 1_000);
      }
    },
    refused(service, lane) {
      meter.count('tidemark_commits_refused_total', { service, lane });
    },
    retried(service, _lane, { code }) {
      meter.count('tidemark_retries_total', { service, code: oneOf(outageAdvice, code) });
    },
    faulted(service, lane, { code }) {
      meter.count('tidemark_faults_total', { service, lane, code: oneOf(faultAdvice, code) });
    },
    crashed(service) {
      meter.count('tidemark_crashes_total', { service });
    },
  };
}

export function countDeadLetter(meter: Meter, service: string, reason: DeadLetterReason): void {
  meter.count('tidemark_dead_letters_total', {
    service,
    reason: deadLetterReasons.includes(reason) ? reason : OTHER,
  });
}

export function oneOf(known: Readonly<Record<string, unknown>>, value: string): string {
  return Object.hasOwn(known, value) ? value : OTHER;
}
