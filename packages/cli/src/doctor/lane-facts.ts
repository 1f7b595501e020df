import type { Fault, Lane } from '@tidemark/stream';
import type { CommittedFormat } from '@tidemark/timeline';
import type { ServiceFacts } from '../folds/service-facts.ts';

/** What doctor knows of a lane; read once, then judged. */
export interface LaneFacts {
  readonly lane: Lane;
  readonly services: readonly ServiceFacts[];
  /** What would stop unify. */
  readonly unifyFault: Fault | null;
  /** Raw records that unify has not taken. */
  readonly unifyLag: number;
  /** In which format unify goes on; null where it has not begun. */
  readonly format: CommittedFormat | null;
}
