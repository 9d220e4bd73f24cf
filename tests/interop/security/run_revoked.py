#!/usr/bin/python3
"""Rights and users that are taken away while clients are connected, over each protocol with clients
of it: a consumer ends, what is sent is refused, who is no user any more has to go.
"""

import base64
import http.client
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pika
import proton
from proton.utils import BlockingConnection, LinkDetached

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import mqtt, stomp
from harness import options as harness
from harness.broker import TernBroker
from harness.java import Java

PASSWORD = "user-secret"
WAIT_SECONDS = 20
PROTOCOLS = ("openwire", "stomp", "mqtt5", "mqtt3", "amqp10", "amqp091")
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <simpleAuthenticationPlugin><users>{users}</users></simpleAuthenticationPlugin>
  <authorizationPlugin><map><authorizationMap><authorizationEntries>
    {entries}
    <authorizationEntry topic="ActiveMQ.Advisory.>" read="*" write="*" admin="*"/>
  </authorizationEntries></authorizationMap></map></authorizationPlugin>
</plugins></broker>
"""


class Document:
    """Users, and what they may still do."""

    def __init__(self, path, broker=None):
        self.path = path
        self.broker = broker
        self.users = {name: name for name in PROTOCOLS}
        self.users["root"] = "admins"
        self.readers = set(PROTOCOLS)
        self.writers = set(PROTOCOLS)

    def write(self):
        users = "".join(
            f'<authenticationUser username="{name}" password="{PASSWORD}" groups="{groups}"/>'
            for name, groups in self.users.items())
        entries = "".join(
            f'<authorizationEntry {domain}="r.>" read="{self.names(self.readers)}"'
            f' write="{self.names(self.writers)}" admin="{self.names(PROTOCOLS)}"/>'
            for domain in ("queue", "topic"))
        self.path.write_text(DOCUMENT.format(users=users, entries=entries))

    @staticmethod
    def names(some):
        return ",".join(sorted(some))

    def change(self):
        """Holds when this returns, for those who are connected, too, as soon as shards know."""
        taken = len(self.broker.wait_for_log("elements and attributes applied", 1))
        self.write()
        self.broker.process.send_signal(signal.SIGHUP)
        assert len(self.broker.wait_for_log("elements and attributes applied", taken + 1)) > taken


class OpenWire:
    """ActiveMQ's JMS client, by tests/interop/jms/RevokedPeer.java: a line for what is to be done,
    a line for what came of it."""

    def __init__(self, broker, java):
        self.process = subprocess.Popen(
            java.command("interop.jms.RevokedPeer", f"tcp://127.0.0.1:{broker.port}", "openwire",
                         PASSWORD, "r.openwire"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.ask("connect") == "done"

    def ask(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def send(self):
        answer = self.ask("send")
        return None if answer == "done" else answer

    def receive(self):
        assert self.ask("receive") == "done"

    def expect_revoked(self):
        answer = self.ask("consumer ends")
        assert "not authorized to read from: queue://r.openwire" in answer, answer

    def expect_end(self):
        assert self.ask("connection ends") == "done"

    def is_refused(self, told):
        return "User openwire is not authorized to write to: queue://r.openwire" in told

    def close(self):
        self.process.stdin.close()
        self.process.wait(WAIT_SECONDS)


class Stomp:
    def __init__(self, broker, _):
        self.client = stomp.Client(broker.port)
        self.client.connect(login="stomp", passcode=PASSWORD)
        self.client.sync("SUBSCRIBE", destination="/queue/r.stomp", id="1")

    def send(self):
        with stomp.Client(self.client.socket.getpeername()[1]) as other:
            other.connect(login="stomp", passcode=PASSWORD)
            other.send("SEND", b"m", destination="/queue/r.stomp", receipt="1")
            answer = other.frame()
            return None if answer.command == "RECEIPT" else answer.headers["message"]

    def receive(self):
        self.client.expect("MESSAGE")

    def expect_revoked(self):
        self.client.expect_error("not authorized any more to read from: /queue/r.stomp")
        self.client.expect_closed()

    def expect_end(self):
        self.client.expect("ERROR")
        self.client.expect_closed()

    def is_refused(self, told):
        return "User stomp is not authorized to write to: queue://r.stomp" in told

    def close(self):
        self.client.socket.close()


class Mqtt:
    version = 5

    def __init__(self, broker, _):
        self.name = f"mqtt{self.version if self.version == 5 else 3}"
        self.client = mqtt.Client(broker.port, self.version)
        self.client.connect(self.name, user=self.name, password=PASSWORD)
        assert self.client.subscribe((f"r/{self.name}", 1)) == [1]

    def send(self):
        answer = self.client.publish(f"r/{self.name}", "m", qos=1)
        return answer.code if self.version == 5 and answer.code >= 128 else None

    def receive(self):
        self.client.receive()

    def expect_revoked(self):
        self.client.expect_closed(0x87)

    def expect_end(self):
        if self.version == 5:
            assert self.client.expect("disconnect").code >= 128
        self.client.expect_closed()

    def is_refused(self, told):
        return told == 0x87

    def close(self):
        self.client.drop()


class Mqtt3(Mqtt):
    """Nobody is told that a message was dropped; it does not come back."""

    version = 4

    def is_refused(self, told):
        self.client.ping()
        return told is None


class Amqp10:
    def __init__(self, broker, _):
        self.link = BlockingConnection(f"127.0.0.1:{broker.port}", user="amqp10",
                                       password=PASSWORD, allowed_mechs="PLAIN",
                                       timeout=WAIT_SECONDS)
        self.receiver = self.link.create_receiver("r.amqp10", credit=10)
        self.sender = self.link.create_sender("r.amqp10")

    def send(self):
        try:
            self.sender.send(proton.Message("m"))
            return None
        except (LinkDetached, proton.utils.SendException) as refused:
            return f"{refused!s} {refused!r} {self.sender.link.remote_condition}"

    def receive(self):
        self.receiver.receive(WAIT_SECONDS)
        self.receiver.accept()

    def expect_revoked(self):
        try:
            self.receiver.receive(WAIT_SECONDS)
            raise AssertionError("a receiver goes on without the right")
        except LinkDetached as ended:
            assert ended.condition == "amqp:unauthorized-access", ended

    def expect_end(self):
        try:
            self.link.wait(lambda: False, timeout=WAIT_SECONDS)
            raise AssertionError("still connected")
        except (proton.ConnectionException, proton.utils.ConnectionClosed) as ended:
            assert not isinstance(ended, proton.Timeout), "still connected"

    def is_refused(self, told):
        return "REJECTED" in told.upper() or "unauthorized" in told

    def close(self):
        self.link.close()


class Amqp091:
    def __init__(self, broker, _):
        self.link = pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", broker.port, "/", pika.PlainCredentials("amqp091", PASSWORD)))
        self.messages, self.cancelled = [], []
        channel = self.link.channel()
        channel.queue_declare("r.amqp091")
        channel.add_on_cancel_callback(self.cancelled.append)
        channel.basic_consume("r.amqp091", lambda *message: self.messages.append(message),
                              auto_ack=True)

    def send(self):
        channel = self.link.channel()
        channel.confirm_delivery()
        try:
            channel.basic_publish("", "r.amqp091", b"m")
            return None
        except pika.exceptions.ChannelClosedByBroker as refused:
            return f"{refused.reply_code} {refused.reply_text}"

    def until(self, holds):
        harness.settle(lambda: self.link.process_data_events(0.1) or holds())
        assert holds()

    def receive(self):
        self.until(lambda: self.messages)
        self.messages.clear()

    def expect_revoked(self):
        self.until(lambda: self.cancelled)

    def expect_end(self):
        try:
            self.until(lambda: False)
        except pika.exceptions.ConnectionClosedByBroker as ended:
            assert ended.reply_code == 320, ended

    def is_refused(self, told):
        return told.startswith("403 ACCESS_REFUSED")

    def close(self):
        if self.link.is_open:
            self.link.close()


CLIENTS = {"openwire": OpenWire, "stomp": Stomp, "mqtt5": Mqtt, "mqtt3": Mqtt3, "amqp10": Amqp10,
           "amqp091": Amqp091}


def rights(broker, document, java, name):
    """The right to write goes, comes back; then that to read goes."""
    client = CLIENTS[name](broker, java)
    try:
        assert client.send() is None
        client.receive()
        document.writers.discard(name)
        document.change()
        told = client.send()
        assert client.is_refused(told), told
        # Links and channels that were refused something may be gone: those of another client are.
        client.close()
        document.writers.add(name)
        document.change()
        client = CLIENTS[name](broker, java)
        assert client.send() is None
        client.receive()
        document.readers.discard(name)
        document.change()
        client.expect_revoked()
        document.readers.add(name)
        document.change()
    finally:
        client.close()


def users(broker, document, java, name):
    """Other groups, and no user at all."""
    for change in ("other groups", "removed"):
        client = CLIENTS[name](broker, java)
        try:
            if change == "removed":
                del document.users[name]
            else:
                document.users[name] += ",more"
            document.change()
            client.expect_end()
        finally:
            client.close()
    expect_gone(broker, name)


def expect_gone(broker, name):
    """Its connections are none any more, and that is written down."""
    lines = broker.wait_for_log(rf"{name} at \S+ may not stay: the user was removed", 2)
    assert len(lines) == 2, lines

    def ends():
        events = [json.loads(line) for line in
                  (broker.data / "audit" / "audit.log").read_text().splitlines()]
        return [one for one in events if one["what"] == "connection" and one["user"] == name]

    harness.settle(lambda: len(ends()) == 2)  # it is written by a thread of its own
    ended = ends()
    assert len(ended) == 2 and {one["outcome"] for one in ended} == {"denied"}, ended


class Operator:
    """Somebody who looks at the console, and at a stream of events."""

    def __init__(self, broker):
        self.port = broker.http_port
        login = base64.b64encode(f"root:{PASSWORD}".encode()).decode()
        status, headers = self.ask({"Authorization": f"Basic {login}"})
        assert status == 200
        self.cookie = {"Cookie": headers["Set-Cookie"].split(";")[0]}
        self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        self.link.request("GET", "/api/v1/events", headers=self.cookie)
        self.stream = self.link.getresponse()
        assert self.stream.status == 200 and self.stream.readline().startswith(b"data:")

    def ask(self, headers):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        link.request("GET", "/api/v1/queues", headers=headers)
        answer = link.getresponse()
        answer.read()
        link.close()
        return answer.status, answer.headers

    def close(self):
        self.link.close()


def operators(broker, document):
    operator = Operator(broker)
    try:
        assert operator.ask(operator.cookie)[0] == 200
        del document.users["root"]
        document.change()
        assert operator.ask(operator.cookie)[0] == 401, "an operator stays without being a user"
        while operator.stream.readline():  # until it ends
            pass
    finally:
        operator.close()


def run():
    options = harness.parser(__doc__).parse_args()
    java = Java(options.classes, options.client)
    java.compile()
    with tempfile.TemporaryDirectory(prefix="tern-revoked-") as work:
        document = Document(Path(work) / "activemq.xml")
        document.write()
        broker = TernBroker(work, options.ternd, settings={"http.listen": "127.0.0.1:0"},
                            listener="auto", document=document.path)
        document.broker = broker
        with harness.running(broker):
            for name in PROTOCOLS:
                rights(broker, document, java, name)
                users(broker, document, java, name)
                print(f"{name}: rights and users go at once", flush=True)
            operators(broker, document)
            assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
