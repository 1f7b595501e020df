import { TIER_FIRST_VERSION } from '@tidemark/domain';
import { changeRecordTypeOf, type EventRecordType } from './catalogue.ts';
import type {
  ChangeRecord,
  IdentityEventRecord,
  PolicyRecord,
  Records,
  RecordType,
  TimelinePolicyRecord,
} from './generated/records.ts';
import { scoreNames } from './generated/score-names.ts';

/**
 * The version of its schema that a record is written with: what an older one can say is written with that, so that a new
 * build changes no byte of what it wrote before, and builds of before read it as long as they can. A type without an entry
 * is written with its newest version.
 */
export const versionFor: { readonly [R in RecordType]?: (record: Records[R]) => number } = {
  policy: policyVersionFor,
  'timeline-policy': policyVersionFor,
  'identity-event': identityVersionFor,
  'timeline-identity': identityVersionFor,
  progress: ({ foldVersion }) => (foldVersion === null ? 2 : 3),
  'tier-change': ({ strategy, foldVersion }) =>
    strategy === null && (foldVersion ?? TIER_FIRST_VERSION) === TIER_FIRST_VERSION ? 1 : 2,
  ...Object.fromEntries(scoreNames.map((name) => [changeRecordTypeOf(name), changeVersionFor])),
};

/** Version 1 cannot say that a trait is no longer so. */
function identityVersionFor({ traits }: Pick<IdentityEventRecord, 'traits'>): number {
  return Object.values(traits).includes(null) ? 2 : 1;
}

/** A score that came later has one version of its schema, which says both. */
function changeVersionFor({ foldVersion }: ChangeRecord): number {
  return foldVersion === null ? 1 : 2;
}

export function policyVersionFor({
  format,
  versions,
}: Pick<PolicyRecord & TimelinePolicyRecord, 'format' | 'versions'>) {
  return format === 1 && Object.keys(versions).length === 0 ? 1 : 2;
}

/** The version that a producer's event is written with: a schema's id is asked for it, and `encodeRaw` writes by it. */
export function rawVersionFor<R extends EventRecordType>(recordType: R, record: Records[R]): number {
  return versionFor[recordType]?.(record) ?? 1;
}
