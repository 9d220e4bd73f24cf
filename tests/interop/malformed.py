#!/usr/bin/python3
"""Messages whose properties or bodies make no sense: no consumer is held up by one, whatever it
speaks; it becomes a dead letter that says why, and what is behind it is delivered."""

import socket
import struct
import sys
from pathlib import Path

import pika
from proton.utils import BlockingConnection

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

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


def expect_letter(port, cause):
    """What went wrong, for operators."""
    with stomp.Client(port) as client:
        client.connect()
        client.send("SUBSCRIBE", destination=f"/queue/{LETTERS}", id=1, ack="client-individual")
        letter = client.expect("MESSAGE")
        client.sync("ACK", id=letter.headers["ack"])
    assert cause in letter.headers["dlqDeliveryFailureCause"], letter


def selector(port, sender):
    """Properties that cannot be parsed for a selector."""
    queue = "MALFORMED.selector"
    with stomp.Client(port) as client:
        client.connect()
        client.sync("SUBSCRIBE", destination=f"/queue/{queue}", id=1, selector="colour = 'red'")
        sender.send(queue, openwire.BYTES_MESSAGE, b"bad", properties=BROKEN_MAP)
        client.sync("SEND", b"good", destination=f"/queue/{queue}", colour="red")
        assert client.expect("MESSAGE").body == b"good"
    expect_letter(port, "selector")


def body_for_stomp(port, sender):
    queue = "MALFORMED.stomp"
    with stomp.Client(port) as client:
        client.connect()
        client.sync("SUBSCRIBE", destination=f"/queue/{queue}", id=1, ack="client",
                    activemq__prefetchSize=1)
        sender.send(queue, openwire.MAP_MESSAGE, BROKEN_MAP)
        sender.send(queue, openwire.BYTES_MESSAGE, b"good")
        assert client.expect("MESSAGE").body == b"good"
    expect_letter(port, "")


def body_for_mqtt(port, sender):
    client = mqtt.Client(port, 5)
    client.connect("malformed")
    client.subscribe(("MALFORMED/mqtt", 1))
    sender.send("MALFORMED.mqtt", openwire.MAP_MESSAGE, BROKEN_MAP, domain=openwire.TOPIC)
    sender.send("MALFORMED.mqtt", openwire.BYTES_MESSAGE, b"good", domain=openwire.TOPIC)
    assert client.receive().payload == b"good"
    client.disconnect()
    expect_letter(port, "MQTT")


def body_for_amqp10(port, sender):
    queue = "MALFORMED.amqp10"
    link = BlockingConnection(f"amqp://127.0.0.1:{port}", timeout=WAIT_SECONDS)
    receiver = link.create_receiver(queue, credit=1)
    sender.send(queue, openwire.MAP_MESSAGE, BROKEN_MAP)
    sender.send(queue, openwire.BYTES_MESSAGE, b"good")
    assert receiver.receive().body == b"good"
    receiver.accept()
    link.close()
    expect_letter(port, "")


def body_for_amqp091(port, sender):
    queue = "MALFORMED.amqp091"
    link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    channel = link.channel()
    channel.queue_declare(queue, durable=True)
    # Asked for one by one.
    sender.send(queue, openwire.MAP_MESSAGE, BROKEN_MAP)
    method, _, _ = channel.basic_get(queue)
    assert method is None, method
    expect_letter(port, "AMQP")
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
    expect_letter(port, "AMQP")


def run():
    parser = harness.parser(__doc__)
    options = parser.parse_args()
    with harness.broker_for(options, listener="auto", with_java=False) as (broker, _):
        sender = Sender(broker.port, "malformed-sender")
        for tell in (selector, body_for_stomp, body_for_mqtt, body_for_amqp10, body_for_amqp091):
            tell(broker.port, sender)
            print(f"ok {tell.__name__}", flush=True)
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
