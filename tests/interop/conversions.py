#!/usr/bin/python3
"""Every protocol to every other: what a message says of itself, as clients of another see it.

The clients are ActiveMQ's JMS client, stomp.py, paho (MQTT 5.0), qpid-proton (AMQP 1.0) and pika
(AMQP 0-9-1), all at one port. Prints a table of pairs; `--table FILE` enters it there.
"""

import base64
import queue
import sys
import time
from pathlib import Path

import paho.mqtt.client as mqtt
import pika
import proton
import stomp
from paho.mqtt.packettypes import PacketTypes
from proton.utils import BlockingConnection

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.jms_peer import JmsPeer

WAIT_SECONDS = 20
LIFE_MS = 60_000
CORRELATION = "question-1"
ANSWERS = "answers.here"
BODIES = {"text": "grüße: an\nalle", "bytes": b"\x00\x01\xff\x00"}
LARGE_BYTES = 20_000_000
BEGIN, END = "<!-- conversions: entered by the run -->", "<!-- end of the conversions -->"


class Seen:
    """A message as a client sees it; None: its protocol has no place for that."""

    def __init__(self, kind, body, **said):
        self.kind = kind
        self.body = body
        self.said = said


class OpenWire:
    name = "OpenWire"

    def __init__(self, broker, java):
        self.peer = JmsPeer(java, broker.url)

    def subscribe(self, topic):
        self.topic = f"topic://{topic}"
        assert self.peer.ask("subscribe", self.topic) == "subscribed"

    def send(self, topic, body):
        kind = "text" if isinstance(body, str) else "bytes"
        told = self.peer.ask("tell", kind, f"topic://{topic}",
                             body if kind == "text" else body.decode())
        assert told == "told", told

    def receive(self):
        answer = self.peer.ask("hear", self.topic)
        kind, body, correlation, reply, priority, expires, mode, colour, number = answer.split(" ")
        body = base64.b64decode(body[1:])
        return Seen(kind, body.decode() if kind == "text" else body, correlation=correlation,
                    reply=reply.partition("://")[2], priority=int(priority),
                    expires=int(expires) > 0, durable=mode == "2", colour=colour, number=number)

    def close(self):
        self.peer.close()


class Stomp(stomp.ConnectionListener):
    name = "STOMP"

    def __init__(self, broker, _):
        self.inbox = queue.Queue()
        # Bodies come as they are: bytes need not be a text.
        self.link = stomp.Connection12([("127.0.0.1", broker.port)], auto_decode=False,
                                       auto_content_length=False)
        self.link.set_listener("", self)
        self.link.connect(wait=True)

    def on_message(self, frame):
        self.inbox.put(frame)

    def on_receipt(self, frame):
        self.inbox.put(frame.headers["receipt-id"])

    def subscribe(self, topic):
        self.link.subscribe(f"/topic/{topic}", id=topic, headers={"receipt": "there"})
        assert self.inbox.get(timeout=WAIT_SECONDS) == "there"

    def send(self, topic, body):
        headers = {"persistent": "true", "priority": "7", "correlation-id": CORRELATION,
                   "reply-to": f"/topic/{ANSWERS}", "colour": "red", "number": "42",
                   "expires": str(int(time.time() * 1000) + LIFE_MS)}
        if isinstance(body, bytes):
            headers["content-length"] = str(len(body))
        self.link.send(f"/topic/{topic}", body, headers=headers)

    def receive(self):
        frame = self.inbox.get(timeout=WAIT_SECONDS)
        said = frame.headers
        kind = "bytes" if "content-length" in said else "text"
        body = frame.body if isinstance(frame.body, bytes) else frame.body.encode()
        return Seen(kind, body.decode() if kind == "text" else body,
                    correlation=said.get("correlation-id"),
                    reply=(said.get("reply-to") or "").rpartition("/")[2],
                    priority=int(said["priority"]), expires=int(said["expires"]) > 0,
                    durable=said.get("persistent") == "true", colour=said.get("colour"),
                    number=said.get("number"))

    def close(self):
        self.link.disconnect()


