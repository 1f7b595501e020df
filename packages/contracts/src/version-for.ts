import type { PolicyRecord, Records, RecordType, TimelinePolicyRecord } from './generated/records.ts';

/**
 * The version of its schema that a record is written with: what an older one can say is written with that, so that a new
 * build changes no byte of what it wrote before, and builds of before read it as long as they can. A type without an entry
 * is written with its newest version.
 */
export const versionFor: { readonly [R in RecordType]?: (record: Records[R]) => number } = {
  policy: policyVersionFor,
  'timeline-policy': policyVersionFor,
  'tier-change': ({ strategy }) => (strategy === null ? 1 : 2),
};

export function policyVersionFor({
  format,
  versions,
}: Pick<PolicyRecord & TimelinePolicyRecord, 'format' | 'versions'>) {
  return format === 1 && Object.keys(versions).length === 0 ? 1 : 2;
}
