#!/usr/bin/python3
"""A client of one protocol that takes a message, says so, and keeps it: KIND PORT QUEUE.
Signs of life it gives as often as its protocol has it promise them, or the broker asks for them."""

import sys
import threading

import paho.mqtt.client as paho
import pika
import stomp
from proton.handlers import MessagingHandler
from proton.reactor import Container

HOST = "127.0.0.1"


def held():
    print("held", flush=True)


class StompListener(stomp.ConnectionListener):
    def on_message(self, frame):
        held()


def hold_by_stomp(port, queue):
    client = stomp.Connection12([(HOST, port)], heartbeats=(500, 0))
    client.set_listener("", StompListener())
    client.connect(wait=True)
    client.subscribe(f"/queue/{queue}", 1, ack="client")
    threading.Event().wait()


def hold_by_mqtt(port, queue):
    """Of a session that goes with its connection nothing is left, so that it has a will instead."""
    client = paho.Client("holding", protocol=paho.MQTTv311)
    client.will_set(f"WILL/{queue}", "gone", qos=1)
    client.on_connect = lambda *_: client.subscribe(queue, 1)
    client.on_subscribe = lambda *_: held()
    client.connect(HOST, port, keepalive=1)
    client.loop_forever()


class ProtonReceiver(MessagingHandler):
    def __init__(self, port, queue):
        super().__init__(prefetch=1, auto_accept=False)
        self.url = f"amqp://{HOST}:{port}"
        self.queue = queue

    def on_start(self, event):
        link = event.container.connect(self.url, reconnect=False)
        event.container.create_receiver(link, self.queue)

    def on_message(self, event):
        held()


def hold_by_amqp10(port, queue):
    Container(ProtonReceiver(port, queue)).run()


def hold_by_amqp091(port, queue):
    link = pika.BlockingConnection(pika.ConnectionParameters(HOST, port, heartbeat=1))
    channel = link.channel()
    channel.basic_consume(queue, lambda *_: held())
    channel.start_consuming()


def main():
    kind, port, queue = sys.argv[1:]
    {"stomp": hold_by_stomp, "mqtt": hold_by_mqtt, "amqp10": hold_by_amqp10,
     "amqp091": hold_by_amqp091}[kind](int(port), queue)


if __name__ == "__main__":
    main()
