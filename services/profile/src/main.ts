import { type FoldOptions, facetEntries, startScore } from '@tidemark/pipeline';
import { runFoldService } from '@tidemark/service';
import type { LaneObserver, ServicePorts } from '@tidemark/stream';

/** timeline ─> profile; it publishes no changes: its facet is for people and tools */
export function startProfile(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  return startScore(facetEntries.profile, ports, options, observer);
}

if (import.meta.main) await runFoldService('profile', startProfile);
