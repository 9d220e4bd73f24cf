"""Retained messages and wills."""

from harness.mqtt import frame
from world import check


@check()
def the_last_retained_message_of_a_topic_is_kept(world):
    client = world.client()
    client.publish(world.topic, "old", 2, retain=True)
    client.publish(world.topic, "new", 1, retain=True)
    got = world.retained(2)
    assert [(m.payload, m.qos, m.retain) for m in got] == [(b"new", 1, True)], got


@check()
def a_retained_message_of_qos_0_takes_the_place(world):
    client = world.client()
    client.publish(world.topic, "old", 1, retain=True)
    client.publish(world.topic, "new", 0, retain=True)
    client.ping()
    got = world.retained()
    assert [(m.payload, m.qos, m.retain) for m in got] == [(b"new", 0, True)], got


@check()
def all_matching_retained_messages_come(world):
    client = world.client()
    for name in ("a", "b", "b/c"):
        client.publish(f"{world.topic}/{name}", name, 1, retain=True)
    got = world.retained()
    assert sorted(m.payload for m in got) == [b"a", b"b", b"b/c"], got
    client.subscribe(world.topic + "/+/c")
    assert client.receive().payload == b"b/c"
    client.subscribe(world.topic + "/+")
    assert sorted(client.receive().payload for _ in range(3)) == [b"a", b"b", b"end"]


@check()
def nothing_as_a_payload_clears_it(world):
    client, reader = world.client(), world.client()
    reader.subscribe((world.topic, 1))
    client.publish(world.topic, "x", 1, retain=True)
    client.publish(world.topic, "", 1, retain=True)
    got = [reader.receive() for _ in range(2)]
    assert [(m.payload, m.retain) for m in got] == [(b"x", False), (b"", False)], got
    assert world.retained() == []


@check()
def set_and_cleared_in_one_breath_is_cleared(world):
    client = world.client()
    for _ in range(50):
        client.raw(client.publish_packet(world.topic, "x", 0, retain=True) +
                   client.publish_packet(world.topic, "", 0, retain=True))
        client.ping()
        assert world.retained() == []


@check()
def set_again_after_it_was_cleared_is_set(world):
    client = world.client()
    client.publish(world.topic, "first", 1, retain=True)
    for number in range(50):
        client.raw(client.publish_packet(world.topic, "", 0, retain=True) +
                   client.publish_packet(world.topic, str(number), 0, retain=True))
        client.ping()
        got = world.retained()
        assert [m.payload for m in got] == [str(number).encode()], (number, got)


@check()
def what_is_not_retained_changes_nothing(world):
    client = world.client()
    client.publish(world.topic, "kept", 1, retain=True)
    client.publish(world.topic, "passing", 1)
    client.publish(world.topic, "", 1)
    assert [m.payload for m in world.retained()] == [b"kept"]


@check()
def retained_messages_outlive_sessions(world):
    client = world.lasting()
    client.publish(world.topic, "kept", 1, retain=True)
    client.raw(frame("disconnect"))
    client.expect_closed()
    world.client(world.name, clean=True)
    assert [m.payload for m in world.retained()] == [b"kept"]


@check()
def subscribing_again_sends_it_again(world):
    client = world.client()
    client.publish(world.topic, "kept", 1, retain=True)
    for qos in (1, 0):
        client.subscribe((world.topic, qos))
        message = client.receive()
        assert message.retain and message.qos == qos, message
    client.publish(world.topic, "live", 1)
    message = client.receive()
    assert message.payload == b"live" and message.qos == 0 and not message.retain, message


@check(5)
def retain_handling_says_when_it_is_sent(world):
    client = world.client()
    client.publish(world.topic, "kept", 1, retain=True)
    for handling, first, again in ((0, True, True), (1, True, False), (2, False, False)):
        reader = world.client()
        for expected in (first, again):
            reader.subscribe((world.topic, handling << 4))
            if expected:
                assert reader.receive().retain
            reader.ping()


