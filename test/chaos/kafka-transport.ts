import { laneOf, type SchemaIds } from '@tidemark/contracts';
import { DeliveryError, encodeEvent, type Position, type ProducerTransport } from '@tidemark/producer';
import { type NewRecord, OperatingError, type SharedWriter } from '@tidemark/stream';

/** Carries a producer's events straight to Kafka, as programs do that do not take the way over HTTP. */
export function kafkaTransport(writer: SharedWriter, lanes: number, schemaIds: SchemaIds): ProducerTransport {
  return {
    eventsMax: 500,
    bytesMax: 1_000_000,
    async send(topic, events) {
      const byLane = new Map<number, { readonly at: number; readonly record: NewRecord }[]>();
      for (const [at, event] of events.entries()) {
        const { key, value } = encodeEvent(topic, event.record, schemaIds);
        const lane = laneOf(key, lanes);
        byLane.set(lane, [...(byLane.get(lane) ?? []), { at, record: { key, value, headers: {} } }]);
      }
      const positions: Position[] = [];
      const sends = [...byLane].map(async ([lane, entries]) => {
        const { baseOffset } = await writer.send(
          topic,
          lane,
          entries.map(({ record }) => record),
        );
        for (const [i, { at }] of entries.entries()) positions[at] = { lane, offset: baseOffset + i };
      });
      // All are awaited: a repeat must not overtake what is still under way.
      for (const outcome of await Promise.allSettled(sends)) {
        if (outcome.status === 'fulfilled') continue;
        if (!(outcome.reason instanceof OperatingError)) throw outcome.reason;
        throw new DeliveryError('unreachable', 'the log gave no answer', { cause: outcome.reason });
      }
      return positions;
    },
  };
}
