import { type FoldOptions, facetEntries, startScore } from '@tidemark/pipeline';
import { runFoldService } from '@tidemark/service';
import type { LaneObserver, ServicePorts } from '@tidemark/stream';

/** timeline ─> behaviour ─> behaviour-changes */
export function startBehaviour(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  return startScore(facetEntries.behaviour, ports, options, observer);
}

if (import.meta.main) await runFoldService('behaviour', startBehaviour);
