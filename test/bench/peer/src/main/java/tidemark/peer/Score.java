package tidemark.peer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** A score of a customer: its state in a store of its own, its changes in a topic, and to tier where there is one. */
abstract class Score implements Processor<byte[], Object, byte[], Object> {
  private final String name;
  private final Wire wire = new Wire(Wire.CHANGE);
  private final boolean isTold;
  private ProcessorContext<byte[], Object> context;
  private KeyValueStore<byte[], byte[]> store;
  private boolean isWhole;

  Score(String name, boolean isTold) {
    this.name = name;
    this.isTold = isTold;
  }

  /** Takes the state, null for none. */
  abstract void read(DataInputStream in) throws IOException;

  abstract void clear();

  abstract void write(DataOutputStream out) throws IOException;

  /** Whether the event counts. */
  abstract boolean evolve(Event event);

  /** What the state says, as of the event; null: nothing yet. */
  abstract String view(long at);

  @Override
  public void init(ProcessorContext<byte[], Object> context) {
    this.context = context;
    store = context.getStateStore(name);
    isWhole = "true".equals(System.getProperty("peer.whole"));
  }

  @Override
  public void process(Record<byte[], Object> record) {
    Event event = (Event) record.value();
    byte[] stored = store.get(record.key());
    String before = null;
    try {
      if (stored == null) {
        clear();
      } else {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored));
        before = in.readBoolean() ? in.readUTF() : null;
        read(in);
      }
      if (!evolve(event)) return;
      String after = view(event.occurredAt());
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeBoolean(after != null);
      if (after != null) out.writeUTF(after);
      write(out);
      store.put(record.key(), bytes.toByteArray());
      if (!isTold || after == null || Objects.equals(before, after)) return;
      byte[] change = wire.write(Wire.change(event.occurredAt(), before, after, null, event.eventId()));
      context.forward(new Record<>(record.key(), (Object) change, record.timestamp()), name + "-sink");
      if (isWhole) {
        Changed changed = new Changed(name, after, event.occurredAt(), event.eventId());
        context.forward(new Record<>(record.key(), (Object) changed, record.timestamp()), "tier");
      }
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  record Changed(String score, String view, long at, String eventId) {}
}
