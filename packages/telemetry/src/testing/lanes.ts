import { RAW_TOPICS } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { ChunkTiming, FoldedChunk, LaneStatus, OutboxEntry } from '@tidemark/stream';
import type { UnifyLaneStatus } from '@tidemark/timeline';

export const timing: ChunkTiming = { readMs: 2, foldMs: 3, commitMs: 5, cacheHits: 4, cacheMisses: 1 };

export function laneStatus(overrides: Partial<LaneStatus> = {}): LaneStatus {
  return {
    lane: 0,
    next: 0,
    streamTime: Date.UTC(2026, 10, 20) as TimeMs,
    clock: 'live',
    isAcquired: true,
    fault: null,
    waitsFor: [],
    outboxDepth: 0,
    outboxWaitingMs: 0,
    isBeside: false,
    endedBy: null,
    ...overrides,
  };
}

export function unifyStatus(overrides: Partial<UnifyLaneStatus> = {}): UnifyLaneStatus {
  return {
    lane: 0,
    isAcquired: true,
    fault: null,
    logTime: Date.UTC(2026, 10, 20) as TimeMs,
    clock: 'live',
    dedupReachesBackTo: null,
    waitsForRegistry: false,
    earliestAt: null,
    currency: null,
    next: new Map(RAW_TOPICS.map((topic) => [topic, 0])),
    ...overrides,
  };
}

export function foldedChunk(overrides: Partial<FoldedChunk> = {}): FoldedChunk {
  return {
    meta: {
      foldVersion: 1,
      place: { offset: 9, cursor: null },
      streamTime: 0 as TimeMs,
      clock: 'live',
      origins: {},
      last: null,
      policy: null,
      sequence: 0,
      number: 0,
      inputs: {},
    },
    outputs: [],
    recordsDone: 10,
    steps: 12,
    bytes: 0,
    events: new Map([['order', 7]]),
    timers: 2,
    repeats: 1,
    deadLetters: [],
    notes: [],
    fault: null,
    poisoned: [],
    ...overrides,
  };
}

export function output(overrides: Partial<OutboxEntry> = {}): OutboxEntry {
  return { sequence: 1, topic: 'tier-changes', key: null, value: new Uint8Array(), headers: {}, ...overrides };
}
