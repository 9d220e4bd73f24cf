#!/usr/bin/env python3
"""What a broker that was killed, or was down for a while, still owes to MQTT's clients, and what it
tells of itself.

The watcher's session lasts, so that it gets what is published while nobody is connected.
"""

import itertools
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.mqtt import Client

NAMES = itertools.count(1)


class World:
    def __init__(self, broker):
        self.broker = broker
        self.name = f"restart{next(NAMES)}"
        self.topic = f"restarts/{self.name}"

    def client(self, name="", clean=True, **more):
        client = Client(self.broker.port)
        client.connack = client.connect(name, clean, **more)
        return client

    def doomed(self, body, expiry=1000, delay=0):
        """A client whose session and will last so long."""
        return self.client(self.name, False, session_expiry_interval=expiry,
                           will=(self.topic, body, 1, False, {"will_delay_interval": delay}))

    def watcher(self):
        watcher = self.client(self.name + "watcher", False, session_expiry_interval=1000)
        if not watcher.connack.session_present:
            watcher.subscribe((self.topic, 1))
        return watcher

    def restart(self):
        self.broker.kill()
        self.broker.start()

    def settle(self):
        """All that came before is in the journal."""
        self.client().publish(self.topic + "/settled", "", 1)

    def expect(self, *bodies):
        """All that the watcher got, in its order."""
        self.client().publish(self.topic, "marker", 1)
        watcher, got = self.watcher(), []
        while (body := watcher.receive().payload.decode()) != "marker":
            got.append(body)
        assert got == list(bodies), got
        watcher.disconnect(0)

    def expect_next(self, body):
        watcher = self.watcher()
        got = watcher.receive().payload.decode()
        assert got == body, got
        watcher.disconnect(0)


def a_will_survives_a_kill(world):
    world.watcher().drop()
    world.doomed("killed")
    world.restart()
    world.expect_next("killed")
    world.restart()
    world.expect()


def a_delayed_will_survives_a_kill(world):
    world.watcher().drop()
    world.doomed("delayed", delay=1)
    world.restart()
    world.expect_next("delayed")
    world.expect()


def a_client_that_is_back_in_time_has_no_will(world):
    world.watcher().drop()
    world.doomed("unwanted", delay=1000)
    world.restart()
    world.doomed("other", delay=1000).disconnect(0)
    world.restart()
    world.expect()


def a_client_that_had_left_has_no_will(world):
    world.watcher().drop()
    world.doomed("unwanted").disconnect(0)
    world.settle()
    world.restart()
    world.expect()


def a_client_that_begins_anew_has_ended_its_session(world):
    world.watcher().drop()
    world.doomed("ended", delay=1000)
    world.restart()
    world.client(world.name, True).disconnect(0)
    world.expect("ended")


def a_session_expires_while_the_broker_is_down(world):
    """It ends by itself when the broker is back: its will says so."""
    world.watcher().drop()
    left = world.doomed("expired", expiry=1, delay=1000)
    left.subscribe((world.topic + "/#", 1))
    left.disconnect(4)
    world.settle()
    world.broker.kill()
    time.sleep(1.2)
    world.broker.start()
    world.expect_next("expired")
    again = world.client(world.name, False, session_expiry_interval=1000)
    assert not again.connack.session_present


def a_session_expires_after_a_restart(world):
    world.watcher().drop()
    left = world.doomed("expired", expiry=2, delay=1000)
    left.disconnect(4)
    world.settle()
    world.restart()
    world.expect_next("expired")


def a_session_that_was_connected_expires_after_a_kill(world):
    world.watcher().drop()
    world.doomed("expired", expiry=1, delay=1000)
    world.restart()
    world.expect_next("expired")


def a_session_that_lasts_goes_on(world):
    world.watcher().drop()
    client = world.doomed("unwanted", expiry=0xFFFFFFFF, delay=1000)
    client.subscribe((world.topic + "/mine", 1))
    world.restart()
    world.client().publish(world.topic + "/mine", "kept", 1)
    client = world.client(world.name, False, session_expiry_interval=1000)
    assert client.connack.session_present
    assert client.receive().payload == b"kept"


