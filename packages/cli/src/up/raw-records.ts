import {
  createRawDecoder,
  encodePolicy,
  encodeRaw,
  type RawDecoder,
  type RawRecord,
  type RawRecordType,
  type RawTopic,
  type SchemaIds,
  type WrittenPolicy,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type EventLog, type Headers, type Lane, type NewRecord, readLaneBackwards } from '@tidemark/stream';
import { Failure } from '../terminal/failure.ts';

/** Raw records as the log has them, and what they say. */
export class RawRecords {
  readonly log: Pick<EventLog, 'bounds' | 'read'>;
  readonly #ids: SchemaIds;
  readonly #decoder: RawDecoder;

  constructor(log: RawRecords['log'], ids: SchemaIds) {
    this.log = log;
    this.#ids = ids;
    this.#decoder = createRawDecoder(ids);
  }

  async decode(value: Uint8Array | null): Promise<RawRecord | null> {
    const outcome = await this.#decoder.decode(value);
    return outcome.ok ? outcome : null;
  }

  /** Of a topic of a replay; null without one. `headers`: those of the topic's last record, from which a replay goes on. */
  async lastPunctuation(topic: RawTopic, lane: Lane) {
    let headers: Headers | null = null;
    for await (const last of readLaneBackwards(this.log, topic, lane)) {
      headers ??= last.headers;
      const record = await this.decode(last.value);
      if (record?.recordType === 'punctuation') return { ...record.value, headers };
    }
    return null;
  }

  /** Both throw a `Failure` where the schema that it needs is not registered. */
  policy(policy: WrittenPolicy, time: TimeMs): NewRecord {
    const value = encodePolicy(this.#ids, policy, time);
    if (value !== null) return { key: null, value, headers: {} };
    throw missing(`the schema of policies of format ${policy.format}`);
  }

  encode<R extends Exclude<RawRecordType, 'policy'>>(
    recordType: R,
    value: Parameters<typeof encodeRaw<R>>[2],
    headers: Headers = {},
  ): NewRecord {
    const id = this.#ids.idOf(recordType);
    if (id === undefined) throw missing(`the schema of ${recordType}`);
    return { key: null, value: encodeRaw(recordType, id, value), headers };
  }
}

function missing(schema: string): Failure {
  return new Failure(
    `expected ${schema} in the registry, found it missing. Nothing was written: run \`npx tidemark schemas apply\`, then do ` +
      'the same again',
  );
}
