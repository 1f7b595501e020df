import type { SchemaIds } from '@tidemark/contracts';
import type { Ledger } from '../ledger.ts';
import { checkAccounts, checkAcknowledged, type RawEvidence } from './check-accounts.ts';
import { type CheckedPipeline, checkLane } from './check-lane.ts';
import { type Findings, noFindings } from './findings.ts';
import { readEvidence } from './read-evidence.ts';

/** Checks all of a pipeline whose services have stopped, against its log and against what producers know. */
export async function checkPipeline(
  pipeline: CheckedPipeline,
  schemaIds: SchemaIds,
  ledger: Ledger,
): Promise<Findings> {
  const findings = noFindings();
  const allRaw = new Map<string, RawEvidence>();
  for (let lane = 0; lane < pipeline.log.lanes; lane++) {
    const evidence = await readEvidence(pipeline.log, schemaIds, lane);
    checkAccounts(evidence, ledger.events, findings);
    for (const raw of evidence.raw) allRaw.set(`${lane}/${raw.origin}`, raw);
    await checkLane(pipeline, lane, findings);
  }
  checkAcknowledged(ledger.acknowledged, allRaw, findings);
  return findings;
}
