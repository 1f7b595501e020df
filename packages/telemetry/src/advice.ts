import { type DeadLetterReason, deadLetterReasons } from '@tidemark/contracts';
import type { FaultCode, OperatingErrorCode } from '@tidemark/stream';

/** What to do about a lane that stopped with this code; for health, where the fault's own words are not at hand. */
export const faultAdvice: Readonly<Record<FaultCode, string>> = {
  'place-outside-log':
    "the log lost records or was made anew: bring them back, or start over in a new namespace; or the group's offsets were set: set them back",
  'record-changed': 'a topic was made anew: bring its records back, or start over in a new namespace',
  'state-missing':
    'some of the state is gone: see why (does Redis evict?), then empty the namespace, or restore a backup of the store',
  'other-fold-version':
    'the state is of another fold version: run the version that wrote it, or start over in a new namespace',
  'output-skipped': 'a change is missing from the log: make its topic anew and rebuild the score that writes it',
  'corrupt-record': 'a record cannot be read: look at it at the place that the log line names',
  'unknown-schema': 'a newer build wrote a record: upgrade this one, in every process of the service',
  'policy-unreadable': 'the policy in force is of a newer build: upgrade this one, in every process',
  'corrupt-state': 'the stored state cannot be read: clear it and rebuild the lane from the log',
  'undecodable-batch':
    'a batch of records cannot be decoded: `tidemark doctor` says where, and the command that sets it apart',
  'clock-ahead': "this machine's clock is ahead of the log's: set it (NTP), then start unify again",
};

/** What to do about a live lane whose time is ahead: nothing sets it back. */
export const CLOCK_AHEAD_ADVICE =
  "right this machine's clock if it is behind; wait if it is minutes; else replay what was accepted to a new place " +
  '(`npx tidemark replay --from-namespace NAME`, or `--from-data DIR`)';

/** What to look at while attempts fail with this code. */
export const outageAdvice: Readonly<Record<OperatingErrorCode, string>> = {
  'log-unavailable': 'check that the log (Kafka, or the data folder) runs and can be reached',
  'store-unavailable': 'check that the store (Redis, or the data folder) runs and can be reached',
  'registry-unavailable': 'check that the schema registry runs and can be reached',
  'data-folder-corrupt': 'the data folder is damaged: bring back a copy, or start over in another folder',
  'data-folder-held': 'another process has the data folder open: end it',
  'data-folder-newer': 'the data folder is of a newer version of Tidemark: run that one',
  'data-folder-gone': 'the data folder was removed while it was used: put it back, or start again on another',
  'disk-full': 'the disk of the data folder is full: make room, and it goes on by itself',
};

export const outageCodes = Object.keys(outageAdvice) as OperatingErrorCode[];

/** What a fold can refuse; unify refuses the others. */
export const foldDeadLetterReasons: readonly DeadLetterReason[] = [
  'too-old',
  'too-many-refunds',
  'order-unknown',
  'poison',
];
/** What is refused before there is a record: of calls, webhooks and CloudEvents. */
const mappingDeadLetterReasons: readonly DeadLetterReason[] = [
  'no-identity',
  'reserved-id',
  'unmapped',
  'missing-order-id',
];
/** The service that takes calls, webhooks and CloudEvents. */
export const DOOR = 'door';
/** Of what it refuses; a field that is wrong has the reason that it has everywhere. */
export const doorDeadLetterReasons: readonly DeadLetterReason[] = [
  ...mappingDeadLetterReasons,
  'malformed',
  'invalid-field',
  'invalid-time',
  'future',
  'unknown-currency',
  'key-mismatch',
  'too-large',
  'not-supported',
];
export const unifyDeadLetterReasons = deadLetterReasons.filter(
  (reason) => !foldDeadLetterReasons.includes(reason) && !mappingDeadLetterReasons.includes(reason),
);
