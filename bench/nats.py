#!/usr/bin/env python3
"""TernMQ beside Debian's nats-server, each in its own protocol, in turns: docs/benchmarks.md."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import systems
import wire_comparison

# Nobody who is slow for a moment is sent away; the rest are its defaults.
NATS = """listen: 127.0.0.1:{port}
max_pending: 1GB
write_deadline: "60s"
jetstream {{ store_dir: "{data}" }}
"""


def nats(data, port):
    document = data / "nats.conf"
    document.write_text(NATS.format(port=port, data=data))
    return [systems.find_program("nats-server"), "-c", str(document)]


def make_systems(arguments):
    def ternd(data):
        return [str(arguments.ternd), "--data", str(data), "--listen", "auto=127.0.0.1:0"]

    return [systems.System("ternd", "TernMQ", ternd, listener="auto"),
            systems.QuietSystem("nats", "nats-server 2.9", nats)]


def scenarios():
    for name, publishers, subscribers in (("1to1", 1, 1), ("1to10", 1, 10), ("10to10", 10, 10)):
        topic = publishers == 1
        yield {"name": name, "target": 1,
               "text": f"transient, {'topic' if topic else 'queue'}, {publishers} → {subscribers},"
                       f" 100 B, {'MQTT' if topic else 'AMQP 1.0'} here",
               "load": {"publishers": publishers, "subscribers": subscribers, "size": 100,
                        "ahead": 2000, "destination": f"{'topic' if topic else 'queue'}://bench"},
               "load_of": {"ternd": {"protocol": "mqtt"} if topic
                                    else {"protocol": "amqp", "transient": None},
                           "nats": {"protocol": "nats", "transient": None}}}
    for name, count in (("p1", 1), ("p10", 10)):
        yield {"name": name, "target": 1,
               "text": f"persistent, confirmed, queue, {count} → {count}, 1 KiB, AMQP 1.0 here",
               "load": {"publishers": count, "subscribers": count, "size": 1024, "window": 100,
                        "ahead": 2000, "destination": "queue://bench"},
               "load_of": {"ternd": {"protocol": "amqp"}, "nats": {"protocol": "nats"}}}


if __name__ == "__main__":
    wire_comparison.main("nats", list(scenarios()), make_systems)