@check(5)
def retain_as_published_keeps_the_flag(world):
    client = world.client()
    for option, kept in ((0, False), (8, True)):
        reader = world.client()
        reader.subscribe((world.topic, option | 0x20))
        for flag in (False, True):
            client.publish(world.topic, "x", 1, retain=flag)
            assert reader.receive().retain == (flag and kept), (option, flag)


@check(5)
def retained_messages_expire(world):
    world.client().publish(world.topic, "long", 1, retain=True, message_expiry_interval=100)
    got = world.retained()
    assert got and 0 < got[0].properties["message_expiry_interval"] <= 100, got
    world.client().publish(world.topic, "short", 1, retain=True, message_expiry_interval=1)
    world.client(keep_alive=1).expect_closed(0x8D)
    assert world.retained() == []


@check(5)
def shared_subscriptions_are_sent_nothing_retained(world):
    client = world.client()
    client.publish(world.topic, "kept", 1, retain=True)
    client.subscribe(f"$share/g/{world.topic}")
    client.publish(world.topic, "live", 1)
    assert client.receive().payload == b"live"


@check()
def the_will_is_published_as_it_was_left(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    for qos in (0, 1, 2):
        world.client(will=(world.topic, f"will {qos}", qos, False)).drop()
        message = watcher.receive()
        assert message.payload == f"will {qos}".encode() and message.qos == qos, message
        assert not message.retain
    assert world.retained() == []


@check()
def a_will_may_be_empty(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    world.client(will=(world.topic, "", 1, False)).drop()
    assert watcher.receive().payload == b""


@check()
def a_retained_will_is_retained(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    world.client(will=(world.topic, "gone", 1, True)).drop()
    assert watcher.receive().payload == b"gone"
    assert [(m.payload, m.retain) for m in world.retained()] == [(b"gone", True)]


@check()
def a_broken_rule_publishes_the_will(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    client = world.client(will=(world.topic, "broken", 1, False))
    client.raw(b"\x30\x00")
    client.expect_closed(0x81)
    assert watcher.receive().payload == b"broken"


@check()
def another_connection_publishes_the_will(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    world.client(world.name, will=(world.topic, "first", 1, False))
    world.client(world.name)
    assert watcher.receive().payload == b"first"


@check()
def a_will_is_published_once(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    world.lasting(will=(world.topic, "will", 1, False)).drop()
    assert watcher.receive().payload == b"will"
    world.lasting().drop()
    world.lasting()
    watcher.publish(world.topic, "marker", 1)
    assert watcher.receive().payload == b"marker"


@check(5)
def disconnect_may_ask_for_the_will(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    world.client(will=(world.topic, "wanted", 1, False)).disconnect(4)
    assert watcher.receive().payload == b"wanted"


@check(5)
def properties_of_a_will_are_passed_on(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    sent = {"payload_format_indicator": 1, "content_type": "c", "response_topic": "r",
            "correlation_data": b"\1", "user": [("a", "1"), ("a", "2")]}
    world.client(will=(world.topic, "will", 1, False, sent)).drop()
    assert watcher.receive().properties == sent


@check(5)
def a_delayed_will_is_taken_back_by_the_next_connection(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    delay = {"will_delay_interval": 1000}
    world.lasting(will=(world.topic, "delayed", 1, False, delay)).drop()
    world.lasting().disconnect(0)
    watcher.publish(world.topic, "marker", 1)
    assert watcher.receive().payload == b"marker"


@check(5)
def a_delayed_will_is_published_when_its_time_comes(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    delay = {"will_delay_interval": 1}
    world.lasting(will=(world.topic, "delayed", 1, False, delay)).drop()
    watcher.publish(world.topic, "before", 1)
    assert [watcher.receive().payload for _ in range(2)] == [b"before", b"delayed"]


@check(5)
def a_delayed_will_is_published_when_its_session_ends(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    delay = {"will_delay_interval": 1000}
    will = (world.topic, "ended", 1, False, delay)
    world.lasting(will=will, session_expiry_interval=1).drop()
    assert watcher.receive().payload == b"ended"
    world.client(will=will).drop()
    assert watcher.receive().payload == b"ended"
    world.lasting(will=will).drop()
    world.client(world.name, clean=True)
    assert watcher.receive().payload == b"ended"
