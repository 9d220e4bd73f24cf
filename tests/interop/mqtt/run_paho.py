#!/usr/bin/python3
"""The unmodified MQTT client of Python in each version, over WebSockets, too, with JMS clients on
the other side.

Prints a table of versions and features.
"""

import queue
import socket
import sys
from pathlib import Path

import paho.mqtt
import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.jms_peer import JmsPeer

WAIT_SECONDS = 20
VERSIONS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5.0": mqtt.MQTTv5}
# A version, and what it lies in.
COLUMNS = [(version, "tcp") for version in VERSIONS] + [("5.0", "websockets")]
FEATURES = []


def feature(function):
    FEATURES.append(function)
    return function


def properties(kind, **values):
    made = Properties(kind)
    for name, value in values.items():
        setattr(made, name, value)
    return made


class Client:
    """A connection with everything that came by it, in its order."""

    def __init__(self, version, port, client_id="", clean=True, will=None, expiry=None,
                 keepalive=60, transport="tcp", will_properties=None, **more):
        self.five = version == mqtt.MQTTv5
        self.events = {name: queue.Queue() for name in
                       ("connect", "disconnect", "message", "subscribe", "unsubscribe",
                        "publish")}
        arguments = {} if self.five else {"clean_session": clean}
        self.link = mqtt.Client(client_id, protocol=version, transport=transport, **arguments)
        self.link.reconnect_delay_set(min_delay=600, max_delay=600)
        self.link.on_connect = lambda c, u, flags, code, *p: self.put("connect", (flags, code, *p))
        self.link.on_disconnect = lambda c, u, code, *p: self.put("disconnect", code)
        self.link.on_message = lambda c, u, message: self.put("message", message)
        self.link.on_subscribe = lambda c, u, mid, granted, *p: self.put("subscribe", granted)
        self.link.on_unsubscribe = lambda c, u, mid, *p: self.put("unsubscribe", mid)
        self.link.on_publish = lambda c, u, mid: self.put("publish", mid)
        if will:
            self.link.will_set(*will, properties=will_properties)
        if self.five:
            if expiry is not None:
                more["SessionExpiryInterval"] = expiry
            self.link.connect("127.0.0.1", port, keepalive, clean_start=clean,
                              properties=properties(PacketTypes.CONNECT, **more))
        else:
            self.link.connect("127.0.0.1", port, keepalive)
        self.link.loop_start()
        answer = self.get("connect")
        self.session_present = answer[0]["session present"]
        self.properties = answer[2] if self.five else None
        assert answer[1] == 0, answer

    def put(self, name, what):
        self.events[name].put(what)

    def get(self, name):
        return self.events[name].get(timeout=WAIT_SECONDS)

    def subscribe(self, topic, qos=2, **more):
        self.link.subscribe(topic, **({} if "options" in more else {"qos": qos}), **more)
        granted = self.get("subscribe")
        return [int(getattr(g, "value", g)) for g in granted]

    def publish(self, topic, body, qos=2, retain=False, **more):
        self.link.publish(topic, body, qos, retain, **more)
        self.get("publish")

    def receive(self):
        return self.get("message")

    def receive_bodies(self, count):
        return [self.receive().payload.decode() for _ in range(count)]

    def close(self):
        self.link.disconnect()
        self.link.loop_stop()

    def drop(self):
        """Ends the connection without a word."""
        link = self.link.socket()
        getattr(link, "_socket", link).shutdown(socket.SHUT_RDWR)
        self.get("disconnect")
        self.link.loop_stop()


@feature
def each_qos(world):
    client = world.client()
    assert client.subscribe([(world.topic + "/0", 0), (world.topic + "/1", 1),
                             (world.topic + "/2", 2)]) == [0, 1, 2]
    for granted in range(3):
        for qos in range(3):
            client.publish(f"{world.topic}/{granted}", f"{granted}{qos}", qos)
            message = client.receive()
            assert message.payload == f"{granted}{qos}".encode()
            assert message.qos == min(granted, qos), (granted, qos, message.qos)


@feature
def wildcards(world):
    client = world.client()
    client.subscribe(world.topic + "/+/c")
    client.subscribe(world.topic + "/d/#")
    for topic in ("/x/y/c", "/b/c", "/d", "/d/e/f", "/dx"):
        client.publish(world.topic + topic, topic)
    client.publish(world.topic + "/d/last", "last")
    assert client.receive_bodies(4) == ["/b/c", "/d", "/d/e/f", "last"]


@feature
def many_messages(world):
    client = world.client()
    client.subscribe(world.topic, 2)
    sender = world.client()
    sender.link.max_inflight_messages_set(100)
    for number in range(3000):
        sender.link.publish(world.topic, str(number), 2)
    assert client.receive_bodies(3000) == [str(number) for number in range(3000)]