def what_a_member_has_begun_it_completes_after_a_kill(world):
    """A group's message of QoS 2 is for nobody but the member that was sent it."""
    def member(name):
        return world.client(world.name + name, False, session_expiry_interval=1000)

    first = member("first")
    first.subscribe(("$share/g/" + world.topic, 2))
    world.client().publish(world.topic, "begun", 2, user=[("a", "b")])
    begun = first.expect("publish")
    assert not begun.dup, begun
    member("other").subscribe(("$share/g/" + world.topic, 2))
    world.restart()
    other, first = member("other"), member("first")
    again = first.expect("publish")
    assert (again.payload, again.packet_id, again.dup) == (b"begun", begun.packet_id, True), again
    assert again.properties["user"] == [("a", "b")], again
    first.acknowledge(again)
    other.ping()
    world.restart()
    other, first = member("other"), member("first")
    first.expect_no_message()
    other.ping()
    first.disconnect()
    world.client().publish(world.topic, "next", 2)
    assert other.receive().payload == b"next"


def clients_are_sent_elsewhere(options, settings, code):
    elsewhere = {"mqtt.redirect": "one.example:1883,two.example:8883", **settings}
    with harness.broker_for(options, listener="mqtt", with_java=False,
                            settings=elsewhere) as (broker, _):
        client = Client(broker.port)
        client.raw(client.connect_packet("a"))
        answer = client.expect("connack")
        assert answer.code == code, answer
        assert answer.properties["server_reference"] == "one.example:1883 two.example:8883", answer
        client.expect_closed()
        old = Client(broker.port, 4)
        old.raw(old.connect_packet("a"))
        assert old.expect("connack").code == 3
        old.expect_closed()
        assert broker.stop() == 0


def clients_are_sent_elsewhere_when_the_broker_stops(options):
    with harness.broker_for(options, listener="mqtt", with_java=False, settings={
            "mqtt.failover_servers": "other.example:1883"}) as (broker, _):
        client = Client(broker.port)
        client.connect("a")
        assert broker.stop() == 0
        said = client.expect("disconnect")
        assert said.code == 0x9C, said
        assert said.properties == {"server_reference": "other.example:1883"}, said


def the_tree_of_the_broker_is_told(world):
    clock = world.client()
    clock.subscribe("$SYS/broker/bytes/received")
    while clock.receive().retain:
        pass
    clock.disconnect()
    # Changes were told just now: until the next time only what is retained comes.
    reader = world.client()
    reader.subscribe("#", "+/broker/version")
    reader.subscribe("$SYS/#")
    seen = {}
    while "version" not in seen:  # the last one by name
        message = reader.receive()
        assert message.retain, message
        seen[message.topic.removeprefix("$SYS/broker/")] = message.payload.decode()
    assert seen["version"].startswith("TernMQ version "), seen
    assert seen["uptime"].endswith(" seconds"), seen
    for name in ("clients/connected", "clients/total", "subscriptions/count", "messages/received",
                 "publish/messages/sent", "publish/messages/dropped", "bytes/received",
                 "retained messages/count", "store/messages/bytes", "heap/current",
                 "heap/maximum"):
        assert seen[name].isdigit(), (name, seen)
    # What changes comes again, as a message like others.
    message = reader.receive()
    assert message.topic.startswith("$SYS/broker/") and not message.retain, message
    one = world.client()
    one.subscribe("$SYS/broker/clients/connected")
    while one.receive().payload != b"2":
        pass
    reader.drop()
    while one.receive().payload != b"1":
        pass


STORIES = (a_will_survives_a_kill, a_delayed_will_survives_a_kill,
           a_client_that_is_back_in_time_has_no_will, a_client_that_had_left_has_no_will,
           a_client_that_begins_anew_has_ended_its_session,
           a_session_expires_while_the_broker_is_down, a_session_expires_after_a_restart,
           a_session_that_was_connected_expires_after_a_kill, a_session_that_lasts_goes_on,
           what_a_member_has_begun_it_completes_after_a_kill)


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", help="stories to run, by a part of their name")
    options = parser.parse_args()
    with harness.broker_for(options, restarts=True, listener="mqtt",
                            with_java=False) as (broker, _):
        for story in STORIES:
            if options.filter in story.__name__:
                story(World(broker))
                print(f"ok     {story.__name__}", flush=True)
        assert broker.stop() == 0
    with harness.broker_for(options, listener="mqtt", with_java=False,
                            settings={"mqtt.sys_interval_s": 2}) as (broker, _):
        the_tree_of_the_broker_is_told(World(broker))
        print("ok     the_tree_of_the_broker_is_told")
    clients_are_sent_elsewhere(options, {}, 0x9C)
    clients_are_sent_elsewhere(options, {"mqtt.redirect_for_good": "true"}, 0x9D)
    clients_are_sent_elsewhere_when_the_broker_stops(options)
    print("ok     clients_are_sent_elsewhere")


if __name__ == "__main__":
    harness.main(run)
