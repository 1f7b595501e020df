/**
 * The hash of what each fold puts out over the bundled data set, and the file that remembers it. Run with `--update` to
 * write the file anew after a fold's version was raised, or after the default policy or the data set changed.
 */
import { createHash, type Hash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { customerKey, LANES_DEFAULT } from '@tidemark/contracts';
import { compareCustomerIds, describeProfile, type ProfileState, TIER_VERSION } from '@tidemark/domain';
import { facetEntries, foldServices, tierEncoding, timelineReader } from '@tidemark/pipeline';
import { plainFold } from '@tidemark/plain-fold';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import { openDataset } from '@tidemark/replay';
import { plainTimelines } from './plain-timeline.ts';

const FILE = new URL('output-hashes.json', import.meta.url);
export const UPDATE_COMMAND = 'node_modules/.bin/node test/replay/output-hashes.ts --update';

/** What the outputs are a function of, and their hashes. */
export interface OutputHashes {
  readonly dataSet: string;
  readonly policy: string;
  readonly folds: Readonly<Record<string, FoldOutputs>>;
}

export interface FoldOutputs {
  readonly version: number;
  readonly outputs: number;
  readonly sha256: string;
}

/** Hashes outputs in their order within a lane, lane after lane. */
export class OutputHash {
  outputs = 0;
  readonly #hash: Hash = createHash('sha256');

  add(key: Uint8Array, value: Uint8Array): void {
    const lengths = new Uint8Array(new Uint32Array([key.length, value.length]).buffer);
    this.#hash.update(lengths).update(key).update(value);
    this.outputs += 1;
  }

  /** To be called once, at the end. */
  result(): { readonly outputs: number; readonly sha256: string } {
    return { outputs: this.outputs, sha256: this.#hash.digest('hex') };
  }
}

/** Folds the whole data set under the default policy, plainly. */
export async function computeOutputHashes(): Promise<OutputHashes> {
  const policy = defaultPolicy();
  const document = policyDocument(policy);
  const dataset = await openDataset({ source: { kind: 'cdnow' }, simulated: true });
  const on = foldServices.filter(({ isOn }) => isOn(policy));
  const hashes = new Map(on.map(({ name }) => [name, new OutputHash()]));
  const timelines = plainTimelines({ dataset, policy, policyDocument: document, lanes: LANES_DEFAULT });
  for (const [lane, timeline] of timelines.entries()) {
    const tiers = [{ version: TIER_VERSION, encoding: tierEncoding }];
    const wiring = { lane, reader: timelineReader, scores: Object.values(facetEntries), tiers };
    const { facets, streamTime } = plainFold(timeline, wiring, ({ service, customerId, value }) => {
      hashes.get(service)?.add(customerKey(customerId), value);
    });
    // The profile publishes nothing: what people are told of it is what it puts out.
    const profiles = [...(facets.get('profile') ?? [])].sort(([a], [b]) => compareCustomerIds(a, b));
    for (const [customerId, facet] of profiles) {
      const { state } = facet as { readonly state: ProfileState };
      const told = JSON.stringify(describeProfile(state, streamTime));
      hashes.get('profile')?.add(customerKey(customerId), Buffer.from(told));
    }
  }
  const folds = on.map(({ name, version }) => [name, { version, ...hashes.get(name)?.result() }]);
  return { dataSet: dataset.fingerprint, policy: document.hash, folds: Object.fromEntries(folds) };
}

/** Null while there is no file. */
export function readOutputHashes(): OutputHashes | null {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as OutputHashes) : null;
}

/** What is wrong with the outputs found, each with what to do; empty if they are those expected. */
export function findChanges(expected: OutputHashes, found: OutputHashes): readonly string[] {
  const inputs = (['policy', 'dataSet'] as const).filter((input) => expected[input] !== found[input]);
  const changes = inputs.map((input) => `${INPUT_NAMES[input]} changed. Run ${UPDATE_COMMAND}`);
  for (const fold of new Set([...Object.keys(expected.folds), ...Object.keys(found.folds)])) {
    const before = expected.folds[fold];
    const now = found.folds[fold];
    if (before === undefined || now === undefined) {
      changes.push(`${fold}: expected it in the file as in the pipeline, found it in one. Run ${UPDATE_COMMAND}`);
    } else if (before.version !== now.version) {
      const versions = `expected version ${before.version}, as in the file, found ${now.version}`;
      changes.push(`${fold}: ${versions}. Run ${UPDATE_COMMAND}`);
    } else if (before.sha256 !== now.sha256 && inputs.length === 0) {
      changes.push(changedOutputs(fold, before, now));
    }
  }
  return changes;
}

const INPUT_NAMES = { policy: 'The default policy', dataSet: 'The bundled data set' };

function changedOutputs(fold: string, before: FoldOutputs, now: FoldOutputs): string {
  return (
    `${fold}: outputs over the same data set and policy changed (${before.outputs} before, ${now.outputs} now), and the ` +
    `fold's version is still ${now.version}: state of before would go on with other outputs. Raise the version of ` +
    `${fold}, then run ${UPDATE_COMMAND}`
  );
}

/** Whether a fold's outputs changed without a new version: that is not for an update to hide. */
function isUnversionedChange(expected: OutputHashes | null, found: OutputHashes): boolean {
  if (expected === null || expected.policy !== found.policy || expected.dataSet !== found.dataSet) return false;
  return Object.entries(found.folds).some(([fold, { version, sha256 }]) => {
    const before = expected.folds[fold];
    return before?.version === version && before.sha256 !== sha256;
  });
}

async function update(): Promise<void> {
  const expected = readOutputHashes();
  const found = await computeOutputHashes();
  const changes = expected === null ? [] : findChanges(expected, found);
  for (const change of changes) console.log(change);
  if (isUnversionedChange(expected, found)) {
    console.log('Nothing was written. (While no version was ever released: remove the file, then update.)');
    process.exitCode = 1;
    return;
  }
  writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
  console.log('output-hashes.json is up to date.');
}

if (import.meta.main && process.argv.includes('--update')) await update();
