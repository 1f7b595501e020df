import { facetNames, facets, type ScoreName, scoreNames } from '@tidemark/domain';
import { type ChangeTopic, changeTopicOf, type TopicName } from '../catalogue.ts';
import { deadLetterReasons } from '../dead-letter-reasons.ts';

/** What the catalogue cannot know of a topic: the sentences of its channel and operation in docs/asyncapi.yaml. */
export interface TopicProse {
  readonly title: string;
  readonly holds: string;
  readonly writtenBy: string;
  readonly readBy: string;
  /** What the key is, and on which records. */
  readonly key: string;
  readonly order: string;
  /** What the operation is for, seen from Tidemark. */
  readonly operation: string;
  /** What whoever is at the other end must do, a sentence each. */
  readonly duties: readonly string[];
}

const CUSTOMER_KEY =
  "The customer's id: 1 to 256 bytes of UTF-8. It decides the partition by Kafka's own murmur2 partitioner, so that a customer is in the same partition of every topic.";

const ONE_LANE = 'Records keep the order of their partition, and none ever moves to another.';

/** Of everybody who writes events about customers. */
const PRODUCER_DUTIES = [
  "Register each record type's schema, and write Confluent's wire format: a zero byte, the schema id in 4 bytes (big-endian), the Avro body.",
  "Set the record's key to the bytes of `customerId`, and let Kafka's murmur2 partitioner choose the partition.",
  'Give every event an `eventId` of its own, and the same one when it is sent again: repeats within the dedup window are dropped.',
  'Send with acks=all and an idempotent producer, so that a retry neither loses nor reorders.',
  'Give `occurredAt` in UTC, at most 5 minutes ahead: later ones become dead letters. Late events are applied.',
  'Write punctuations only when replaying under the event clock, to every partition and without a key.',
];

const SCORE_DUTIES = [
  'Drop a record whose `number` was seen in its partition. One that is skipped is a fault: stop there.',
  'Wait for the progress record at or beyond a timeline offset before taking the score to be complete up to it.',
  'Find the reader schema by the fingerprint in the header `schema`.',
];

export const topicProse: Readonly<Record<TopicName, TopicProse>> = {
  interactions: raw('Interactions', 'What customers did: views, searches, clicks, visits.', 'interactions'),
  orders: raw('Orders', 'The life of orders: placed, paid, cancelled, refunded.', 'orders', [
    'An order is idempotent by `orderId` and `status`; tell several part refunds apart by `refundId`.',
  ]),
  marketing: raw('Marketing', 'What became of the messages of campaigns.', 'marketing events'),
  identities: raw('Identities', 'What is known of customers: traits, consents, links, erasures.', 'identities'),
  control: {
    title: 'Control',
    holds:
      'What a pipeline is to do: policies, the switch to the live clock, which versions of folds tell their changes, and the format of the timeline.',
    writtenBy: 'The `tidemark` command and the replay.',
    readBy: 'unify.',
    key: 'None: a copy of every record stands in every partition.',
    order:
      'Numbers ascend. A lane applies a record only if its number is greater than the last one of its kind; a cutover, if its version is; a format, if it is.',
    operation: 'Takes policies, the live switch, cutovers and formats into the timeline of every lane.',
    duties: [
      'Write each record to every partition, and repeat that until all have it: a lane drops what it has applied.',
      'Write a policy first: unify holds the events of a lane until it has one.',
    ],
  },
  timeline: {
    title: 'Timeline',
    holds:
      'Every accepted event of a lane, normalised, in the order that counts; also ticks, policies, live switches, cutovers and formats.',
    writtenBy: 'unify.',
    readBy: `${facetNames.join(', ')} and tier.`,
    key: `${CUSTOMER_KEY} Ticks, policies and live switches have none.`,
    order: 'Offsets are the order in which every fold applies records. The header `log-time` never goes back.',
    operation: 'Writes what was accepted, once a lane has its policy.',
    duties: [
      'Drop a record whose header `origin` is not beyond the greatest offset seen of its raw topic in the lane: unify repeats after a crash.',
      'Read both formats, mixed in a lane: one header `head`, or the seven headers of before. What follows says what they are called there.',
      'Take the time from the header `log-time`, never from the Kafka timestamp.',
      'Find the reader schema by the fingerprint in the header `schema`; a tick has no value.',
    ],
  },
  ...(Object.fromEntries(scoreNames.map((name) => [changeTopicOf(name), change(name)])) as Record<
    ChangeTopic,
    TopicProse
  >),
  'tier-changes': {
    title: 'Tier changes',
    holds: "The product: every change of a customer's tier, with its reasons and causes.",
    writtenBy: 'tier.',
    readBy: 'Marketing tools and everybody else who acts on tiers.',
    key: CUSTOMER_KEY,
    order: 'Per customer, `change` is dense from 1; per partition, `number` is.',
    operation: "Says that a customer's tier changed, and why.",
    duties: [
      'Records may come more than once: keep the greatest `change` of each customer (or the greatest `number` of each partition) and drop what is not beyond it.',
      'A `number` that is skipped is a fault: stop and ask.',
      'Do not take the newest record of a compacted copy for the newest tier: compare `change`.',
      'Find the reader schema by the fingerprint in the header `schema`.',
    ],
  },
  'dead-letters': {
    title: 'Dead letters',
    holds: `What could not be accepted or folded, with its original bytes and one of these reasons: ${deadLetterReasons.map((reason) => `\`${reason}\``).join(', ')}.`,
    writtenBy: 'unify and every service that folds.',
    readBy: 'Operators, and whoever mends records and sends them again.',
    key: "As unify writes it, the refused record's key, valid or not, or none where it had none; as a fold writes it, the customer's id.",
    order: 'None across services.',
    operation: 'Keeps what was refused, and why.',
    duties: [
      'A letter may come more than once: the same `service`, `topic`, `lane`, `offset` and key is the same refusal.',
      'Keys, values and headers hold what the producer sent: treat them as customer data of unknown shape.',
      'Find the reader schema by the fingerprint in the header `schema`.',
    ],
  },
};

function raw(title: string, holds: string, what: string, more: readonly string[] = []): TopicProse {
  return {
    title,
    holds,
    writtenBy: 'Your producers; the replay under the event clock.',
    readBy: 'unify.',
    key: `${CUSTOMER_KEY} Punctuations have none.`,
    order: ONE_LANE,
    operation: `Takes ${what} in, validates and normalises them, drops repeats and writes the rest to the timeline.`,
    duties: [...PRODUCER_DUTIES, ...more],
  };
}

function change(score: ScoreName): TopicProse {
  const { title, subject } = facets[score];
  return {
    title: `${title} changes`,
    holds: `Changes of the ${subject} view of customers, and progress records.`,
    writtenBy: `${score}.`,
    readBy: 'tier.',
    key: `${CUSTOMER_KEY} Progress records have none.`,
    order: 'Ascending by timeline offset. `number` is dense from 1 in a partition.',
    operation: `Says that a customer's ${subject} view changed, and up to which timeline offset all such changes are in the log.`,
    duties: SCORE_DUTIES,
  };
}
