import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka's own client at the other end. `write BROKERS RECORDS TOPIC CODEC...`: into partition 0 of each topic, with its
 * codec, so many records of growing numbers, as few batches as may be. `read BROKERS RECORDS TOPIC...`: prints for each
 * topic how many of them stand there as they were written.
 */
public final class CodecPeer {
  public static void main(String[] args) {
    int records = Integer.parseInt(args[2]);
    List<String> rest = List.of(args).subList(3, args.length);
    if (args[0].equals("write")) {
      for (int i = 0; i < rest.size(); i += 2) write(args[1], records, rest.get(i), rest.get(i + 1));
    } else {
      for (String topic : rest) System.out.println(read(args[1], records, topic));
    }
  }

  private static void write(String brokers, int records, String topic, String codec) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("compression.type", codec);
    settings.put("linger.ms", "500");
    settings.put("batch.size", "1000000");
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      for (int number = 0; number < records; number++) {
        producer.send(new ProducerRecord<>(topic, 0, "key-" + number, valueOf(number)));
      }
    }
  }

  private static int read(String brokers, int records, String topic) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    int next = 0;
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      var partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      for (int polls = 0; polls < 50 && next < records; polls++) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          if (record.key().equals("key-" + next) && record.value().equals(valueOf(next))) next++;
        }
      }
    }
    return next;
  }

  private static String valueOf(int number) {
    return "value-" + number + "-" + "tidemark".repeat(number % 20);
  }
}
