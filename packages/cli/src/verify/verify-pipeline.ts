import type { CustomerId } from '@tidemark/domain';
import { foldServices } from '@tidemark/pipeline';
import type { Lane } from '@tidemark/stream';
import { type OpenedPipeline, readPipeline } from '../location/opened-pipeline.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { formatCount } from '../terminal/format.ts';
import { lanesAsked } from '../terminal/lanes-asked.ts';
import type { VerifyOptions } from './command.ts';
import { type Difference, formatDifference } from './difference.ts';
import { sampleCustomers } from './sample-customers.ts';
import { type VerifiedLane, verifyLane } from './verify-lane.ts';

/** What was found so far. */
interface Findings {
  differences: number;
  customers: number;
  lanes: number;
  behind: number;
  readonly moving: Lane[];
  readonly unverifiable: { readonly lane: Lane; readonly why: string }[];
  /** The first of them, for --json. */
  readonly first: Difference[];
}

const JSON_DIFFERENCES_MAX = 1_000;

/** Verifies lane after lane; prints what differs as it is found. */
export async function verifyPipeline(options: VerifyOptions, environment: Environment): Promise<number> {
  const { stdout } = environment;
  return readPipeline(options, environment, async (pipeline) => {
    const lanes = lanesAsked(pipeline.log.lanes, options.lane);
    const samples = await samplesOf(pipeline, lanes, options);
    const services = new Set(options.service === undefined ? foldServices.map(({ name }) => name) : [options.service]);
    const findings: Findings = {
      differences: 0,
      customers: 0,
      lanes: 0,
      behind: 0,
      moving: [],
      unverifiable: [],
      first: [],
    };
    for (const lane of lanes) {
      const sample = samples === null ? null : (samples.get(lane) ?? new Set<CustomerId>());
      const verified = await verifyLane(pipeline, lane, { services, sample, signal: environment.stop });
      const signal = stopSignalOf(environment);
      if (signal !== null) return exitCodeOf(signal);
      note(findings, lane, verified);
      if (options.json) continue;
      for (const line of describeLane(lane, verified)) await stdout.line(line);
    }
    if (options.json) await stdout.line(findingsJson(findings));
    else for (const line of describeFindings(findings)) await stdout.line(line);
    return findings.differences > 0 || findings.lanes === 0 ? EXIT.failed : EXIT.ok;
  });
}

async function samplesOf(pipeline: OpenedPipeline, lanes: readonly Lane[], { sample, seed }: VerifyOptions) {
  return sample === undefined ? null : sampleCustomers(pipeline, lanes, sample, seed);
}

function note(findings: Findings, lane: Lane, verified: VerifiedLane): void {
  if (verified.kind === 'moving') findings.moving.push(lane);
  else if (verified.kind === 'unverifiable') findings.unverifiable.push({ lane, why: verified.why });
  else {
    findings.lanes++;
    findings.customers += verified.customers;
    findings.behind += verified.behind;
    findings.differences += verified.differences.length;
    findings.first.push(...verified.differences.slice(0, JSON_DIFFERENCES_MAX - findings.first.length));
  }
}

function describeLane(lane: Lane, verified: VerifiedLane): readonly string[] {
  switch (verified.kind) {
    case 'compared':
      return verified.differences.map(formatDifference);
    case 'moving':
      return [
        `lane ${lane}: moving, or part-way in a record. Verify it again, or stop the process that folds it first.`,
      ];
    case 'unverifiable':
      return [`lane ${lane}: cannot be verified: ${asSentence(verified.why)} \`npx tidemark doctor\` says what to do.`];
  }
}

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function describeFindings({ differences, customers, lanes, behind, moving, unverifiable }: Findings): string[] {
  const what = differences === 1 ? '1 difference' : `${formatCount(differences)} differences`;
  const lines = [`${what} in ${formatCount(customers)} customers of ${formatCount(lanes)} lanes.`];
  const left = moving.length + unverifiable.length;
  if (left > 0) lines.push(`Not compared: ${left === 1 ? '1 lane' : `${formatCount(left)} lanes`}, see above.`);
  if (behind > 0) lines.push(`The slowest services have yet to fold ${formatCount(behind)} timeline records.`);
  if (differences > 0) lines.push('Where the state is wrong, `npx tidemark rebuild --service NAME` makes it anew.');
  return lines;
}

function findingsJson({ first, ...counts }: Findings): string {
  return JSON.stringify({ ...counts, found: first });
}