class Mqtt:
    name = "MQTT"

    def __init__(self, broker, _):
        self.inbox = queue.Queue()
        self.client = mqtt.Client("conversions", protocol=mqtt.MQTTv5)
        self.client.on_message = lambda client, data, message: self.inbox.put(message)
        self.client.on_subscribe = lambda *arguments: self.inbox.put("there")
        self.client.on_connect = lambda *arguments: self.inbox.put("connected")
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        assert self.inbox.get(timeout=WAIT_SECONDS) == "connected"

    def subscribe(self, topic):
        self.client.subscribe(topic.replace(".", "/"), qos=2)
        assert self.inbox.get(timeout=WAIT_SECONDS) == "there"

    def send(self, topic, body):
        said = mqtt.Properties(PacketTypes.PUBLISH)
        said.CorrelationData = CORRELATION.encode()
        said.ResponseTopic = ANSWERS.replace(".", "/")
        said.MessageExpiryInterval = LIFE_MS // 1000
        said.UserProperty = [("colour", "red"), ("number", "42")]
        if isinstance(body, str):
            said.PayloadFormatIndicator = 1
            body = body.encode()
        self.client.publish(topic.replace(".", "/"), body, qos=1, properties=said
                            ).wait_for_publish(WAIT_SECONDS)

    def receive(self):
        message = self.inbox.get(timeout=WAIT_SECONDS)
        said = message.properties
        own = dict(getattr(said, "UserProperty", []))
        kind = "text" if getattr(said, "PayloadFormatIndicator", 0) == 1 else "bytes"
        return Seen(kind, message.payload.decode() if kind == "text" else message.payload,
                    correlation=getattr(said, "CorrelationData", b"").decode(),
                    reply=getattr(said, "ResponseTopic", "").replace("/", "."), priority=None,
                    expires=getattr(said, "MessageExpiryInterval", 0) > 0,
                    durable=message.qos > 0, colour=own.get("colour"), number=own.get("number"))

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Amqp10:
    name = "AMQP 1.0"

    def __init__(self, broker, _):
        self.link = BlockingConnection(f"amqp://127.0.0.1:{broker.port}", timeout=WAIT_SECONDS)

    def subscribe(self, topic):
        self.receiver = self.link.create_receiver(f"topic://{topic}")

    def send(self, topic, body):
        sender = self.link.create_sender(f"topic://{topic}")
        message = proton.Message(body=body, durable=True, priority=7, correlation_id=CORRELATION,
                                 reply_to=f"topic://{ANSWERS}",
                                 properties={"colour": "red", "number": proton.int32(42)})
        message.ttl = LIFE_MS / 1000
        sender.send(message)
        sender.close()

    def receive(self):
        message = self.receiver.receive(WAIT_SECONDS)
        self.receiver.accept()
        own = message.properties or {}
        kind = "text" if isinstance(message.body, str) else "bytes"
        return Seen(kind, message.body if kind == "text" else bytes(message.body),
                    correlation=message.correlation_id,
                    reply=(message.reply_to or "").rpartition("://")[2], priority=message.priority,
                    expires=message.ttl > 0 or message.expiry_time > 0, durable=message.durable,
                    colour=own.get("colour"), number=str(int(own.get("number"))))

    def close(self):
        self.link.close()


class Amqp091:
    name = "AMQP 0-9-1"

    def __init__(self, broker, _):
        self.link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port))
        self.channel = self.link.channel()

    def subscribe(self, topic):
        self.queue = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(self.queue, "amq.topic", topic)

    def send(self, topic, body):
        kind = "text/plain" if isinstance(body, str) else "application/octet-stream"
        self.channel.basic_publish("amq.topic", topic, body, pika.BasicProperties(
            content_type=kind, delivery_mode=2, priority=7, correlation_id=CORRELATION,
            reply_to=ANSWERS, expiration=str(LIFE_MS), headers={"colour": "red", "number": 42}))

    def receive(self):
        for method, said, body in self.channel.consume(self.queue,
                                                       inactivity_timeout=WAIT_SECONDS):
            assert method is not None, "nothing came"
            self.channel.basic_ack(method.delivery_tag)
            break
        self.channel.cancel()
        own = said.headers or {}
        kind = "text" if said.content_type == "text/plain" else "bytes"
        return Seen(kind, body.decode() if kind == "text" else body,
                    correlation=said.correlation_id, reply=said.reply_to, priority=said.priority,
                    expires=None if said.expiration is None else int(said.expiration) > 0,
                    durable=said.delivery_mode == 2, colour=own.get("colour"),
                    number=str(own.get("number")))

    def close(self):
        self.link.close()


