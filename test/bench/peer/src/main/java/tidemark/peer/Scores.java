package tidemark.peer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The scores of Tidemark's default policy, without timers: what a silence would change is seen at the next event. */
final class Scores {
  static final List<String> NAMES = List.of("profile", "rfm", "behaviour", "churn");
  private static final double DAY_MS = 86_400_000.0;

  static Score of(String name) {
    return switch (name) {
      case "profile" -> new Profile();
      case "rfm" -> new Rfm();
      case "behaviour" -> new Behaviour();
      case "churn" -> new Churn();
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Counters, first and last day, interests and traits: kept, and told nobody. */
  static final class Profile extends Score {
    private final Map<String, Long> counts = new HashMap<>();
    private long first;
    private long last;

    Profile() {
      super("profile", false);
    }

    @Override
    void clear() {
      counts.clear();
      first = Long.MAX_VALUE;
      last = 0;
    }

    @Override
    void read(DataInputStream in) throws IOException {
      clear();
      first = in.readLong();
      last = in.readLong();
      for (int left = in.readInt(); left > 0; left--) counts.put(in.readUTF(), in.readLong());
    }

    @Override
    void write(DataOutputStream out) throws IOException {
      out.writeLong(first);
      out.writeLong(last);
      out.writeInt(counts.size());
      for (Map.Entry<String, Long> entry : counts.entrySet()) {
        out.writeUTF(entry.getKey());
        out.writeLong(entry.getValue());
      }
    }

    @Override
    boolean evolve(Event event) {
      first = Math.min(first, event.occurredAt());
      last = Math.max(last, event.occurredAt());
      counts.merge(event.type(), 1L, Long::sum);
      if (event.type().equals("interaction")) {
        counts.merge("channel." + event.text("channel"), 1L, Long::sum);
        counts.merge("action." + event.text("action"), 1L, Long::sum);
        String category = event.text("category");
        if (category != null && counts.size() < 64) counts.merge("category." + category, 1L, Long::sum);
      }
      return true;
    }

    @Override
    String view(long at) {
      return null;
    }
  }

  /** A customer's orders, each once by its id. */
  private abstract static class OfOrders extends Score {
    final Map<String, long[]> orders = new HashMap<>();

    OfOrders(String name) {
      super(name, true);
    }

    @Override
    void clear() {
      orders.clear();
    }

    @Override
    void read(DataInputStream in) throws IOException {
      clear();
      for (int left = in.readInt(); left > 0; left--) {
        orders.put(in.readUTF(), new long[] {in.readLong(), in.readLong()});
      }
    }

    @Override
    void write(DataOutputStream out) throws IOException {
      out.writeInt(orders.size());
      for (Map.Entry<String, long[]> order : orders.entrySet()) {
        out.writeUTF(order.getKey());
        out.writeLong(order.getValue()[0]);
        out.writeLong(order.getValue()[1]);
      }
    }

    @Override
    boolean evolve(Event event) {
      if (!event.type().equals("order")) return false;
      String orderId = event.text("orderId");
      long amount = (Long) event.data().get("amountMinor");
      switch (event.text("status")) {
        case "placed", "paid" -> orders.putIfAbsent(orderId, new long[] {event.occurredAt(), amount});
        case "cancelled", "refunded" -> orders.remove(orderId);
        case "partially_refunded" -> orders.computeIfPresent(orderId, (id, o) -> new long[] {o[0], o[1] - amount});
        case "updated" -> orders.computeIfPresent(orderId, (id, o) -> new long[] {o[0], amount});
        default -> {
          return false;
        }
      }
      orders.values().removeIf(order -> order[0] < event.occurredAt() - 400 * DAY_MS);
      return true;
    }

    List<long[]> sorted() {
      List<long[]> list = new ArrayList<>(orders.values());
      list.sort((a, b) -> Long.compare(a[0], b[0]));
      return list;
    }
  }

  static final class Rfm extends OfOrders {
    private static final double[] RECENCY = {30, 75, 150, 270};
    private static final double[] FREQUENCY = {1, 2, 4, 8};
    private static final double[] MONETARY = {2_000, 5_000, 10_000, 25_000};
    private static final double[] SPEND = {10_000, 25_000, 50_000, 100_000};

    Rfm() {
      super("rfm");
    }

    @Override
    String view(long at) {
      long last = 0;
      int count = 0;
      double sum = 0;
      for (long[] order : orders.values()) {
        if (order[0] + 365 * DAY_MS <= at) continue;
        last = Math.max(last, order[0]);
        count++;
        sum += order[1];
      }
      if (count == 0) return null;
      int recency = 6 - score((at - last) / DAY_MS, RECENCY);
      int frequency = score(count, FREQUENCY);
      int spend = 0;
      for (double bound : SPEND) if (sum >= bound) spend++;
      return segment(recency, frequency) + "," + recency + "," + frequency + "," + score(sum, MONETARY) + "," + spend;
    }

    private static int score(double value, double[] cuts) {
      int score = 1;
      for (double cut : cuts) if (value > cut) score++;
      return score;
    }

    private static String segment(int recency, int frequency) {
      if (recency >= 4) return frequency >= 4 ? "champions" : frequency >= 2 ? "potential_loyalist" : "new";
      if (recency == 3) return frequency >= 4 ? "loyal" : frequency >= 2 ? "need_attention" : "promising";
      return frequency >= 4 ? "cant_lose" : frequency >= 2 ? "at_risk" : "about_to_sleep";
    }
  }

  static final class Behaviour extends Score {
    private static final double DECAY_MS = 14 * DAY_MS / Math.log(2);
    private static final Map<String, Double> WEIGHTS = Map.ofEntries(
        Map.entry("page_view", 0.5), Map.entry("search", 0.5), Map.entry("product_view", 1.0),
        Map.entry("add_to_cart", 3.0), Map.entry("checkout", 3.0), Map.entry("support_call", 3.0),
        Map.entry("opened", 0.5), Map.entry("clicked", 2.0), Map.entry("placed", 10.0), Map.entry("paid", 10.0));
    private double score;
    private long scoredAt;
    private final Set<String> counted = new HashSet<>();

    Behaviour() {
      super("behaviour", true);
    }

    @Override
    void clear() {
      score = 0;
      scoredAt = 0;
      counted.clear();
    }

    @Override
    void read(DataInputStream in) throws IOException {
      clear();
      score = in.readDouble();
      scoredAt = in.readLong();
      for (int left = in.readInt(); left > 0; left--) counted.add(in.readUTF());
    }

    @Override
    void write(DataOutputStream out) throws IOException {
      out.writeDouble(score);
      out.writeLong(scoredAt);
      out.writeInt(counted.size());
      for (String order : counted) out.writeUTF(order);
    }

    @Override
    boolean evolve(Event event) {
      String kind = switch (event.type()) {
        case "interaction" -> event.text("action");
        case "marketing" -> event.text("kind");
        case "order" -> event.text("status");
        default -> null;
      };
      Double weight = kind == null ? null : WEIGHTS.get(kind);
      if (weight == null) return false;
      if (event.type().equals("order") && !counted.add(event.text("orderId"))) return false;
      long at = event.occurredAt();
      if (at > scoredAt) {
        score = score * Math.exp((scoredAt - at) / DECAY_MS) + weight;
        scoredAt = at;
      } else {
        score += weight * Math.exp((at - scoredAt) / DECAY_MS);
      }
      return true;
    }

    @Override
    String view(long at) {
      double now = score * Math.exp(Math.min(0, scoredAt - at) / DECAY_MS);
      return now >= 25 ? "hot" : now >= 12 ? "warm" : now >= 4 ? "cool" : "silent";
    }
  }

  /** MBG/NBD: the chance that no order comes within the horizon. */
  static final class Churn extends OfOrders {
    private static final double WEEK_MS = 7 * DAY_MS;
    private static final double R = 0.5248;
    private static final double ALPHA = 6.183;
    private static final double A = 0.8914;
    private static final double B = 1.614;
    private static final double HORIZON_WEEKS = 90 / 7.0;

    Churn() {
      super("churn");
    }

    @Override
    String view(long at) {
      List<long[]> all = sorted();
      if (all.isEmpty()) return null;
      long first = all.get(0)[0];
      long last = first;
      int repeats = 0;
      for (long[] order : all) {
        if (order[0] - last > DAY_MS / 2) {
          repeats++;
          last = order[0];
        }
      }
      double age = Math.max(0, at - first) / WEEK_MS;
      double recency = (last - first) / WEEK_MS;
      double dead = A / (B + repeats) * Math.pow((ALPHA + age) / (ALPHA + recency), R + repeats);
      double alive = 1 / (1 + dead);
      double quiet = Math.pow((ALPHA + age) / (ALPHA + age + HORIZON_WEEKS), R + repeats);
      double risk = 1 - alive * (1 - quiet);
      boolean isOverdue = repeats > 0 && at - last > 2.0 * (last - first) / repeats;
      return (risk >= 0.8 ? "high" : risk >= 0.6 ? "medium" : "low") + "," + (isOverdue ? "overdue" : "on_time");
    }
  }

  private Scores() {}
}
