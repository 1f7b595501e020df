import { Fault } from '../errors.ts';
import type { Lane, Offset, Topic } from './event-log.ts';

/** Where a batch stands that the log delivers and nobody can decode. */
export interface UndecodablePlace {
  readonly topic: Topic;
  readonly lane: Lane;
  /** Where its reader stands: the batch may begin before. */
  readonly offset: Offset;
  /** The offset behind it; null where not even that is known. */
  readonly next: Offset | null;
}

/** The one bad input that stops a lane: nobody can say how many records it held, and of whom. */
export class UndecodableBatch extends Fault {
  readonly place: UndecodablePlace;
  /** What was found, in words. */
  readonly found: string;
  /** As the log delivers it. */
  readonly bytes: Uint8Array;

  /** @param advice what to do, in sentences */
  constructor(place: UndecodablePlace, found: string, bytes: Uint8Array, advice: string) {
    const { topic, lane, offset } = place;
    super(
      'undecodable-batch',
      `${topic}, lane ${lane}: expected at offset ${offset} a batch that can be decoded, found ${found}. ${advice}`,
    );
    this.place = place;
    this.found = found;
    this.bytes = bytes;
  }
}