PROTOCOLS = (OpenWire, Stomp, Mqtt, Amqp10, Amqp091)
SAID = {"correlation": CORRELATION, "reply": ANSWERS, "priority": 7, "expires": True,
        "durable": True, "colour": "red", "number": "42"}


def letters(body):
    """What fits into a line for the JMS client."""
    return body.replace("\n", " ") if isinstance(body, str) else body.hex().encode()


def expected(sender, receiver):
    """What of `SAID` a pair keeps: MQTT has no priority, and answers go to its topics only."""
    said = dict(SAID)
    if sender is Mqtt:
        said["priority"] = 4
    if receiver is Mqtt:
        said["priority"] = None
        if sender is Amqp091:  # whose answers go to a queue
            said["reply"] = ""
    return said


def judge(sender, receiver, clients, topic):
    """What got lost, in words."""
    problems = []
    for kind, body in BODIES.items():
        if sender is OpenWire:
            body = letters(body)
        clients[receiver].subscribe(f"{topic}.{kind}")
        clients[sender].send(f"{topic}.{kind}", body)
        seen = clients[receiver].receive()
        # MQTT's payload is bytes to all others; it says of itself that it is a text to its own.
        wanted = "bytes" if sender is Mqtt and receiver is not Mqtt else kind
        if wanted == "bytes" and kind == "text":
            body = body.encode()
        if (seen.kind, seen.body) != (wanted, body):
            problems.append(f"{kind}: {seen.kind} {seen.body!r}")
        problems += [f"{kind}: {name} {seen.said[name]!r}"
                     for name, value in expected(sender, receiver).items()
                     if seen.said[name] != value]
    return problems


def letters_of(size):
    """Letters that all protocols pass on as they are, and no two stretches of which are alike."""
    return "".join(f"{number:09},".ljust(10) for number in range(size // 10)).encode()


def judge_large(broker, java):
    """A body that the broker keeps in a file comes whole to those who cannot take it in pieces."""
    problems = []
    body = letters_of(LARGE_BYTES)
    for receiver in PROTOCOLS:
        clients = {one: one(broker, java) for one in {Amqp10, receiver}}
        for sent in (body, b"small behind"):
            topic = f"conversions.large.{receiver.__name__}.{len(sent)}"
            clients[receiver].subscribe(topic)
            clients[Amqp10].send(topic, sent)
            seen = clients[receiver].receive()
            if (seen.kind, seen.body) != ("bytes", sent):
                problems.append(f"{receiver.name}: {seen.kind} of {len(seen.body)} bytes")
        for client in clients.values():
            client.close()
    return problems


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--table", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows, bad = [], []
    with harness.broker_for(options, listener="auto") as (broker, java):
        for number, sender in enumerate(PROTOCOLS):
            row = [sender.name]
            for other, receiver in enumerate(PROTOCOLS):
                clients = {one: one(broker, java) for one in {sender, receiver}}
                problems = judge(sender, receiver, clients, f"conversions.{number}.{other}")
                for client in clients.values():
                    client.close()
                row.append("NO" if problems else "yes")
                bad += [f"{sender.name} to {receiver.name}: {one}" for one in problems]
            rows.append(row)
        head = ["from, to", *(one.name for one in PROTOCOLS)]
        table = "\n".join(f"| {' | '.join(row)} |"
                          for row in [head, ["---"] * len(head), *rows]) + "\n"
        print(table)
        if options.table:
            page = options.table.read_text()
            before, after = page.split(BEGIN)[0], page.split(END)[1]
            options.table.write_text(f"{before}{BEGIN}\n{table}{END}{after}")
        bad += judge_large(broker, java)
        assert not bad, "\n".join(bad)
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
