import { type FoldOptions, startTier as startTierFold } from '@tidemark/pipeline';
import { runFoldService } from '@tidemark/service';
import type { LaneObserver, ServicePorts } from '@tidemark/stream';

/** timeline, rfm-changes, behaviour-changes, churn-changes ─> tier ─> tier-changes */
export function startTier(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  return startTierFold(ports, options, observer);
}

if (import.meta.main) await runFoldService('tier', startTier);
