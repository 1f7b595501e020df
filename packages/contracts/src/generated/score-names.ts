// Generated from the registry of facets by packages/contracts/src/generate/main.ts. Do not edit.
import type { ScoreName } from '@tidemark/domain';

/** The scores, in the order of the wire: here, so that whoever only writes and reads records does without their folds. */
export const scoreNames: readonly ScoreName[] = ['rfm', 'behaviour', 'churn', 'visits'];
