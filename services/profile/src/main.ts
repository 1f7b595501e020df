import { type FoldOptions, profileEntry, startScore } from '@tidemark/pipeline';
import { runFoldService } from '@tidemark/service';
import type { LaneObserver, ServicePorts } from '@tidemark/stream';

/** Nothing waits for a profile: a quarter of a second makes of a customer's many events and timers one write. */
const LINGER_MS = 250;
/** Steps, not customers: a chunk holds each customer once however much happened to him. */
const CHUNK_STEPS_MAX = 20_000;

/** timeline ─> profile; it publishes no changes: its facet is for people and tools */
export function startProfile(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  const chunk = { ...options.chunk, stepsMax: Math.max(options.chunk.stepsMax, CHUNK_STEPS_MAX) };
  return startScore(profileEntry, ports, { ...options, chunk, lingerMs: LINGER_MS }, observer);
}

if (import.meta.main) await runFoldService('profile', startProfile);
