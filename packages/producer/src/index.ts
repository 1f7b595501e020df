export { type EncodedEvent, encodeEvent } from './encode-event.ts';
export { EventError, type FieldProblem } from './event-error.ts';
export type {
  EntryInput,
  EventInputs,
  IdentityInput,
  InteractionInput,
  MarketingInput,
  OrderInput,
  OrderItemInput,
  TimeInput,
} from './event-inputs.ts';
export { type EventRecords, type EventTopic, isEventTopic, RECORD_TYPES } from './event-records.ts';
export { type HttpTransportOptions, httpTransport, REQUEST_BYTES_MAX, REQUEST_RECORDS_MAX } from './http-transport.ts';
export { createProducer, type Delivered, type Producer, type ProducerOptions } from './producer.ts';
export type { ProducerRuntime } from './runtime.ts';
export {
  DeliveryError,
  type DeliveryErrorCode,
  type OutgoingEvent,
  type Position,
  type ProducerTransport,
  RefusedEvents,
} from './transport.ts';