@feature
def large_message(world):
    client = world.client()
    client.subscribe(world.topic)
    # In a WebSocket, paho forgets what the socket does not take at once.
    body = bytes(range(256)) * (20_000 if world.transport == "tcp" else 500)
    client.publish(world.topic, body)
    assert client.receive().payload == body


@feature
def unsubscribe(world):
    client = world.client()
    client.subscribe(world.topic + "/a")
    client.subscribe(world.topic + "/b")
    client.link.unsubscribe(world.topic + "/a")
    client.get("unsubscribe")
    client.publish(world.topic + "/a", "a")
    client.publish(world.topic + "/b", "b")
    assert client.receive_bodies(1) == ["b"]


@feature
def retained(world):
    client = world.client()
    client.publish(world.topic + "/a", "old", 1, retain=True)
    client.publish(world.topic + "/a", "new", 1, retain=True)
    client.publish(world.topic + "/b/c", "other", 0, retain=True)
    late = world.client()
    late.subscribe(world.topic + "/#")
    messages = [late.receive(), late.receive()]
    assert {m.payload: m.retain for m in messages} == {b"new": 1, b"other": 1}, messages
    client.publish(world.topic + "/a", "", 1, retain=True)
    assert late.receive().payload == b""
    later = world.client()
    later.subscribe(world.topic + "/#")
    assert later.receive().payload == b"other"
    client.publish(world.topic + "/a", "live", 1)
    message = later.receive()
    assert message.payload == b"live" and not message.retain


@feature
def will(world):
    other = world.client()
    other.subscribe(world.topic)
    world.client(will=(world.topic, "polite", 1, False)).close()
    world.client(will=(world.topic, "gone", 1, False)).drop()
    assert other.receive_bodies(1) == ["gone"]


@feature
def keep_alive(world):
    other = world.client()
    other.subscribe(world.topic)
    client = world.client(will=(world.topic, "silent", 1, False), keepalive=1)
    client.link.loop_stop()
    assert other.receive_bodies(1) == ["silent"]


@feature
def take_over(world):
    name = world.name
    first = world.client(client_id=name, will=(world.topic, "taken", 1, False))
    other = world.client()
    other.subscribe(world.topic)
    world.client(client_id=name)
    first.get("disconnect")
    first.link.loop_stop()
    assert other.receive_bodies(1) == ["taken"]


def lasting(world, **more):
    if world.version == "5.0":
        more.setdefault("expiry", 1000)
    return world.client(client_id=world.name, clean=False, **more)


@feature
def persistent_session(world):
    client = lasting(world)
    assert not client.session_present
    client.subscribe([(world.topic + "/+", 2), (world.topic + "/q1", 1)])
    client.close()
    sender = world.client()
    for number in range(20):
        sender.publish(world.topic + "/a", str(number), 1 if number < 10 else 2)
    client = lasting(world)
    assert client.session_present or world.version == "3.1"
    assert client.receive_bodies(20) == [str(number) for number in range(20)]
    client.link.unsubscribe(world.topic + "/+")
    client.get("unsubscribe")
    client.close()
    sender.publish(world.topic + "/a", "missed")
    sender.publish(world.topic + "/q1", "kept")
    client = lasting(world)
    assert client.receive_bodies(1) == ["kept"]
    client.close()
    world.client(client_id=world.name).close()  # clean: the session ends
    client = lasting(world)
    assert not client.session_present
    client.subscribe(world.topic + "/end")
    client.publish(world.topic + "/end", "end")
    assert client.receive_bodies(1) == ["end"]


@feature
def to_jms(world):
    name = f"topic://{world.topic.replace('/', '.')}"
    assert world.jms.ask("subscribe", name) == "subscribed"
    world.client().publish(world.topic, "grüße", 1)
    answer = world.jms.ask("receive", name)
    assert answer.startswith("bytes grüße null 4 2 "), answer
    assert "ActiveMQ.MQTT.QoS=1" in answer, answer


@feature
def from_jms(world):
    client = world.client()
    client.subscribe(world.topic + "/#")
    name = f"topic://{world.topic.replace('/', '.')}.sub"
    world.jms.ask("send", "text", name, "grüße an alle")
    message = client.receive()
    assert message.payload.decode() == "grüße an alle", message.payload
    assert message.topic == world.topic + "/sub" and message.qos == 2, message.topic
    if world.version == "5.0":
        user = dict(message.properties.UserProperty)
        assert user["number"] == "42" and user["flag"] == "true", user
        assert message.properties.CorrelationData == b"from-jms"
    world.jms.ask("send", "bytes", name, "body")
    assert client.receive().payload == b"body"


