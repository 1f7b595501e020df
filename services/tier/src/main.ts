import { startTier } from '@tidemark/pipeline';
import { runFoldService } from '@tidemark/runtime';

/** timeline, the change topics of all scores ─> tier ─> tier-changes */
if (import.meta.main) await runFoldService('tier', startTier);
