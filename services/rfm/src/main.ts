import { type FoldOptions, scores, startScore } from '@tidemark/pipeline';
import type { LaneObserver, ServicePorts } from '@tidemark/stream';

/** timeline ─> rfm ─> rfm-changes */
export function startRfm(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  return startScore(scores.rfm, ports, options, observer);
}