@feature
def bad_filters(world):
    client = world.client()
    client.link._send_subscribe(False, [((world.topic + "/#/x").encode(),
                                         SubscribeOptions(1) if client.five else 1)],
                                *([None] if client.five else []))
    granted = [int(getattr(g, "value", g)) for g in client.get("subscribe")]
    assert granted == [0x8F if client.five else 0x80], granted
    client.subscribe(world.topic)
    client.publish(world.topic, "goes on")
    assert client.receive_bodies(1) == ["goes on"]


def only_five(function):
    def run(world):
        return function(world) if world.version == "5.0" else "-"
    run.__name__ = function.__name__
    return feature(run)


@only_five
def properties_pass(world):
    client = world.client()
    client.subscribe(world.topic)
    sent = properties(PacketTypes.PUBLISH, ContentType="text/plain", ResponseTopic="re/ply",
                      CorrelationData=b"\0\1", PayloadFormatIndicator=1,
                      MessageExpiryInterval=1000)
    sent.UserProperty = [("a", "1"), ("a", "2"), ("b", "3")]
    client.publish(world.topic, "text", properties=sent)
    got = client.receive().properties
    assert got.UserProperty == [("a", "1"), ("a", "2"), ("b", "3")], got
    assert (got.ContentType, got.ResponseTopic, got.CorrelationData) == \
        ("text/plain", "re/ply", b"\0\1")
    assert got.PayloadFormatIndicator == 1 and 0 < got.MessageExpiryInterval <= 1000


@only_five
def subscription_identifiers(world):
    client = world.client()
    client.subscribe(world.topic + "/+", properties=properties(
        PacketTypes.SUBSCRIBE, SubscriptionIdentifier=7))
    client.publish(world.topic + "/a", "x")
    assert client.receive().properties.SubscriptionIdentifier == [7]


@only_five
def subscription_options(world):
    client = world.client()
    client.publish(world.topic, "kept", 1, retain=True)
    client.subscribe(world.topic, options=SubscribeOptions(
        2, noLocal=True, retainAsPublished=True, retainHandling=2))
    client.publish(world.topic, "own")
    world.client().publish(world.topic, "other", 1, retain=True)
    message = client.receive()
    assert message.payload == b"other" and message.retain


@only_five
def topic_aliases(world):
    client = world.client(TopicAliasMaximum=5)
    client.subscribe(world.topic)
    for body in ("first", "second"):
        client.publish(world.topic if body == "first" else "", body,
                       properties=properties(PacketTypes.PUBLISH, TopicAlias=3))
    first, second = client.receive(), client.receive()
    assert (first.payload, second.payload) == (b"first", b"second")
    assert first.topic == world.topic and second.topic == "", second.topic
    assert first.properties.TopicAlias == second.properties.TopicAlias


@only_five
def assigned_client_id(world):
    assert world.client().properties.AssignedClientIdentifier


@only_five
def receive_maximum(world):
    client = world.client(ReceiveMaximum=2)
    client.subscribe(world.topic)
    sender = world.client()
    for number in range(50):
        sender.publish(world.topic, str(number))
    assert client.receive_bodies(50) == [str(number) for number in range(50)]


@only_five
def session_expiry(world):
    client = lasting(world)
    client.subscribe(world.topic)
    client.link.disconnect(properties=properties(PacketTypes.DISCONNECT, SessionExpiryInterval=0))
    client.link.loop_stop()
    client = lasting(world)
    assert not client.session_present
    client.drop()
    assert lasting(world).session_present


@only_five
def expired_session(world):
    """It ends by itself: its will comes, and what it waited for is gone."""
    other = world.client()
    other.subscribe(world.topic + "/will")
    delayed = properties(PacketTypes.WILLMESSAGE, WillDelayInterval=1000)
    client = lasting(world, expiry=1, will=(world.topic + "/will", "ended", 1, False),
                     will_properties=delayed)
    client.subscribe(world.topic)
    client.drop()
    assert other.receive_bodies(1) == ["ended"]
    world.client().publish(world.topic, "for nobody")
    client = lasting(world)
    assert not client.session_present
    client.subscribe(world.topic)
    client.publish(world.topic, "new")
    assert client.receive_bodies(1) == ["new"]


