#!/usr/bin/env python3
"""TernMQ beside Debian's mosquitto under the same MQTT load, in turns: docs/benchmarks.md."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import systems
import wire_comparison

# Nothing of it throttles; the rest are its defaults. As root it would become a user who may not
# write there.
MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages 0
max_queued_messages 0
persistence true
persistence_location {data}/
log_type error
user root
"""


def mosquitto(data, port):
    document = data / "mosquitto.conf"
    document.write_text(MOSQUITTO.format(port=port, data=data))
    return [systems.find_program("mosquitto"), "-c", str(document)]


def make_systems(arguments):
    def command(data):
        return [str(arguments.ternd), "--data", str(data), "--listen", "mqtt=127.0.0.1:0"]
    return [systems.System("ternd", "TernMQ", command, listener="mqtt"),
            systems.QuietSystem("mosquitto", "mosquitto", mosquitto)]


def scenarios():
    shapes = (("1to1", 1, 1, "1 → 1"), ("1to10", 1, 10, "1 → 10"), ("100to1", 100, 1, "100 → 1"))
    for bytes_ in (100, 1024):
        for name, publishers, subscribers, text in shapes:
            yield {"name": f"{name}-{bytes_}", "text": f"QoS 0, {text}, {bytes_} B", "target": 5,
                   "load": {"protocol": "mqtt", "publishers": publishers,
                            "subscribers": subscribers, "size": bytes_, "ahead": 2000}}
    for bytes_ in (100, 1024):
        yield {"name": f"qos1-{bytes_}", "text": f"QoS 1, lasting sessions, 10 → 10, {bytes_} B",
               "target": 3,
               "load": {"protocol": "mqtt", "publishers": 10, "subscribers": 10, "size": bytes_,
                        "qos": 1, "window": 20, "ahead": 1000}}
    yield {"name": "idle", "text": "10,000 idle connections", "kib_at_most": 8,
           "load": {"protocol": "mqtt", **wire_comparison.idle(10_000)}}


if __name__ == "__main__":
    wire_comparison.main("mqtt", list(scenarios()), make_systems)
