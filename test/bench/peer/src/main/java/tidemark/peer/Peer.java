package tidemark.peer;

import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The like job on Kafka Streams, beside which Tidemark is measured.
 * Peer behaviour|whole BROKERS NAMESPACE GUARANTEE THREADS COMMIT_MS SCHEMAS STATE_FOLDER
 */
public final class Peer {
  private static final long CACHE_BYTES = 64L << 20;
  private static final List<String> RAW = List.of("orders", "interactions", "marketing", "identities");

  public static void main(String[] args) throws InterruptedException {
    boolean isWhole = args[0].equals("whole");
    System.setProperty("peer.whole", String.valueOf(isWhole));
    String namespace = args[2];
    Path schemas = Path.of(args[6]);
    Topology topology = isWhole ? whole(namespace, schemas) : behaviour(namespace, schemas);
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, namespace + ".peer-" + args[0] + "-" + args[3]);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[1]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, args[3]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[4]);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[5]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[7]);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    CountDownLatch ended = new CountDownLatch(1);
    try (KafkaStreams streams = new KafkaStreams(topology, settings)) {
      streams.setStateListener((now, before) -> {
        if (now == KafkaStreams.State.RUNNING) Progress.running();
        if (now == KafkaStreams.State.ERROR) ended.countDown();
      });
      streams.setUncaughtExceptionHandler(error -> {
        error.printStackTrace();
        return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse
            .SHUTDOWN_CLIENT;
      });
      Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
      streams.start();
      ended.await();
    }
  }

  private static Topology whole(String namespace, Path schemas) {
    Topology topology = new Topology();
    String prefix = namespace + ".";
    String[] topics = RAW.stream().map(prefix::concat).toArray(String[]::new);
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    topology.addSource("raw", bytes, bytes, topics);
    topology.addProcessor("normalise", () -> new Normalise(prefix, schemas), "raw");
    topology.addStateStore(store("seen"), "normalise");
    sink(topology, "timeline-sink", prefix + "peer-timeline", "normalise");
    for (String score : Scores.NAMES) {
      topology.addProcessor(score, () -> Scores.of(score), "normalise");
      topology.addStateStore(store(score), score);
    }
    topology.addProcessor("tier", Tier::new, "rfm", "behaviour", "churn");
    topology.addStateStore(store("tier"), "tier");
    for (String score : List.of("rfm", "behaviour", "churn")) {
      sink(topology, score + "-sink", prefix + "peer-" + score + "-changes", score);
    }
    sink(topology, "tier-sink", prefix + "peer-tier-changes", "tier");
    return topology;
  }

  private static Topology behaviour(String namespace, Path schemas) {
    Topology topology = new Topology();
    String prefix = namespace + ".";
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    topology.addSource("timeline", bytes, bytes, prefix + "timeline");
    topology.addProcessor("read", () -> new ReadTimeline(schemas), "timeline");
    topology.addProcessor("behaviour", () -> Scores.of("behaviour"), "read");
    topology.addStateStore(store("behaviour"), "behaviour");
    sink(topology, "behaviour-sink", prefix + "peer-behaviour-changes", "behaviour");
    return topology;
  }

  private static StoreBuilder<KeyValueStore<byte[], byte[]>> store(String name) {
    Serde<byte[]> bytes = Serdes.ByteArray();
    return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), bytes, bytes).withCachingEnabled();
  }

  private static void sink(Topology topology, String name, String topic, String parent) {
    ByteArraySerializer bytes = new ByteArraySerializer();
    Serializer<Object> value = (of, data) -> (byte[]) data;
    topology.addSink(name, topic, bytes, value, parent);
  }

  private Peer() {}
}
