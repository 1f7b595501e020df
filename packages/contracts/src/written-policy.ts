import { codecs } from './codecs.ts';

/** A policy as those have it who write it to the log. */
export interface WrittenPolicy {
  readonly number: number;
  /** How the document is to be read, from 1. */
  readonly format: number;
  /** Canonical JSON. */
  readonly document: string;
  /** SHA-256 of the document. */
  readonly hash: string;
  /** Of a lane's first policy: the fold versions that tell from its start, other than the first releases', by service. */
  readonly versions?: Readonly<Record<string, number>>;
}

/** Its bytes on the timeline, by the oldest schema that can say it, whose fingerprint belongs into the headers. */
export function encodeTimelinePolicy({ number, hash, document, format, versions = {} }: WrittenPolicy) {
  const codec = codecs['timeline-policy'];
  const record = { number, hash, document, format, versions };
  return { value: codec.encode(record), schema: codec.fingerprintFor(record) };
}
