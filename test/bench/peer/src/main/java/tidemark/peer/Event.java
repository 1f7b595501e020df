package tidemark.peer;

import org.apache.avro.generic.GenericRecord;

/** What the timeline holds of one event of a customer. */
record Event(String type, String eventId, long occurredAt, GenericRecord data) {
  String text(String field) {
    Object value = data.get(field);
    return value == null ? null : value.toString();
  }
}
