#!/usr/bin/python3
"""STOMP with RabbitMQ's destinations: Python's unmodified client, with AMQP 0-9-1 (pika) on the
other side."""

import queue
import sys
from pathlib import Path

import pika
import stomp

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness

WAIT_SECONDS = 20
STORIES = []


def story(function):
    STORIES.append(function)
    return function


class Client(stomp.ConnectionListener):
    def __init__(self, port):
        self.messages = queue.Queue()
        self.answers = queue.Queue()
        self.gone = queue.Queue()
        self.link = stomp.Connection12([("127.0.0.1", port)], reconnect_attempts_max=1)
        self.link.set_listener("", self)
        self.link.connect(wait=True)

    def on_message(self, frame):
        self.messages.put(frame)

    def on_error(self, frame):
        self.answers.put(frame.headers["message"])

    def on_receipt(self, frame):
        self.answers.put(frame.headers["receipt-id"])

    def on_disconnected(self):
        self.gone.put(True)

    def answer(self):
        return self.answers.get(timeout=WAIT_SECONDS)

    def subscribe(self, destination, id="s", ack="auto", **headers):
        self.link.subscribe(destination, id=id, ack=ack, headers={**headers, "receipt": "there"})
        assert (answer := self.answer()) == "there", answer

    def send(self, destination, body, **headers):
        self.link.send(destination, body, headers={"receipt": "sent", **headers})
        assert (answer := self.answer()) == "sent", answer

    def receive(self):
        return self.messages.get(timeout=WAIT_SECONDS)

    def close(self):
        if self.link.is_connected():
            self.link.disconnect("bye")
            while self.answer() != "bye":
                pass


class World:
    def __init__(self, broker):
        self.port = broker.port
        self.opened = []
        self.amqp = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port))
        self.channel = self.amqp.channel()

    def client(self):
        self.opened.append(Client(self.port))
        return self.opened[-1]

    def get(self, queue_name):
        method, properties, body = self.channel.basic_get(queue_name, auto_ack=True)
        assert method is not None, f"nothing on {queue_name}"
        return method, properties, body.decode()

    def close(self):
        for one in self.opened:
            one.close()
        self.amqp.close()


@story
def queues(world):
    client = world.client()
    client.subscribe("/queue/r%2Fa")
    world.channel.basic_publish("", "r/a", b"from amqp")
    message = client.receive()
    assert message.body == "from amqp", message
    assert message.headers["destination"] == "/queue/r%2Fa", message.headers
    client.send("/queue/other", "to amqp", persistent="true")
    assert world.get("other")[2] == "to amqp"
    client.send("/amq/queue/other", "there", persistent="true")
    client.send("other", "no slash")
    assert [world.get("other")[2] for _ in range(2)] == ["there", "no slash"]


@story
def exchanges(world):
    world.channel.exchange_declare("logs", "topic")
    world.channel.queue_declare("kept")
    world.channel.queue_bind("kept", "logs", "#.error")
    client = world.client()
    client.subscribe("/exchange/logs/disk.#")
    client.send("/exchange/logs/disk.a.error", "both")
    client.send("/exchange/logs/net.info", "nobody wants it")
    client.send("/exchange/logs/disk.info", "one")
    assert world.get("kept")[2] == "both"
    got = [client.receive() for _ in range(2)]
    assert [one.body for one in got] == ["both", "one"], got
    assert got[0].headers["destination"] == "/exchange/logs/disk.a.error", got[0].headers


@story
def topics(world):
    client = world.client()
    client.subscribe("/topic/#.stock.*")
    world.channel.basic_publish("amq.topic", "eu.de.stock.x", b"from amqp")
    client.send("/topic/stock.y", "from stomp")
    client.send("/topic/stock.y.z", "not for us")
    client.send("/topic/us.stock.last", "last")
    # What comes from another connection may come at any time.
    got = {one.body: one.headers for one in (client.receive() for _ in range(3))}
    assert set(got) == {"from amqp", "from stomp", "last"}, got
    assert got["from stomp"]["destination"] == "/topic/stock.y", got["from stomp"]


@story
def durable_topics(world):
    lasting = {"durable": "true", "auto-delete": "false"}
    client = world.client()
    client.subscribe("/topic/news", id="me", **lasting)
    client.close()
    world.client().send("/topic/news", "missed", persistent="true")
    client = world.client()
    client.subscribe("/topic/news", id="me", **lasting)
    assert client.receive().body == "missed"
    client.link.unsubscribe("me", headers={**lasting, "receipt": "gone"})
    assert client.answer() == "gone"
    world.client().send("/topic/news", "nobody is there")
    client.subscribe("/topic/news", id="me", **lasting)
    client.send("/topic/news", "new")
    assert client.receive().body == "new"


@story
def answers(world):
    asking, answering = world.client(), world.client()
    answering.subscribe("/queue/service")
    asking.send("/queue/service", "question", **{"reply-to": "/temp-queue/mine",
                                                 "correlation-id": "1"})
    question = answering.receive()
    assert question.headers["reply-to"].startswith("/reply-queue/"), question.headers
    answering.send(question.headers["reply-to"], "answer", **{"correlation-id": "1"})
    answer = asking.receive()
    assert answer.body == "answer" and answer.headers["subscription"] == "/temp-queue/mine", answer
    # A server of AMQP finds its way as well.
    asking.send("/queue/amqp-service", "again", **{"reply-to": "/temp-queue/mine"})
    method, properties, _ = world.get("amqp-service")
    world.channel.basic_publish("", properties.reply_to, b"by amqp")
    assert asking.receive().body == "by amqp"


@story
def negative_acknowledgements(world):
    client = world.client()
    client.send("/queue/nack", "x")
    client.subscribe("/queue/nack", ack="client-individual",
                     **{"x-dead-letter-exchange": "", "prefetch-count": "1"})
    message = client.receive()
    client.link.nack(message.headers["ack"])
    message = client.receive()
    assert message.headers["redelivered"] == "true", message.headers
    client.link.nack(message.headers["ack"], requeue="false", receipt="dead")
    assert client.answer() == "dead"
    client.send("/queue/nack", "next")
    assert client.receive().body == "next"


@story
def what_is_wrong(world):
    client = world.client()
    for destination in ("/queue/a/b", "/queue/", "/temp-queue/a", "/nothing/x", "/topic/a/b"):
        client.link.send(destination, "x", headers={"receipt": "no"})
        assert "not a" in (answer := client.answer()), answer
    client.link.subscribe("/queue/a", id="/temp-queue/a", headers={"receipt": "no"})
    assert client.answer() == "Invalid id"
    for destination in ("/exchange/none/k", "/amq/queue/none"):
        client = world.client()
        client.link.subscribe(destination, id="s")
        assert client.answer().startswith("not_found"), destination
        assert client.gone.get(timeout=WAIT_SECONDS)


def run():
    options = harness.parser(__doc__).parse_args()
    settings = {"stomp.destinations": "rabbitmq"}
    with harness.broker_for(options, listener="auto", with_java=False,
                            settings=settings) as (broker, _):
        for one in STORIES:
            print(f"--- {one.__name__.replace('_', ' ')}", flush=True)
            world = World(broker)
            one(world)
            world.close()
        broker.check_alive()
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
