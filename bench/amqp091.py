#!/usr/bin/env python3
"""TernMQ beside Debian's RabbitMQ under the same AMQP 0-9-1 load, in turns: docs/benchmarks.md."""

import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import systems
import wire_comparison

sys.path.insert(0, str(systems.REPOSITORY / "tests"))

from harness.rabbitmq import RabbitMq


def persistent(name, clients, window, text):
    return {"name": name, "text": f"persistent, with confirms and acks, {text}, 1 KiB", "target": 4,
            "warm_seconds": {"rabbitmq": 5},
            "load": {"protocol": "amqp091", "publishers": clients, "subscribers": clients,
                     "size": 1024, "window": window, "ahead": 2000}}


SCENARIOS = [
    persistent("p1c1", 1, 100, "1 → 1, 100 on their way"),
    persistent("p10c10", 10, 100, "10 → 10, 100 on their way"),
    {"name": "transient", "text": "transient, without confirms and acks, 1 → 1, 1 KiB", "target": 4,
     "warm_seconds": {"rabbitmq": 5},
     "load": {"protocol": "amqp091", "publishers": 1, "subscribers": 1, "size": 1024,
              "transient": None, "ahead": 2000}},
    {"name": "fan-out", "text": "transient, 1 → a fanout exchange → 100 queues, 1 KiB", "target": 4,
     "warm_seconds": {"rabbitmq": 5},
     "load": {"protocol": "amqp091", "publishers": 1, "subscribers": 100, "size": 1024,
              "transient": None, "destination": "topic://bench", "exchange": "amq.fanout",
              "ahead": 200}},
    # As many wait with RabbitMQ as it takes in within minutes; a longer backlog would not make it
    # quicker.
    {"name": "backlog", "target": 4, "grace_seconds": 1200,
     "text": "10,000,000 persistent ones of 100 B wait (RabbitMQ: 1,000,000), then go, with acks",
     "load_of": {"rabbitmq": {"count": 1_000_000}},
     "load": {"protocol": "amqp091", "publishers": 1, "subscribers": 1, "size": 100,
              "window": 1000, "count": 10_000_000, "backlog": None}},
]


class Machine:
    """Erlang's virtual machine, which is the process that counts, several children away."""

    returncode = "unknown"

    def __init__(self, group):
        self.pid = next(pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                        if self.of(pid) == (group, "beam.smp"))

    @staticmethod
    def of(pid):
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            return os.getpgid(pid), name
        except (FileNotFoundError, ProcessLookupError):
            return None

    def poll(self):
        return None if self.of(self.pid) else 1

    def send_signal(self, number):
        os.kill(self.pid, number)


class RabbitSystem(systems.System):
    """RabbitMQ with classic queues, as Debian has it."""

    def __init__(self):
        super().__init__("rabbitmq", "RabbitMQ 3.10", None, listener="amqp091")
        self.node = None

    def start(self, directory):
        self.node = RabbitMq(directory)
        self.node.start()
        self.process = Machine(self.node.process.pid)
        self.port = self.node.port
        self.pause()

    def stop(self):
        if self.node is not None:
            self.node.close()


def make_systems(arguments):
    def ternd(data):
        return [str(arguments.ternd), "--data", str(data), "--listen", "amqp091=127.0.0.1:0"]

    return [systems.System("ternd", "TernMQ", ternd, listener="amqp091"), RabbitSystem()]


if __name__ == "__main__":
    wire_comparison.main("amqp091", SCENARIOS, make_systems)
