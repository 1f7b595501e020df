import { type FoldOptions, profileEntry, startScore } from '@tidemark/pipeline';
import type { LaneObserver, ServicePorts } from '@tidemark/stream';

/** timeline ─> profile; it publishes no changes: its facet is for people and tools */
export function startProfile(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  return startScore(profileEntry, ports, options, observer);
}
