#!/usr/bin/python3
"""ActiveMQ's strategy `mqtt-virtual-topic-subscriptions`: paho on one side, JMS on the other."""

import queue
import sys
from pathlib import Path

import paho.mqtt.client as mqtt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.jms_peer import JmsPeer

WAIT_SECONDS = 20


class Client:
    def __init__(self, port, name, clean=False):
        self.inbox = queue.Queue()
        self.told = queue.Queue()
        self.link = mqtt.Client(name, clean_session=clean)
        self.link.on_connect = lambda *arguments: self.told.put("connected")
        self.link.on_subscribe = lambda *arguments: self.told.put("subscribed")
        self.link.on_unsubscribe = lambda *arguments: self.told.put("unsubscribed")
        self.link.on_message = lambda client, data, one: self.inbox.put((one.topic, one.payload))
        self.link.connect("127.0.0.1", port)
        self.link.loop_start()
        self.expect("connected")

    def expect(self, word):
        assert self.told.get(timeout=WAIT_SECONDS) == word

    def subscribe(self, topic, qos):
        self.link.subscribe(topic, qos)
        self.expect("subscribed")

    def unsubscribe(self, topic):
        self.link.unsubscribe(topic)
        self.expect("unsubscribed")

    def publish(self, topic, payload, retain=False):
        self.link.publish(topic, payload, qos=1, retain=retain).wait_for_publish(WAIT_SECONDS)

    def receive(self):
        return self.inbox.get(timeout=WAIT_SECONDS)

    def close(self):
        self.link.disconnect()
        self.link.loop_stop()


def body(answer):
    return answer.split(" ")[1]


def run():
    options = harness.parser(__doc__).parse_args()
    document = Path(__file__).with_name("virtual_topics.xml")
    with harness.broker_for(options, listener="auto", document=document) as (broker, java):
        jms = JmsPeer(java, broker.url)
        sender = Client(broker.port, "sender", clean=True)
        client = Client(broker.port, "dev1")
        client.subscribe("plant/temp", 1)
        # The queue is there under ActiveMQ's name: JMS may take from it in the client's stead.
        client.close()
        sender.publish("plant/temp", b"21")
        sender.publish("plant/temp", b"22")
        name = "queue://Consumer.dev1:AT_LEAST_ONCE.VirtualTopic.plant.temp"
        assert body(jms.ask("receive", name)) == "21"
        client = Client(broker.port, "dev1")
        assert client.receive() == ("plant/temp", b"22")
        # JMS publishes to the virtual topic; MQTT sees the name without its prefix.
        jms.ask("send", "text", "topic://VirtualTopic.plant.temp", "from-jms")
        assert client.receive() == ("plant/temp", b"from-jms")
        # Other strengths of service and wildcards.
        client.subscribe("plant/temp", 0)
        client.subscribe("plant/#", 2)
        sender.publish("plant/temp", b"both")
        assert [client.receive() for _ in range(2)] == [("plant/temp", b"both")] * 2
        jms.ask("send", "text", "topic://VirtualTopic.plant.other", "wild")
        assert client.receive() == ("plant/other", b"wild")
        jms.ask("subscribe", "topic://VirtualTopic.plant.>")
        sender.publish("plant/new", b"to-jms")
        assert body(jms.ask("receive", "topic://VirtualTopic.plant.>")) == "to-jms"
        assert client.receive() == ("plant/new", b"to-jms")
        # What is retained is so by the client's own name.
        sender.publish("plant/state", b"on", retain=True)
        assert client.receive() == ("plant/state", b"on")
        other = Client(broker.port, "other", clean=True)
        other.subscribe("plant/state", 1)
        assert other.receive() == ("plant/state", b"on")
        # Unsubscribing takes the queue along.
        client.subscribe("gone", 1)
        client.unsubscribe("gone")
        sender.publish("gone", b"nobody")
        client.subscribe("gone", 1)
        sender.publish("gone", b"new")
        assert client.receive() == ("gone", b"new")
        # A client whose name has levels of its own waits as a durable subscriber.
        deep = Client(broker.port, "dev/2")
        deep.subscribe("deep", 1)
        deep.close()
        sender.publish("deep", b"kept")
        deep = Client(broker.port, "dev/2")
        assert deep.receive() == ("deep", b"kept")
        for one in (client, deep, other, sender):
            one.close()
        jms.close()
        broker.check_alive()
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
