import { type FoldOptions, facetEntries, startScore } from '@tidemark/pipeline';
import { runFoldService } from '@tidemark/service';
import type { LaneObserver, ServicePorts } from '@tidemark/stream';

/** timeline ─> churn ─> churn-changes */
export function startChurn(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  return startScore(facetEntries.churn, ports, options, observer);
}

if (import.meta.main) await runFoldService('churn', startChurn);
