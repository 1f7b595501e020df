package tidemark.peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Avro on the wire, of the schemas that Tidemark publishes. Of one thread. */
final class Wire {
  /** Confluent's framing: a zero byte and the schema's id. */
  private static final int FRAME_BYTES = 5;

  static final Schema CHANGE = new Schema.Parser().parse("""
      {"type":"record","name":"Change","fields":[
        {"name":"effectiveAt","type":"long"},
        {"name":"from","type":["null","string"]},
        {"name":"to","type":"string"},
        {"name":"points","type":["null","double"]},
        {"name":"eventId","type":"string"}]}""");

  private final GenericDatumReader<GenericRecord> reader;
  private final GenericDatumWriter<GenericRecord> writer;
  private final Schema schema;
  private BinaryDecoder decoder;
  private BinaryEncoder encoder;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);

  Wire(Schema schema) {
    this.schema = schema;
    reader = new GenericDatumReader<>(schema);
    writer = new GenericDatumWriter<>(schema);
  }

  static Wire of(Path schemas, String subject, int version) {
    try {
      return new Wire(new Schema.Parser().parse(schemas.resolve(subject).resolve("v" + version + ".avsc").toFile()));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  GenericRecord readFramed(byte[] value) {
    return read(value, FRAME_BYTES);
  }

  GenericRecord read(byte[] value, int from) {
    decoder = DecoderFactory.get().binaryDecoder(value, from, value.length - from, decoder);
    try {
      return reader.read(null, decoder);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  byte[] write(GenericRecord record) {
    bytes.reset();
    encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
    try {
      writer.write(record, encoder);
      encoder.flush();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return bytes.toByteArray();
  }

  /** The fields of this schema, taken from a record of another that names them alike. */
  GenericRecord take(GenericRecord from) {
    return (GenericRecord) take(schema, from);
  }

  private static Object take(Schema schema, Object from) {
    switch (schema.getType()) {
      case RECORD -> {
        GenericRecord to = new GenericData.Record(schema);
        GenericRecord record = (GenericRecord) from;
        for (Schema.Field field : schema.getFields()) {
          boolean isThere = record.getSchema().getField(field.name()) != null;
          to.put(field.pos(), isThere ? take(field.schema(), record.get(field.name())) : "1");
        }
        return to;
      }
      case ARRAY -> {
        List<Object> to = new ArrayList<>();
        for (Object element : (Iterable<?>) from) to.add(take(schema.getElementType(), element));
        return to;
      }
      case ENUM -> {
        return new GenericData.EnumSymbol(schema, from.toString().toLowerCase(Locale.ROOT));
      }
      default -> {
        return from;
      }
    }
  }

  static GenericRecord change(long at, String from, String to, Double points, String eventId) {
    GenericRecord record = new GenericData.Record(CHANGE);
    record.put(0, at);
    record.put(1, from);
    record.put(2, to);
    record.put(3, points);
    record.put(4, eventId);
    return record;
  }
}
