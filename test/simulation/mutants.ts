import { timelineReader } from '@tidemark/pipeline';
import type { ScoreReader, TimelineReader } from '@tidemark/stream';
import type { Alterations } from './wiring.ts';

/** Two owners who both commit: whoever comes second overwrites what the first one did. */
export const withoutPlaceCheckOfCommits: Alterations = { guards: { commitsCompareToken: false } };

/** States and timers loaded at another place than the chunk starts from. */
export const withoutPlaceCheckOfLoads: Alterations = { guards: { readsCompareToken: false } };

/** Every timeline record has an origin of its own, so that no repeat is known. */
export const withoutOriginCheck: Alterations = { reader: { ...timelineReader, record: recordWithOwnOrigin } };

function recordWithOwnOrigin(source: Parameters<TimelineReader['record']>[0]) {
  const record = timelineReader.record(source);
  return { ...record, origin: record.origin === null ? null : { topic: 'own', offset: record.offset } };
}

/** The first progress record of a score says that everything is here: tier decides from what happens to have arrived. */
export const withoutAlignment: Alterations = {
  scoreReader:
    (own): ScoreReader =>
    (score, source) => {
      const record = own(score, source);
      return record.kind === 'progress' ? { ...record, timelineOffset: Number.MAX_SAFE_INTEGER } : record;
    },
};
