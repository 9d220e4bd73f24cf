#!/usr/bin/env python3
"""TernMQ beside Debian's ActiveMQ under the same STOMP load, in turns: docs/benchmarks.md."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import systems
import wire_comparison

SCENARIOS = [
    {"name": f"p{count}", "text": f"persistent, with receipts, {count} → 1, 1 KiB", "target": 4,
     "warm_seconds": {"classic": 10},
     "load": {"protocol": "stomp", "publishers": count, "subscribers": 1, "size": 1024,
              "window": 1, "ahead": 2000}}
    for count in (1, 25)]


def make_systems(arguments):
    classes = arguments.work / "classes"
    if not classes.exists():
        systems.compile_load(classes)

    def ternd(data):
        return [str(arguments.ternd), "--data", str(data), "--listen", "stomp=127.0.0.1:0"]

    def classic(data):
        return ["java", "-Xms1g", "-Xmx2g", "-cp", systems.class_path(classes),
                "tern.bench.ClassicBroker", str(data), "stomp"]

    return [systems.System("ternd", "TernMQ", ternd, listener="stomp"),
            systems.System("classic", "ActiveMQ Classic 5.17", classic, listener="stomp")]


if __name__ == "__main__":
    wire_comparison.main("stomp", SCENARIOS, make_systems)
