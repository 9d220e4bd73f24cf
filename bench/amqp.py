#!/usr/bin/env python3
"""TernMQ beside Apache Artemis, from Maven Central, under the same AMQP 1.0 load, in turns:
docs/benchmarks.md."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import systems
import wire_comparison

SOURCES = systems.REPOSITORY / "bench" / "artemis"


def persistent(name, clients, window, text):
    return {"name": name, "text": f"persistent, unsettled, {text}, 1 KiB", "target": 4,
            "warm_seconds": {"artemis": 15},
            "load": {"protocol": "amqp", "publishers": clients, "subscribers": clients,
                     "size": 1024, "window": window, "ahead": 2000}}


SCENARIOS = [
    persistent("p25c25", 25, 1, "25 → 25, each waits for its outcome"),
    persistent("p1c1", 1, 1, "1 → 1, each waits for its outcome"),
    persistent("p1c1-ahead", 1, 100, "1 → 1, 100 on their way"),
    {"name": "transient", "text": "transient, settled, 1 → 1, 1 KiB", "target": 4,
     "warm_seconds": {"artemis": 15},
     "load": {"protocol": "amqp", "publishers": 1, "subscribers": 1, "size": 1024,
              "transient": None, "ahead": 2000}},
    {"name": "idle", "text": "5,000 idle connections with a session", "kib_at_most": 20,
     "load": {"protocol": "amqp", **wire_comparison.idle(5000), "links": 0}},
    # Artemis does not finish this within a minute.
    {"name": "idle-links", "text": "500 idle connections with 100 links each", "alone": True,
     "kib_at_most": 80, "load": {"protocol": "amqp", **wire_comparison.idle(500), "links": 100}},
]


def make_systems(arguments):
    class_path = systems.maven_class_path(arguments.work / "artemis", SOURCES / "pom.xml",
                                          SOURCES / "ArtemisBroker.java")

    def ternd(data):
        return [str(arguments.ternd), "--data", str(data), "--listen", "amqp10=127.0.0.1:0"]

    def artemis(data):
        return ["java", "-Xms1g", "-Xmx2g", "-cp", class_path, "ArtemisBroker", str(data)]

    return [systems.System("ternd", "TernMQ", ternd, listener="amqp10"),
            systems.System("artemis", "Apache Artemis 2.40", artemis, listener="amqp10")]


if __name__ == "__main__":
    wire_comparison.main("amqp", SCENARIOS, make_systems)
