package tidemark.peer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** The tier that the points of all views give. */
final class Tier implements Processor<byte[], Object, byte[], Object> {
  private static final List<String> TOLD = List.of("rfm", "behaviour", "churn");
  private static final Map<String, Integer> SEGMENTS = Map.of("champions", 40, "loyal", 30, "potential_loyalist", 20,
      "cant_lose", 15, "need_attention", 12, "new", 10, "at_risk", 8, "promising", 6, "about_to_sleep", 3);
  private static final int[] SPEND = {0, 5, 12, 20, 30};
  private static final Map<String, Integer> BANDS = Map.of("hot", 15, "warm", 8, "cool", 3, "silent", 0,
      "low", 15, "medium", 5, "high", -5, "on_time", 5, "overdue", -5);
  private static final String[] TIERS = {"member", "silver", "gold", "platinum"};
  private static final int[] ENTER = {Integer.MIN_VALUE, 30, 55, 85};
  private static final int[] LEAVE = {Integer.MIN_VALUE, 22, 42, 70};
  private static final long STAY_MS = 30L * 86_400_000;

  private final Wire wire = new Wire(Wire.CHANGE);
  private ProcessorContext<byte[], Object> context;
  private KeyValueStore<byte[], byte[]> store;

  @Override
  public void init(ProcessorContext<byte[], Object> context) {
    this.context = context;
    store = context.getStateStore("tier");
  }

  @Override
  public void process(Record<byte[], Object> record) {
    Score.Changed changed = (Score.Changed) record.value();
    String[] views = new String[TOLD.size()];
    int tier = -1;
    long since = changed.at();
    byte[] stored = store.get(record.key());
    try {
      if (stored != null) {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored));
        tier = in.readInt();
        since = in.readLong();
        for (int n = 0; n < views.length; n++) views[n] = in.readBoolean() ? in.readUTF() : null;
      }
      views[TOLD.indexOf(changed.score())] = changed.view();
      int points = points(views);
      int next = next(tier, points, changed.at() - since >= STAY_MS);
      boolean isChanged = next != tier;
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeInt(next);
      out.writeLong(isChanged ? changed.at() : since);
      for (String view : views) {
        out.writeBoolean(view != null);
        if (view != null) out.writeUTF(view);
      }
      store.put(record.key(), bytes.toByteArray());
      if (!isChanged) return;
      String from = tier < 0 ? null : TIERS[tier];
      byte[] change = wire.write(Wire.change(changed.at(), from, TIERS[next], (double) points, changed.eventId()));
      context.forward(new Record<>(record.key(), (Object) change, record.timestamp()));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static int points(String[] views) {
    int points = 0;
    if (views[0] != null) {
      String[] rfm = views[0].split(",");
      points += SEGMENTS.getOrDefault(rfm[0], 0) + SPEND[Integer.parseInt(rfm[4])];
    }
    if (views[1] != null) points += BANDS.get(views[1]);
    if (views[2] != null) for (String part : views[2].split(",")) points += BANDS.get(part);
    return points;
  }

  private static int next(int tier, int points, boolean hasStayed) {
    int next = Math.max(tier, 0);
    while (next + 1 < TIERS.length && points >= ENTER[next + 1]) next++;
    while (hasStayed && next > 0 && points < LEAVE[next]) next--;
    return next;
  }
}
