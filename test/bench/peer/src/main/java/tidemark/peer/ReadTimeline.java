package tidemark.peer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Tidemark's own timeline, of which the behaviour stage folds interactions. */
final class ReadTimeline implements Processor<byte[], byte[], byte[], Object> {
  private final Wire interaction;
  private ProcessorContext<byte[], Object> context;

  ReadTimeline(Path schemas) {
    interaction = Wire.of(schemas, "timeline-interaction", 1);
  }

  @Override
  public void init(ProcessorContext<byte[], Object> context) {
    this.context = context;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Progress.firstRecord();
    String head = new String(record.headers().lastHeader("head").value(), StandardCharsets.UTF_8);
    if (!head.startsWith("2 interaction ")) return;
    GenericRecord data = interaction.read(record.value(), 0);
    Event event = new Event("interaction", data.get("eventId").toString(), (Long) data.get("occurredAt"), data);
    context.forward(new Record<>(record.key(), (Object) event, record.timestamp()));
  }
}
