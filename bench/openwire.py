#!/usr/bin/env python3
"""TernMQ beside Debian's ActiveMQ under the OpenWire load of `tern bench`, which costs little, so
that it is the broker that is measured and not the client, in turns: docs/benchmarks.md."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import systems
import wire_comparison


def persistent(name, publishers, subscribers, window, text, target, **more):
    return {"name": name, "text": f"persistent, {text}, 1 KiB", "target": target,
            "warm_seconds": {"classic": 15},
            "load": {"protocol": "openwire", "publishers": publishers, "subscribers": subscribers,
                     "size": 1024, "window": window, "ahead": 2000}, **more}


SCENARIOS = [
    persistent("p25c25", 25, 25, 1, "25 → 25, each waits for its confirm", 6),
    persistent("p1c1", 1, 1, 1, "1 → 1, each waits for its confirm", 1.5),
    {"name": "transient", "text": "transient, 25 → 25, 1 KiB", "target": 3.5,
     "warm_seconds": {"classic": 15},
     "load": {"protocol": "openwire", "publishers": 25, "subscribers": 25, "size": 1024,
              "transient": None, "ahead": 2000}},
    {"name": "idle", "text": "5,000 idle connections", "kib_at_most": 20, "alone": True,
     "load": {"protocol": "openwire", **wire_comparison.idle(5000)}},
]


def make_systems(arguments):
    classes = arguments.work / "classes"
    if not classes.exists():
        systems.compile_load(classes)

    def ternd(data):
        return [str(arguments.ternd), "--data", str(data), "--listen", "openwire=127.0.0.1:0"]

    def classic(data):
        return ["java", "-Xms1g", "-Xmx2g", "-cp", systems.class_path(classes),
                "tern.bench.ClassicBroker", str(data)]

    return [systems.System("ternd", "TernMQ", ternd),
            systems.System("classic", "ActiveMQ Classic 5.17", classic)]


if __name__ == "__main__":
    wire_comparison.main("openwire", SCENARIOS, make_systems)
