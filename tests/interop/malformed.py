#!/usr/bin/python3
"""Messages whose properties or bodies make no sense: no consumer is held up by one, whatever it
speaks; it becomes a dead letter that says why, and what is behind it is delivered."""

import socket
import struct
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pika
from proton.utils import BlockingConnection

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "admin"))

from api import Api, Refused
from harness import mqtt, openwire, stomp
from harness import options as harness

WAIT_SECONDS = 20
LETTERS = "ActiveMQ.DLQ"
# A map that says it has five entries, and ends.
BROKEN_MAP = struct.pack(">i", 5)


class Sender:
    """Sends what no client library would."""

    def __init__(self, port, name):
        self.name = name
        self.link = socket.create_connection(("127.0.0.1", port), WAIT_SECONDS)
        self.frames = openwire.FrameReader()
        self.link.sendall(openwire.wire_format_info() + openwire.connection_info(name)
                          + openwire.producer(name))
        self.answers(3)

    def send(self, to, kind, content, **more):
        self.link.sendall(openwire.message(self.name, to, kind, content, **more))
        self.answers(1)

    def answers(self, count):
        while count > 0:
            for kind, body in self.frames.feed(self.link.recv(65536)):
                assert kind != openwire.EXCEPTION_RESPONSE, body
                count -= kind == openwire.RESPONSE


def expect_letter(api, cause):
    """Its properties say what went wrong, also when nobody can read its body."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not letters_that_say(api, cause):
        assert time.monotonic() < deadline, f"no dead letter says {cause!r}"
        time.sleep(0.05)
    assert api.post(f"queues/{LETTERS}/purge")["messages"] == 1


def letters_that_say(api, cause):
    which = quote(f"dlqDeliveryFailureCause LIKE '%{cause}%'")
    try:
        return api.queue(LETTERS, f"/messages?selector={which}")["items"]
    except Refused as refusal:
        assert refusal.code == "no_such_queue", refusal
        return []


def selector(port, api, sender):
    """Properties that cannot be parsed for a selector."""
    queue = "MALFORMED.selector"
    with stomp.Client(port) as client:
        client.connect()
        client.sync("SUBSCRIBE", destination=f"/queue/{queue}", id=1, selector="colour = 'red'")
        sender.send(queue, openwire.BYTES_MESSAGE, b"bad", properties=BROKEN_MAP)
        client.sync("SEND", b"good", destination=f"/queue/{queue}", colour="red")
        assert client.expect("MESSAGE").body == b"good"
    expect_letter(api, "selector")


def body_for_stomp(port, api, sender):
    queue = "MALFORMED.stomp"
    with stomp.Client(port) as client:
        client.connect()
        client.sync("SUBSCRIBE", destination=f"/queue/{queue}", id=1, ack="client",
                    activemq__prefetchSize=1)
        sender.send(queue, openwire.MAP_MESSAGE, BROKEN_MAP)
        sender.send(queue, openwire.BYTES_MESSAGE, b"good")
        assert client.expect("MESSAGE").body == b"good"
    expect_letter(api, "inside a field")


def body_for_mqtt(port, api, sender):
    client = mqtt.Client(port, 5)
    # Subscribers that do not last have no dead letters.
    client.connect("malformed", clean=False, session_expiry_interval=3600)
    client.subscribe(("MALFORMED/mqtt", 1))
    sender.send("MALFORMED.mqtt", openwire.MAP_MESSAGE, BROKEN_MAP, domain=openwire.TOPIC)
    sender.send("MALFORMED.mqtt", openwire.BYTES_MESSAGE, b"good", domain=openwire.TOPIC)
    assert client.receive().payload == b"good"
    client.disconnect()
    expect_letter(api, "MQTT")


def body_for_amqp10(port, api, sender):
    queue = "MALFORMED.amqp10"
    link = BlockingConnection(f"amqp://127.0.0.1:{port}", timeout=WAIT_SECONDS)
    receiver = link.create_receiver(queue, credit=1)
    sender.send(queue, openwire.MAP_MESSAGE, BROKEN_MAP)
    sender.send(queue, openwire.BYTES_MESSAGE, b"good")
    assert receiver.receive().body == b"good"
    receiver.accept()
    link.close()
    expect_letter(api, "inside a field")


def body_for_amqp091(port, api, sender):
    queue = "MALFORMED.amqp091"
    link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    channel = link.channel()
    # Asked for one by one. The queue is not declared: then its letters would go where that says.
    sender.send(queue, openwire.MAP_MESSAGE, BROKEN_MAP)
    method, _, _ = channel.basic_get(queue)
    assert method is None, method
    expect_letter(api, "AMQP")
    # And by a consumer that takes one at a time.
    channel.basic_qos(prefetch_count=1)
    got = []
    channel.basic_consume(queue, lambda c, m, p, body: (c.basic_ack(m.delivery_tag),
                                                        got.append(body)))
    sender.send(queue, openwire.MAP_MESSAGE, BROKEN_MAP)
    sender.send(queue, openwire.BYTES_MESSAGE, b"good")
    while not got:
        link.process_data_events(time_limit=1)
    assert got == [b"good"], got
    link.close()
    expect_letter(api, "AMQP")


def run():
    parser = harness.parser(__doc__)
    options = parser.parse_args()
    with harness.broker_for(options, listener="auto", with_java=False,
                            settings={"http.listen": "127.0.0.1:0"}) as (broker, _):
        api = Api(broker.http_port)
        sender = Sender(broker.port, "malformed-sender")
        for tell in (selector, body_for_stomp, body_for_mqtt, body_for_amqp10, body_for_amqp091):
            tell(broker.port, api, sender)
            print(f"ok {tell.__name__}", flush=True)
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
