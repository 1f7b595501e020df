package tidemark.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** A raw record: decoded, told apart from repeats, written to the timeline, and handed to the scores. */
final class Normalise implements Processor<byte[], byte[], byte[], Object> {
  /** So many events of a customer are remembered, to tell a repeat. */
  private static final int REMEMBERED = 64;

  private record Kind(String type, Wire raw, Wire timeline) {}

  private final Map<String, Kind> kinds;
  private final String prefix;
  private ProcessorContext<byte[], Object> context;
  private KeyValueStore<byte[], byte[]> seen;

  Normalise(String prefix, Path schemas) {
    this.prefix = prefix;
    kinds = Map.of(
        "orders", kind("order", schemas, 1, 1),
        "interactions", kind("interaction", schemas, 1, 1),
        "marketing", kind("marketing", schemas, 1, 1),
        "identities", kind("identity", schemas, 2, 2));
  }

  private static Kind kind(String type, Path schemas, int raw, int timeline) {
    return new Kind(type, Wire.of(schemas, type + "-event", raw), Wire.of(schemas, "timeline-" + type, timeline));
  }

  @Override
  public void init(ProcessorContext<byte[], Object> context) {
    this.context = context;
    seen = context.getStateStore("seen");
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Progress.firstRecord();
    String topic = context.recordMetadata().orElseThrow().topic().substring(prefix.length());
    Kind kind = kinds.get(topic);
    if (kind == null || record.key() == null || record.value() == null || record.value()[0] != 0) return;
    GenericRecord raw = kind.raw.readFramed(record.value());
    String eventId = raw.get("eventId").toString();
    if (isRepeat(record.key(), eventId)) return;
    GenericRecord data = kind.timeline.take(raw);
    byte[] value = kind.timeline.write(data);
    String head = "2 " + kind.type + " event " + record.timestamp() + " " + topic + "/"
        + context.recordMetadata().get().offset() + " " + eventId;
    RecordHeaders headers = new RecordHeaders();
    headers.add("head", head.getBytes(StandardCharsets.UTF_8));
    context.forward(new Record<>(record.key(), (Object) value, record.timestamp(), headers), "timeline-sink");
    Event event = new Event(kind.type, eventId, (Long) raw.get("occurredAt"), data);
    Record<byte[], Object> joined = new Record<>(record.key(), event, record.timestamp());
    for (String score : Scores.NAMES) context.forward(joined, score);
  }

  private boolean isRepeat(byte[] key, String eventId) {
    long hash = hash(eventId);
    byte[] known = seen.get(key);
    int count = known == null ? 0 : known.length / Long.BYTES;
    ByteBuffer before = known == null ? null : ByteBuffer.wrap(known);
    for (int n = 0; n < count; n++) if (before.getLong(n * Long.BYTES) == hash) return true;
    int kept = Math.min(count, REMEMBERED - 1);
    ByteBuffer after = ByteBuffer.allocate((kept + 1) * Long.BYTES);
    if (kept > 0) after.put(known, (count - kept) * Long.BYTES, kept * Long.BYTES);
    after.putLong(hash);
    seen.put(key, after.array());
    return false;
  }

  /** FNV-1a, 64 bits. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int n = 0; n < text.length(); n++) hash = (hash ^ text.charAt(n)) * 0x100000001b3L;
    return hash;
  }
}
