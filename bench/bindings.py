#!/usr/bin/env python3
"""What a message costs that a topic exchange with a hundred thousand bindings routes, beside one
with a single binding."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import base64
import hashlib
import json

import systems
import wire_comparison

BINDINGS = 100_000
# A key's words, one of them wild, and what takes any number of them: none matches what is sent, but
# all that are asked about it lie on its way.
PATTERNS = ("bench.{0}", "{0}.bench", "*.{0}", "bench.*.{0}", "#.{0}")
SCENARIOS = [
    {"name": name, "text": f"{text}, 1 → amq.topic → 1, 1 KiB", "target": 0.9,
     "load": {"protocol": "amqp091", "publishers": 1, "subscribers": 1, "size": 1024,
              "destination": "topic://bench", "exchange": "amq.topic", "user": "guest",
              "password": "guest", **load}}
    for name, text, load in (
        ("transient", "transient", {"transient": None, "ahead": 2000}),
        ("persistent", "persistent, with confirms and acks", {"window": 100, "ahead": 2000}))]


def definitions(path):
    """A RabbitMQ server's export with so many bindings in it."""
    salt = b"salt"
    digest = base64.b64encode(salt + hashlib.sha256(salt + b"guest").digest()).decode()
    everything = {"vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({
        "users": [{"name": "guest", "password_hash": digest, "tags": ["administrator"],
                   "hashing_algorithm": "rabbit_password_hashing_sha256"}],
        "vhosts": [{"name": "/"}], "permissions": [{"user": "guest", **everything}],
        "queues": [{"name": "others", "vhost": "/", "durable": True, "auto_delete": False,
                    "arguments": {}}],
        "bindings": [{"source": "amq.topic", "vhost": "/", "destination": "others",
                      "destination_type": "queue", "arguments": {},
                      "routing_key": PATTERNS[i % len(PATTERNS)].format(i)}
                     for i in range(BINDINGS if path.stem == "many" else 1)]}))


def make_systems(arguments):
    def started(name):
        def ternd(data):
            file = data.parent / f"{name}.json"
            definitions(file)
            return [str(arguments.ternd), "--data", str(data), "--listen",
                    "amqp091=127.0.0.1:0", "--set", f"amqp091.definitions={file}"]
        return ternd

    return [systems.System("ternd", "TernMQ", started("many"), listener="amqp091"),
            systems.System("one", "itself with one", started("one"), listener="amqp091")]


if __name__ == "__main__":
    wire_comparison.main("bindings", SCENARIOS, make_systems)
