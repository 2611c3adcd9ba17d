import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

/** Four producers that wait for each answer, and a consumer that follows them. */
public class KafkaLoad {
  static Map<String, Object> settings(String broker, String client) {
    return new HashMap<>(Map.of("bootstrap.servers", broker, "client.id", client, "enable.metrics.push", false));
  }

  public static void main(String[] args) throws Exception {
    String broker = args[0];
    int orders = Integer.parseInt(args[1]);
    try (Admin admin = Admin.create(settings(broker, "bench-admin"))) {
      admin.createTopics(List.of(new NewTopic("orders", 4, (short) 1))).all().get();
    }
    AtomicBoolean isOver = new AtomicBoolean();
    Thread reader = new Thread(() -> {
      Map<String, Object> reading = settings(broker, "bench-reader");
      reading.put("group.id", "billing");
      reading.put("auto.offset.reset", "earliest");
      reading.put("auto.commit.interval.ms", 200);
      try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
        consumer.subscribe(List.of("orders"));
        while (!isOver.get()) consumer.poll(Duration.ofMillis(100));
      }
    });
    reader.start();
    List<Thread> writers = new ArrayList<>();
    for (int number = 0; number < 4; number++) {
      int partition = number;
      Thread writer = new Thread(() -> {
        Map<String, Object> writing = settings(broker, "shop-" + partition);
        if (partition % 2 == 1) writing.put("compression.type", "lz4");
        try (Producer<String, String> producer = new KafkaProducer<>(writing, new StringSerializer(), new StringSerializer())) {
          for (int order = 0; order < orders; order++) {
            String value = "{\"order\":" + order + ",\"customer\":\"customer-" + order % 500 + "\",\"note\":\"" + "lorem ipsum ".repeat(10) + "\"}";
            producer.send(new ProducerRecord<>("orders", partition, "customer-" + order % 500, value)).get();
          }
        } catch (Exception failure) {
          throw new RuntimeException(failure);
        }
      });
      writer.start();
      writers.add(writer);
    }
    for (Thread writer : writers) writer.join();
    isOver.set(true);
    reader.join();
  }
}
