#!/usr/bin/python3
"""The unmodified STOMP client of Python in each version, with JMS clients on the other side.

Prints a table of versions and features.
"""

import base64
import json
import queue
import sys
import tempfile
import threading
from pathlib import Path

import stomp

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.jms_peer import JmsPeer

WAIT_SECONDS = 20
CONNECTIONS = {"1.0": stomp.Connection10, "1.1": stomp.Connection11, "1.2": stomp.Connection12}
# The broker delivers again what failed there, and nothing else.
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core" schedulerSupport="true">
  <plugins>
    <redeliveryPlugin>
      <redeliveryPolicyMap><redeliveryPolicyMap><redeliveryPolicyEntries>
        <redeliveryPolicy queue="failures_come_again.>" maximumRedeliveries="1"
                          initialRedeliveryDelay="1000"/>
      </redeliveryPolicyEntries></redeliveryPolicyMap></redeliveryPolicyMap>
    </redeliveryPlugin>
  </plugins>
</broker>
"""
FEATURES = []


def feature(function):
    FEATURES.append(function)
    return function


class Inbox(stomp.ConnectionListener):
    """Everything the broker sends, in its order."""

    def __init__(self):
        self.messages = queue.Queue()
        self.errors = queue.Queue()
        self.receipts = queue.Queue()
        self.beat = threading.Event()

    def on_message(self, frame):
        self.messages.put(frame)

    def on_error(self, frame):
        self.errors.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_heartbeat(self):
        self.beat.set()


class Client:
    """A connection of one version with its inbox."""

    def __init__(self, version, port, **options):
        headers = options.pop("headers", {})
        self.version = version
        self.inbox = Inbox()
        self.link = CONNECTIONS[version]([("127.0.0.1", port)], **options)
        self.link.set_listener("", self.inbox)
        self.link.connect(wait=True, headers=headers)

    def subscribe(self, destination, ack="auto", **headers):
        self.link.subscribe(destination, id="s", ack=ack,
                            headers={**headers, "receipt": "subscribed"})
        assert self.inbox.receipts.get(timeout=WAIT_SECONDS) == "subscribed"

    def send(self, destination, body, **headers):
        headers = {"receipt": "sent", "persistent": "true", **headers}
        self.link.send(destination, body, headers=headers)
        while (receipt := self.inbox.receipts.get(timeout=WAIT_SECONDS)) != "sent":
            assert receipt, receipt

    def receive(self):
        return self.inbox.messages.get(timeout=WAIT_SECONDS)

    def ack(self, message, **more):
        headers = message.headers
        if self.version == "1.0":
            self.link.ack(headers["message-id"], **more)
        elif self.version == "1.1":
            self.link.ack(headers["message-id"], headers["subscription"], **more)
        else:
            self.link.ack(headers["ack"], **more)

    def nack(self, message):
        headers = message.headers
        if self.version == "1.1":
            self.link.nack(headers["message-id"], headers["subscription"])
        else:
            self.link.nack(headers["ack"])

    def close(self):
        self.link.disconnect("bye")
        while self.inbox.receipts.get(timeout=WAIT_SECONDS) != "bye":
            pass


@feature
def text_to_jms(world):
    client = world.client(auto_content_length=False)
    client.send(world.queue, "grüße", **{"correlation-id": "c", "priority": "3", "colour": "red"})
    answer = world.jms.ask("receive", world.jms_queue)
    assert answer == "text grüße c 3 2 {colour=red}", answer


@feature
def bytes_to_jms(world):
    world.client().send(world.queue, "body", persistent="false")
    answer = world.jms.ask("receive", world.jms_queue)
    assert answer.startswith("bytes body null 4 1 "), answer


@feature
def text_from_jms(world):
    world.jms.ask("send", "text", world.jms_queue, "grüße an alle")
    client = world.client()
    client.subscribe(world.queue)
    message = client.receive()
    expected = {"correlation-id": "from-jms", "type": "kind", "text": "a:b", "number": "42",
                "flag": "true", "priority": "7", "persistent": "true",
                "destination": world.queue}
    assert message.body == "grüße an alle", message
    assert {k: message.headers.get(k) for k in expected} == expected, message.headers
    assert message.headers["message-id"].startswith("ID:"), message.headers
    assert "content-length" not in message.headers, message.headers


@feature
def bytes_from_jms(world):
    world.jms.ask("send", "bytes", world.jms_queue, "body")
    client = world.client()
    client.subscribe(world.queue)
    message = client.receive()
    assert message.body == "body" and message.headers["content-length"] == "4", message


@feature
def reply_from_jms(world):
    client = world.client(auto_content_length=False)
    client.subscribe("/temp-queue/answers")
    client.send(world.queue, "question", **{"reply-to": "/temp-queue/answers",
                                            "correlation-id": "q1"})
    assert world.jms.ask("echo", world.jms_queue) == "echoed"
    answer = client.receive()
    assert answer.body == "question" and answer.headers["correlation-id"] == "q1", answer


@feature
def maps_to_jms(world):
    """As ActiveMQ's transformations write them."""
    client = world.client(auto_content_length=False)
    for form, body in (
            ("json", '{"map":{"entry":[{"string":["a","b"]},{"string":"n","int":5}]}}'),
            ("xml", "<map><entry><string>a</string><string>b</string></entry>"
                    "<entry><string>n</string><int>5</int></entry></map>")):
        client.send(world.queue, body, transformation=f"jms-map-{form}")
        answer = world.jms.ask("hear", world.jms_queue)
        kind, seen = answer.split(" ")[:2]
        assert kind == "map" and base64.b64decode(seen[1:]) == b"{a=b, n=5}", answer
    # What is no map goes on as the text that it is, and says why.
    client.send(world.queue, "{}", transformation="jms-map-json")
    answer = world.jms.ask("receive", world.jms_queue)
    assert answer.startswith("text {} ") and "transformation-error=no map" in answer, answer


