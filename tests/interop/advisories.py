#!/usr/bin/python3
"""JMS clients hear of clients of all other protocols, of their consumers and of their producers."""

import queue
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import paho.mqtt.client as paho
import pika
import stomp
from proton.reactor import Container
from proton.utils import BlockingConnection

from harness import options as harness

SECONDS = 20


class Watcher:
    """What interop.jms.AdvisoryPeer writes."""

    def __init__(self, java, url):
        self.process = subprocess.Popen(java.command("interop.jms.AdvisoryPeer", url), text=True,
                                        stdout=subprocess.PIPE)
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self.read, daemon=True).start()
        self.expect("watching")

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def expect(self, *wanted):
        """All of these come, in whatever order, and others may between them."""
        missing, seen = list(wanted), []
        while missing:
            try:
                line = self.lines.get(timeout=SECONDS)
            except queue.Empty:
                raise AssertionError(f"nobody said {missing}, but {seen}") from None
            seen.append(line)
            if line in missing:
                missing.remove(line)

    def close(self):
        self.process.kill()
        self.process.wait()


def play_stomp(port, watcher):
    client = stomp.Connection12([("127.0.0.1", port)])
    client.connect("anna", "secret", wait=True, headers={"client-id": "by-stomp"})
    watcher.expect("Connection + by-stomp anna")
    client.subscribe("/queue/S", 1, headers={"selector": "a = 1"})
    client.subscribe("/topic/S.news", 2, headers={"activemq.subscriptionName": "daily"})
    watcher.expect("Consumer.Queue.S + queue://S 1 convert_string_expressions:a = 1 null",
                   "Consumer.Topic.S.news + topic://S.news 1 null daily")
    client.unsubscribe(1)
    watcher.expect("Consumer.Queue.S - ConsumerId")
    client.disconnect()
    watcher.expect("Consumer.Topic.S.news - ConsumerId", "Connection - ConnectionId")


def play_mqtt(port, watcher):
    client = paho.Client("by-mqtt")
    client.username_pw_set("bert")
    client.connect("127.0.0.1", port)
    client.loop_start()
    watcher.expect("Connection + by-mqtt bert")
    client.subscribe("M/+/news")
    watcher.expect("Consumer.Topic.M.*.news + topic://M.*.news 1 null null")
    client.unsubscribe("M/+/news")
    watcher.expect("Consumer.Topic.M.*.news - ConsumerId")
    client.disconnect()
    client.loop_stop()
    watcher.expect("Connection - ConnectionId")


def play_amqp10(port, watcher):
    container = Container()
    container.container_id = "by-amqp"
    client = BlockingConnection(f"amqp://127.0.0.1:{port}", timeout=SECONDS, container=container)
    watcher.expect("Connection + by-amqp null")
    sender = client.create_sender("A")
    receiver = client.create_receiver("A")
    watcher.expect("Producer.Queue.A + queue://A 1", "Consumer.Queue.A + queue://A 1 null null")
    sender.close()
    receiver.close()
    watcher.expect("Producer.Queue.A - ProducerId", "Consumer.Queue.A - ConsumerId")
    client.create_sender("topic://A.news")
    watcher.expect("Producer.Topic.A.news + topic://A.news 1")
    client.close()
    watcher.expect("Producer.Topic.A.news - ProducerId", "Connection - ConnectionId")


def play_amqp091(port, watcher):
    client = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    watcher.expect("Connection +  guest")
    channel = client.channel()
    channel.queue_declare("R")
    tag = channel.basic_consume("R", lambda *_: None)
    watcher.expect("Consumer.Queue.R + queue://R 1 null null")
    channel.basic_cancel(tag)
    watcher.expect("Consumer.Queue.R - ConsumerId")
    client.close()
    watcher.expect("Connection - ConnectionId")


def run():
    options = harness.parser(__doc__).parse_args()
    with harness.broker_for(options, listener="auto") as (broker, java):
        watcher = Watcher(java, broker.url)
        try:
            for play in (play_stomp, play_mqtt, play_amqp10, play_amqp091):
                play(broker.port, watcher)
            # Who comes later hears of those that are there.
            client = stomp.Connection12([("127.0.0.1", broker.port)])
            client.connect(wait=True, headers={"client-id": "lasting"})
            client.subscribe("/queue/L", 1)
            watcher.expect("Consumer.Queue.L + queue://L 1 null null")
            late = Watcher(java, broker.url)
            late.expect("Connection + lasting null", "Consumer.Queue.L + queue://L 1 null null")
            late.close()
            client.disconnect()
        finally:
            watcher.close()


if __name__ == "__main__":
    harness.main(run)
