#!/usr/bin/python3
"""Runs the scenarios of AMQP 0-9-1 clients against ternd, or against any broker at --port, and
compares what both saw with --reference, which starts Debian's RabbitMQ besides, or --against, which
names the port of any other broker."""

import argparse
import sys
import tempfile
from pathlib import Path

import amqp
import pika

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness.broker import TernBroker
from harness.rabbitmq import RabbitMq

import queue_scenarios
import scenarios
import wire_scenarios


def connector(port):
    def connect(**changes):
        settings = {"host": "127.0.0.1", "port": port, "heartbeat": 30,
                    "blocked_connection_timeout": 60, **changes}
        return pika.BlockingConnection(pika.ConnectionParameters(**settings))
    return connect


def py_amqp(port):
    """The second client library: a little of everything."""
    with amqp.Connection(f"127.0.0.1:{port}", confirm_publish=True) as connection:
        channel = connection.channel()
        channel.queue_declare("py", durable=True, auto_delete=False)
        channel.exchange_declare("py.x", "topic", durable=True, auto_delete=False)
        channel.queue_bind("py", "py.x", "k.#")
        message = amqp.Message("text", delivery_mode=2, application_headers={"n": 1, "b": True})
        channel.basic_publish_confirm(message, "py.x", "k.a")
        got = channel.basic_get("py")
        channel.basic_ack(got.delivery_tag)
        channel.queue_delete("py")
        channel.exchange_delete("py.x")
        return got.body, got.headers, got.delivery_info["routing_key"]


def run_all(port):
    seen = {}
    for scenario in scenarios.ALL + queue_scenarios.ALL + wire_scenarios.ALL:
        try:
            given = port if scenario in wire_scenarios.ALL else connector(port)
            seen[scenario.__name__] = scenario(given)
        except Exception as error:  # told with its name, then the next one
            print(f"FAILED {scenario.__name__}: {error!r}")
            seen[scenario.__name__] = error
        else:
            print(f"ok {scenario.__name__}")
    seen["py_amqp"] = py_amqp(port)
    print("ok py_amqp")
    return seen


def survive_restart(broker):
    """Durable queues, exchanges, bindings and messages are there after a kill."""
    channel = connector(broker.port)().channel()
    channel.queue_declare("kept", durable=True)
    channel.queue_declare("lost")
    channel.exchange_declare("kept.x", "topic", durable=True)
    channel.queue_bind("kept", "kept.x", "a.#")
    channel.queue_bind("lost", "kept.x", "a.#")
    channel.queue_bind("kept", "kept.x", "undone")
    channel.queue_unbind("kept", "kept.x", "undone")
    channel.confirm_delivery()
    channel.basic_publish("kept.x", "a.b", b"before", pika.BasicProperties(delivery_mode=2))
    broker.kill()
    broker.start()
    connect = connector(broker.port)
    channel = connect().channel()
    channel.exchange_declare("kept.x", "topic", durable=True)
    channel.basic_publish("kept.x", "a.c", b"after")
    channel.basic_publish("kept.x", "undone", b"no")
    got = scenarios.bodies(channel, "kept")
    assert got == ["before", "after"], got
    gone = scenarios.refusal(connect, lambda c: c.queue_declare("lost", passive=True))
    assert gone[0] == 404, gone
    print("ok survive_restart")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ternd", help="the daemon to start")
    parser.add_argument("--port", type=int, help="a broker that runs already, instead")
    parser.add_argument("--reference", action="store_true",
                        help="compare with RabbitMQ, which has to be installed")
    parser.add_argument("--against", type=int, help="port of a broker to compare with")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as work:
        broker = None
        reference = RabbitMq(Path(work) / "rabbitmq") if options.reference else None
        if options.port is None:
            broker = TernBroker(work, options.ternd, listener="amqp091")
            broker.start()
        try:
            seen = run_all(options.port or broker.port)
            failed = any(isinstance(one, Exception) for one in seen.values())
            if reference is not None:
                reference.start()
                options.against = reference.port
            if options.against:
                theirs = run_all(options.against)
                for name, one in seen.items():
                    if repr(one) != repr(theirs[name]):
                        failed = True
                        print(f"DIFFERS {name}:\n  ours   {one!r}\n  theirs {theirs[name]!r}")
            if broker is not None:
                wire_scenarios.told_reasons(broker.port)
                survive_restart(broker)
                broker.check_alive()
                assert broker.stop() == 0, broker.log_text()
        finally:
            if reference is not None:
                reference.close()
            if broker is not None:
                if failed:
                    print(broker.log_text())
                broker.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
