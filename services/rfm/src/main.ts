import { type FoldOptions, facetEntries, startScore } from '@tidemark/pipeline';
import { runFoldService } from '@tidemark/service';
import type { LaneObserver, ServicePorts } from '@tidemark/stream';

/** timeline ─> rfm ─> rfm-changes */
export function startRfm(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  return startScore(facetEntries.rfm, ports, options, observer);
}

if (import.meta.main) await runFoldService('rfm', startRfm);
