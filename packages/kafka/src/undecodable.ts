import { isRawTopic } from '@tidemark/contracts';
import { type Lane, type Offset, type Topic, UndecodableBatch } from '@tidemark/stream';

/** What kafkajs, as it is patched, says of a batch that it cannot decode, and with which an answer ends. */
export interface Undecodable {
  /** Of its first record; null where the broker itself cannot read it. */
  readonly offset: string | null;
  /** Of its last; null where that is not sure. */
  readonly lastOffset: string | null;
  /** Nothing of the partition follows in the same answer. */
  readonly isLastOfAnswer: boolean;
  readonly bytes: Buffer;
  readonly reason: string;
}

/**
 * @param position where the reader stands, which may be within the batch
 * @param end the offset behind the batch if that does not say; null where it is not known either
 */
export function asUndecodableBatch(
  topic: Topic,
  lane: Lane,
  position: Offset,
  found: Undecodable,
  end: Offset | null = null,
): UndecodableBatch {
  const offset = Math.max(position, Number(found.offset ?? position));
  const next = found.lastOffset === null ? end : Number(found.lastOffset) + 1;
  const advice =
    isRawTopic(topic) && found.offset !== null
      ? 'Set it apart as one dead letter: stop unify, run ' +
        `\`npx tidemark dead-letters set-apart ${topic}:${lane}:${offset}\`, and start unify.`
      : 'Bring it back from a replica or a copy of the topic, or do as the runbook says.';
  return new UndecodableBatch({ topic, lane, offset, next }, found.reason, found.bytes, advice);
}