@feature
def maps_from_jms(world):
    for number, (form, start) in enumerate((("jms-map-json", '{"map":'), ("jms-map-xml", "<map>"),
                                            ("jms-json", '{"map":'), ("jms-xml", "<map>"),
                                            (None, ""))):
        world.jms.ask("tell", "map", world.jms_queue, "a=b n=5")
        client = world.client()
        client.subscribe(world.queue, **({"transformation": form} if form else {}))
        message = client.receive()
        client.close()
        assert message.body.startswith(start) and bool(message.body) == bool(form), message
        shown = message.headers.get("transformation")
        assert shown == (form and f"jms-map-{form.rpartition('-')[2]}"), message.headers
        if number == 0:
            entries = json.loads(message.body)["map"]["entry"]
            assert {"string": ["a", "b"]} in entries and {"string": "n", "int": 5} in entries


@feature
def individual_acks(world):
    client = world.client()
    for body in "123":
        client.send(world.queue, body)
    client.subscribe(world.queue, ack="client-individual")
    messages = [client.receive() for _ in range(3)]
    client.ack(messages[1])
    client.close()
    other = world.client()
    other.subscribe(world.queue)
    back = [other.receive() for _ in range(2)]
    assert [m.body for m in back] == ["1", "3"], back
    assert back[0].headers["redelivered"] == "true", back


@feature
def failures_come_again(world):
    if world.version == "1.0":
        return "none in 1.0"
    client = world.client()
    client.send(world.queue, "poison")
    client.subscribe(world.queue, ack="client-individual")
    message = client.receive()
    assert "JMSXDeliveryCount" not in message.headers, message
    client.nack(message)
    message = client.receive()
    assert message.headers["JMSXDeliveryCount"] == "2", message
    client.nack(message)
    letters = world.client()
    letters.subscribe("/queue/ActiveMQ.DLQ", selector="redeliveryDelay = '1000'")
    assert letters.receive().body == "poison"


@feature
def transactions(world):
    client = world.client()
    client.subscribe(world.queue)
    aborted = client.link.begin()
    client.send(world.queue, "aborted", transaction=aborted)
    client.link.abort(aborted)
    committed = client.link.begin()
    client.send(world.queue, "committed", transaction=committed)
    client.link.commit(committed)
    assert client.receive().body == "committed"


@feature
def selectors(world):
    client = world.client()
    client.subscribe(world.queue, selector="size > 5")
    client.send(world.queue, "small", size="4")
    client.send(world.queue, "large", size="12")
    assert client.receive().body == "large"


@feature
def durable_subscriptions(world):
    name = {"activemq.subscriptionName": f"py-{world.version}"}
    headers = {"client-id": f"py-{world.version}"}
    client = world.client(headers=headers)
    client.subscribe(world.topic, **name)
    client.close()
    world.client().send(world.topic, "missed")
    client = world.client(headers=headers)
    client.subscribe(world.topic, **name)
    assert client.receive().body == "missed"


@feature
def errors(world):
    client = world.client()
    client.link.send("/queue/", "x", headers={"receipt": "refused"})
    error = client.inbox.errors.get(timeout=WAIT_SECONDS)
    assert error.headers["receipt-id"] == "refused", error.headers
    client.send(world.queue, "goes on")


@feature
def heart_beats(world):
    if world.version == "1.0":
        return "none in 1.0"
    client = world.client(heartbeats=(200, 200))
    assert client.inbox.beat.wait(WAIT_SECONDS), "no heart-beat"
    client.send(world.queue, "alive")


class World:
    def __init__(self, version, name, port, jms):
        self.version = version
        self.port = port
        self.jms = jms
        self.queue = f"/queue/{name}.{version}"
        self.jms_queue = f"queue://{name}.{version}"
        self.topic = f"/topic/{name}.{version}"
        self.clients = []

    def client(self, **options):
        self.clients.append(Client(self.version, self.port, **options))
        return self.clients[-1]

    def close(self):
        for client in self.clients:
            if client.link.is_connected():
                client.close()


def run_one(function, version, port, jms):
    world = World(version, function.__name__, port, jms)
    try:
        return function(world) or "yes"
    except Exception as problem:
        print(f"FAILED {function.__name__} {version}: {problem!r}", flush=True)
        return "NO"
    finally:
        world.close()


def run():
    options = harness.parser(__doc__).parse_args()
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as document:
        document.write(DOCUMENT)
        document.flush()
        started = harness.broker_for(options, listener="auto", document=Path(document.name))
        with started as (broker, java):
            check(broker, java)


def check(broker, java):
    jms = JmsPeer(java, broker.url)
    table = {f.__name__: [run_one(f, v, broker.port, jms) for v in CONNECTIONS]
             for f in FEATURES}
    jms.close()
    print(f"| stomp.py {'.'.join(map(str, stomp.__version__))} | " +
          " | ".join(CONNECTIONS) + " |\n|---|---|---|---|")
    for name, results in table.items():
        print(f"| {name.replace('_', ' ')} | {' | '.join(results)} |")
    bad = [name for name, results in table.items() if "NO" in results]
    assert not bad, f"{', '.join(bad)}: see above"
    broker.check_alive()
    code = broker.stop()
    assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
