"""Sends one customer's orders straight to Kafka, from Python: what docs/wiring.md asks of any language, step by step.

    pip install confluent-kafka
    python3 examples/python/send_orders.py --brokers localhost:9092 --registry http://localhost:8081 --customer anna

`--dry-run --schema-id 1` needs neither Kafka nor the client: it prints what it would send, a line of JSON a record.
"""

import argparse
import json
import pathlib
import struct
import time
import urllib.request

SCHEMA = pathlib.Path(__file__).parents[2] / "schemas" / "order-event" / "v1.avsc"
DAY_MS = 86_400_000


def orders_of(customer: str, now_ms: int) -> list[dict]:
    """Three orders that were paid. Times are milliseconds, amounts are cents."""
    orders = [("1", 40, 12_900), ("2", 12, 4_550), ("3", 0, 48_000)]
    return [
        {
            # The shop's own id: sent again after a crash, the order still counts once.
            "eventId": f"{customer}-{number}-paid",
            "customerId": customer,
            "occurredAt": now_ms - days_ago * DAY_MS,
            "orderId": f"{customer}-{number}",
            "status": "PAID",
            "amountMinor": amount_minor,
            "currency": "USD",
        }
        for number, days_ago, amount_minor in orders
    ]


def avro(schema, value) -> bytes:
    """A value in Avro's binary form, as far as an order needs it. Any Avro library does the same."""
    if isinstance(schema, list):  # A union: here null, or one thing more.
        index = 0 if value is None else 1
        return varint(index) + avro(schema[index], value)
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "null":
        return b""
    if kind == "string":
        return varint(len(value.encode())) + value.encode()
    if kind in ("int", "long"):
        return varint(value)
    if kind == "enum":
        return varint(schema["symbols"].index(value))
    if kind == "array":
        block = varint(len(value)) + b"".join(avro(schema["items"], item) for item in value) if value else b""
        return block + varint(0)
    if kind == "record":
        fields = schema["fields"]
        return b"".join(avro(field["type"], value.get(field["name"], field.get("default"))) for field in fields)
    return avro(kind, value)  # A type with a logical name, such as timestamp-millis.


def varint(number: int) -> bytes:
    """Zigzag: small numbers of either sign take few bytes."""
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def record_of(order: dict, schema: dict, schema_id: int) -> tuple[bytes, bytes]:
    """Key and value of the Kafka record: the customer's id, and Confluent's wire format."""
    return order["customerId"].encode(), struct.pack(">bI", 0, schema_id) + avro(schema, order)


def schema_id_at(registry: str) -> int:
    """The id of our schema, which `npx tidemark schemas apply` has registered."""
    with urllib.request.urlopen(f"{registry}/subjects/tidemark.OrderEvent/versions/latest") as answer:
        return json.load(answer)["id"]


def send(brokers: str, topic: str, records: list[tuple[bytes, bytes]]) -> None:
    from confluent_kafka import Producer

    producer = Producer(
        {
            "bootstrap.servers": brokers,
            "enable.idempotence": True,  # acks=all, and a customer's records stay in order.
            # librdkafka's own default is CRC32: a record in another lane than murmur2 gives is a dead letter.
            "partitioner": "murmur2_random",
        }
    )

    def told(error, message):
        if error is not None:
            raise RuntimeError(f"not delivered: {error}")
        print(f"durable in lane {message.partition()} at offset {message.offset()}")

    for key, value in records:
        producer.produce(topic, key=key, value=value, on_delivery=told)
    producer.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default="localhost:9092")
    parser.add_argument("--registry", default="http://localhost:8081")
    parser.add_argument("--namespace", default="tidemark")
    parser.add_argument("--customer", default="customer-1")
    parser.add_argument("--schema-id", type=int, help="instead of asking the registry")
    parser.add_argument("--dry-run", action="store_true", help="print the records, send nothing")
    given = parser.parse_args()
    schema = json.loads(SCHEMA.read_text())
    schema_id = given.schema_id if given.schema_id is not None else schema_id_at(given.registry)
    orders = orders_of(given.customer, time.time_ns() // 1_000_000)
    records = [record_of(order, schema, schema_id) for order in orders]
    if given.dry_run:
        for key, value in records:
            print(json.dumps({"key": key.hex(), "value": value.hex()}))
    else:
        send(given.brokers, f"{given.namespace}.orders", records)


if __name__ == "__main__":
    main()