@only_five
def will_delay(world):
    other = world.client()
    other.subscribe(world.topic + "/#")

    def doomed(body, delay):
        client = lasting(world, will=(world.topic + "/will", body, 1, False),
                         will_properties=properties(PacketTypes.WILLMESSAGE,
                                                    WillDelayInterval=delay))
        client.drop()

    # Whoever is back in time has no will.
    doomed("unwanted", 1000)
    doomed("in a second", 1)
    assert other.receive_bodies(1) == ["in a second"]
    # One that comes back to begin anew ends the session, and the will is due.
    doomed("at the end", 1000)
    world.client(client_id=world.name, expiry=1000).close()
    assert other.receive_bodies(1) == ["at the end"]
    # A connection that takes over is one that comes back.
    lasting(world, will=(world.topic + "/will", "taken over", 1, False),
            will_properties=properties(PacketTypes.WILLMESSAGE, WillDelayInterval=1000))
    lasting(world).publish(world.topic + "/last", "last")
    assert other.receive_bodies(1) == ["last"]


@only_five
def shared_subscriptions(world):
    members = [world.client() for _ in range(2)]
    for member in members:
        member.subscribe(f"$share/{world.name}/{world.topic}")
    sender = world.client()
    for number in range(20):
        sender.publish(world.topic, str(number))
    # Both get some, and nobody gets what another one got.
    got = []
    shares = [queue.Queue() for _ in members]
    for member, share in zip(members, shares):
        member.link.on_message = lambda c, u, m, share=share: share.put(m)
    while len(got) < 20:
        for member, share in zip(members, shares):
            for source in (member.events["message"], share):
                while not source.empty():
                    got.append(int(source.get().payload))
    assert sorted(got) == list(range(20)), got


@only_five
def shared_subscriptions_of_lasting_sessions(world):
    """What is one member's for good is what JMS sent."""
    member = lasting(world)
    member.subscribe(f"$share/{world.name}/{world.topic}")
    world.jms.ask("send", "text", f"topic://{world.topic.replace('/', '.')}", "grüße an einen")
    message = member.receive()
    assert message.payload.decode() == "grüße an einen", message.payload
    assert (message.topic, message.qos, message.dup) == (world.topic, 2, False), message
    assert dict(message.properties.UserProperty)["number"] == "42"


class World:
    def __init__(self, version, name, port, jms=None, transport="tcp"):
        self.version = version
        self.port = port
        self.jms = jms
        self.transport = transport
        self.name = f"{name}-{version}-{transport}"
        self.topic = f"{name}/{version.replace('.', '-')}/{transport}"
        self.clients = []

    def client(self, **options):
        self.clients.append(Client(VERSIONS[self.version], self.port,
                                   transport=self.transport, **options))
        return self.clients[-1]

    def close(self):
        for client in self.clients:
            client.close()


def run_one(function, version, transport, port, jms):
    world = World(version, function.__name__, port, jms, transport)
    try:
        return function(world) or "yes"
    except Exception as problem:
        print(f"FAILED {function.__name__} {version} {transport}: {problem!r}", flush=True)
        return "NO"
    finally:
        world.close()


def survive_kill(options):
    """What a lasting session was promised outlives the broker's sudden death."""
    with harness.broker_for(options, restarts=True, listener="auto", with_java=False) as \
            (broker, _):
        for version in VERSIONS:
            world = World(version, "kill", broker.port)
            client = lasting(world)
            client.subscribe([(world.topic + "/#", 2)])
            client.close()
            sender = world.client()
            sender.publish(world.topic + "/kept", "retained", 1, retain=True)
            for number in range(100):
                sender.publish(world.topic, str(number), 1 if number < 50 else 2)
            broker.kill()
            broker.start()
            client = lasting(world)
            assert client.session_present or version == "3.1", version
            expected = ["retained"] + [str(number) for number in range(100)]
            assert client.receive_bodies(101) == expected, version
            client.publish(world.topic, "again")
            assert client.receive_bodies(1) == ["again"], version
            late = world.client()
            late.subscribe(world.topic + "/kept")
            assert late.receive_bodies(1) == ["retained"], version
            for one in (client, late):
                one.close()
            sender.link.loop_stop()


def run():
    options = harness.parser(__doc__).parse_args()
    with harness.broker_for(options, listener="auto") as (broker, java):
        jms = JmsPeer(java, broker.url)
        table = {f.__name__: [run_one(f, *column, broker.port, jms) for column in COLUMNS]
                 for f in FEATURES}
        jms.close()
        print(f"| paho {paho.mqtt.__version__} | " + " | ".join(map(", ".join, COLUMNS)) + " |\n" +
              "|---" * (len(COLUMNS) + 1) + "|")
        for name, results in table.items():
            print(f"| {name.replace('_', ' ')} | {' | '.join(results)} |")
        bad = [name for name, results in table.items() if "NO" in results]
        assert not bad, f"{', '.join(bad)}: see above"
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"
    survive_kill(options)


if __name__ == "__main__":
    harness.main(run)
