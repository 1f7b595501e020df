"""Reads and writes what a timeline record says in its headers, from Python: both formats, as docs/asyncapi.yaml has them.

    head = dict(message.headers())["head"].decode()
    print(read({"head": head})["log-time"])

Run as a program it turns lines of JSON about: headers of either format become the fields, fields become a `head`.
"""

import json
import sys

NONE = "-"
# In this order, a space between two; behind them the event's id, as it is.
FIELDS = ("type", "clock", "log-time", "raw-appended-at", "schema", "origin")
FORMAT = "2"
# The one flag: a record of an id that only a device or browser is known by, which nothing folds.
HELD = "held"


def read(headers: dict[str, str]) -> dict[str, str]:
    """What the headers say, by the names of format 1; what nothing says is absent."""
    if "head" not in headers:
        return headers
    format, *fields, flags, traceparent = (parts := headers["head"].split(" ", 9))[:9]
    if format != FORMAT or flags not in (NONE, HELD):
        raise ValueError("a newer build wrote it: upgrade this program")
    said = {name: field for name, field in zip(FIELDS, fields, strict=True) if field != NONE}
    said |= {"event-id": parts[9]} if len(parts) > 9 else {}
    return said | ({"held": "true"} if flags == HELD else {})


def write(said: dict[str, str]) -> str:
    """The `head` of a record; the traceparent stays empty."""
    fields = [FORMAT, *(said.get(name, NONE) for name in FIELDS), HELD if "held" in said else NONE, NONE]
    return " ".join(fields + ([said["event-id"]] if "event-id" in said else []))


def main() -> None:
    for line in sys.stdin:
        given = json.loads(line)
        print(json.dumps(read(given["headers"]) if "headers" in given else write(given["said"])))


if __name__ == "__main__":
    main()
