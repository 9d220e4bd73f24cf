"""What a user may do, as clients of each protocol find out.

Every client has `attempt(user, password, operation, destination)`, which tries that on a connection
of its own and says None if it was allowed, or else what the client was told. Destinations are named
as in `queue://m.rw.1`.
"""

import queue
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import paho.mqtt.client as mqtt
import pika
import proton
import stomp
from proton.utils import BlockingConnection, LinkDetached

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import mqtt as raw_mqtt
from web_socket import TEXT, Raw

WAIT_SECONDS = 20


def split(destination):
    """The domain and the name."""
    domain, _, name = destination.partition("://")
    return domain, name


class OpenWire:
    """ActiveMQ's JMS client, by tests/interop/jms/AccessPeer.java."""

    name = "OpenWire"
    operations = ("send", "produce", "consume", "browse", "remove")
    domains = ("queue", "topic")

    def __init__(self, ports, java, advisories=False):
        watches = f"jms.watchTopicAdvisories={'true' if advisories else 'false'}"
        self.process = subprocess.Popen(
            java.command("interop.jms.AccessPeer",
                         f"tcp://127.0.0.1:{ports['openwire']}?{watches}"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def attempt(self, user, password, operation, destination):
        line = " ".join((user or "-", password or "-", operation, destination))
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer, "the JMS client ended"
        return None if answer == "allowed" else answer.removeprefix("denied: ")

    def close(self):
        self.process.stdin.close()
        self.process.wait(WAIT_SECONDS)


class Inbox(stomp.ConnectionListener):
    """Receipts and errors, as they come."""

    def __init__(self):
        self.frames = queue.Queue()

    def on_connected(self, frame):
        self.frames.put(None)

    def on_receipt(self, frame):
        self.frames.put(None)

    def on_error(self, frame):
        self.frames.put(frame.headers["message"])

    def next(self):
        """None for what went well."""
        return self.frames.get(timeout=WAIT_SECONDS)


class Stomp:
    """stomp.py"""

    name = "STOMP"
    operations = ("send", "consume")
    domains = ("queue", "topic")

    def __init__(self, ports, _):
        self.port = ports["stomp"]

    def attempt(self, user, password, operation, destination):
        inbox = Inbox()
        link = stomp.Connection12([("127.0.0.1", self.port)], reconnect_attempts_max=1)
        link.set_listener("", inbox)
        try:
            link.connect(user, password, wait=False)
            problem = inbox.next()
            if problem is None and operation != "login":
                problem = self.perform(link, inbox, operation, destination)
            return problem
        finally:
            link.set_listener("", stomp.ConnectionListener())
            link.disconnect()

    @staticmethod
    def perform(link, inbox, operation, destination):
        where = ",".join("/" + part.replace("://", "/") for part in destination.split(","))
        if operation == "send":
            link.send(where, "m", headers={"receipt": "done"})
        else:
            link.subscribe(where, id="1", headers={"receipt": "done"})
        return inbox.next()

    def close(self):
        pass


class StompWebSocket:
    """STOMP's frames in those of a WebSocket."""

    name = "STOMP over WebSocket"
    operations = ("send", "consume")
    domains = ("queue", "topic")

    def __init__(self, ports, _):
        self.port = ports["stomp"]

    @staticmethod
    def ask(link, command, **headers):
        """None, or the message of the ERROR that is the answer."""
        lines = [command, *(f"{name.replace('_', '-')}:{value}"
                            for name, value in headers.items() if value is not None)]
        link.send(TEXT, "\n".join([*lines, "", "\0"]).encode())
        _, answer = link.receive()
        head = dict(line.split(":", 1) for line in answer.decode().split("\n\n")[0].split("\n")
                    if ":" in line)
        return head["message"].replace("\\c", ":") if answer.startswith(b"ERROR") else None

    def attempt(self, user, password, operation, destination):
        link = Raw(self.port)
        try:
            problem = self.ask(link, "CONNECT", accept_version="1.2", host="here", login=user,
                               passcode=password)
            where = ",".join("/" + part.replace("://", "/") for part in destination.split(","))
            if problem is None and operation == "send":
                problem = self.ask(link, "SEND", destination=where, receipt="done")
            elif problem is None and operation == "consume":
                problem = self.ask(link, "SUBSCRIBE", destination=where, id=1, receipt="done")
            return problem
        finally:
            link.link.close()

    def close(self):
        pass


class Mqtt:
    """paho in version 5, or another one where nothing is sent."""

    operations = ("send", "consume")
    domains = ("topic",)

    def __init__(self, ports, _, version=mqtt.MQTTv5, transport="tcp"):
        self.port = ports["mqtt"]
        self.version = version
        self.transport = transport
        self.name = "MQTT 5" if version == mqtt.MQTTv5 else "MQTT 3.1.1"
        if transport != "tcp":
            self.name += " over WebSocket"

    def attempt(self, user, password, operation, destination):
        answers = queue.Queue()
        client = mqtt.Client(f"access-{uuid.uuid4().hex[:12]}", protocol=self.version,
                             transport=self.transport)
        client.on_connect = lambda c, data, flags, code, *_: answers.put(self.number(code))
        client.on_subscribe = lambda c, data, mid, codes, *_: answers.put(self.number(codes[0]))
        if user is not None:
            client.username_pw_set(user, password)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        try:
            code = answers.get(timeout=WAIT_SECONDS)
            if code != 0 or operation == "login":
                return None if code == 0 else f"CONNACK {code}"
            topic = split(destination)[1].translate(str.maketrans(".*>", "/+#"))
            if operation == "consume":
                client.subscribe(topic, qos=1)
                code = answers.get(timeout=WAIT_SECONDS)
                return None if code <= 2 else f"SUBACK {code}"
            return self.publish(client, topic)
        finally:
            client.disconnect()
            client.loop_stop()

    @staticmethod
    def number(code):
        return getattr(code, "value", code)

    def publish(self, client, topic):
        """By the packets: this client keeps the reason of a PUBACK to itself."""
        told = queue.Queue()
        client.on_log = lambda c, data, level, text: told.put(text)
        handle = client._handle_pubackcomp

        def remember(command):
            packet = bytes(client._in_packet["packet"])
            told.put(packet[2] if len(packet) > 2 else 0)
            return handle(command)

        client._handle_pubackcomp = remember
        client.publish(topic, "m", qos=1)
        while True:
            code = told.get(timeout=WAIT_SECONDS)
            if isinstance(code, int):
                return None if code < 0x80 else f"PUBACK {code}"

    def close(self):
        pass


class Mqtt3(Mqtt):
    """paho in version 3.1.1. Nobody is told that a message was not passed on: whether somebody who
    may read finds it, as the one that is kept for the topic, says that."""

    def __init__(self, ports, java):
        super().__init__(ports, java, mqtt.MQTTv311)

    def publish(self, client, topic):
        text = uuid.uuid4().hex
        ended = threading.Event()
        client.on_publish = client.on_disconnect = lambda *_: ended.set()
        client.publish(topic, text, qos=1, retain=True)
        assert ended.wait(WAIT_SECONDS), "neither an answer nor the end"
        return None if self.is_kept(topic, text) else "it is not passed on"

    def is_kept(self, topic, text):
        reader = raw_mqtt.Client(self.port, 4)
        reader.connect(user="boss", password="boss-secret")
        reader.subscribe((topic, 1))
        # What is kept is on its way before another client has so much as logged in.
        other = raw_mqtt.Client(self.port, 4)
        other.connect("last", user="boss", password="boss-secret")
        other.publish(topic, "last", qos=1)
        other.disconnect()
        found = False
        while (message := reader.receive()).payload != b"last":
            found = found or message.payload == text.encode()
        reader.disconnect()
        return found


class Amqp10:
    """qpid-proton"""

    name = "AMQP 1.0"
    operations = ("produce", "consume")
    domains = ("queue", "topic")

    def __init__(self, ports, _):
        self.port = ports["amqp"]

    def attempt(self, user, password, operation, destination):
        credentials = {} if user is None else {"user": user, "password": password or ""}
        try:
            link = BlockingConnection(f"amqp://127.0.0.1:{self.port}", timeout=WAIT_SECONDS,
                                      allow_insecure_mechs=True, **credentials)
        except proton.ConnectionException as refused:
            return str(refused)
        try:
            if operation == "produce":
                link.create_sender(destination)
            elif operation == "consume":
                link.create_receiver(destination)
            return None
        except LinkDetached as refused:
            return refused.condition or str(refused)
        finally:
            link.close()

    def close(self):
        pass


class Amqp091:
    """pika, whose exchanges and queues are the topics and queues of others."""

    name = "AMQP 0-9-1"
    operations = ("send", "consume")
    domains = ("queue",)

    def __init__(self, ports, _):
        self.port = ports["amqp"]

    def attempt(self, user, password, operation, destination):
        credentials = pika.PlainCredentials(user or "", password or "")
        try:
            link = pika.BlockingConnection(
                pika.ConnectionParameters("127.0.0.1", self.port, credentials=credentials))
        except pika.exceptions.AMQPConnectionError as refused:
            return repr(refused)
        try:
            if operation == "login":
                return None
            channel = link.channel()
            name = split(destination)[1]
            if operation == "send":
                channel.confirm_delivery()
                channel.queue_declare(name, durable=True)
                channel.basic_publish("", name, b"m")
            else:
                channel.queue_declare(name, durable=True)
                channel.basic_consume(name, lambda *_: None)
            return None
        except pika.exceptions.ChannelClosedByBroker as refused:
            return f"{refused.reply_code} {refused.reply_text}"
        finally:
            link.close()

    def close(self):
        pass
