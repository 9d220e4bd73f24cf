"""PUBLISH in both directions, and the packets that answer it."""

from harness.mqtt import data, frame
from world import check

MALFORMED, PROTOCOL_ERROR, NAME_INVALID = 0x81, 0x82, 0x90
NOT_FOUND, RECEIVE_MAXIMUM, ALIAS_INVALID, TOO_LARGE = 0x92, 0x93, 0x94, 0x95


@check()
def each_qos_is_answered_by_its_packets(world):
    client = world.client()
    client.publish(world.topic, "0", 0)
    assert client.publish(world.topic, "1", 1, packet_id=11).type == "puback"
    assert client.publish(world.topic, "2", 2, packet_id=12).type == "pubrec"
    client.ping()


@check()
def messages_come_with_the_lower_qos(world):
    client = world.client()
    assert client.subscribe((world.topic + "/0", 0), (world.topic + "/1", 1),
                            (world.topic + "/2", 2)) == [0, 1, 2]
    for granted in range(3):
        for qos in range(3):
            client.publish(f"{world.topic}/{granted}", f"{qos}", qos)
            message = client.receive()
            assert message.qos == min(granted, qos) and not message.dup, message
            assert message.payload == f"{qos}".encode(), message
            assert (message.packet_id or 0) > 0 or message.qos == 0, message


@check()
def bad_publishes_end_the_connection(world):
    maker = world.client()
    properties = b"\0" if world.five else b""
    world.breaks(frame("publish", data("a") + b"\0\1" + properties, flags=6), MALFORMED)
    world.breaks(maker.publish_packet("a", qos=1, packet_id=0), MALFORMED, PROTOCOL_ERROR)
    world.breaks(maker.publish_packet("a/+", "x"), NAME_INVALID)
    world.breaks(maker.publish_packet("#", "x"), NAME_INVALID)
    world.breaks(maker.publish_packet("", "x"), NAME_INVALID, PROTOCOL_ERROR)
    world.breaks(frame("publish", b"\0\x09abc"), MALFORMED)
    world.breaks(frame("publish", b""), MALFORMED)


@check(4, 5)
def qos_0_is_never_a_duplicate(world):
    world.breaks(world.client().publish_packet("a", "x", dup=True), MALFORMED)


@check()
def dup_is_not_passed_on(world):
    client = world.client()
    client.subscribe((world.topic, 2))
    client.raw(client.publish_packet(world.topic, "x", 1, 5, dup=True))
    assert client.expect("puback").packet_id == 5
    assert not client.receive().dup


@check()
def qos_1_again_is_a_new_message(world):
    client, reader = world.client(), world.client()
    reader.subscribe((world.topic, 0))
    client.publish(world.topic, "first", 1, packet_id=3)
    client.publish(world.topic, "second", 1, packet_id=3, dup=True)
    assert [reader.receive().payload for _ in range(2)] == [b"first", b"second"]


@check()
def qos_2_again_is_the_same_message(world):
    client, reader = world.client(), world.client()
    reader.subscribe((world.topic, 0))
    for dup in (False, True, True):
        client.raw(client.publish_packet(world.topic, "once", 2, 3, dup=dup))
        assert client.expect("pubrec").packet_id == 3
    for _ in range(2):
        client.ack("pubrel", 3)
        assert client.expect("pubcomp").packet_id == 3
    client.publish(world.topic, "again", 2, packet_id=3)
    assert [reader.receive().payload for _ in range(2)] == [b"once", b"again"]


@check()
def qos_2_again_by_a_lasting_session_is_the_same_message(world):
    reader = world.client()
    reader.subscribe((world.topic, 0))
    client = world.lasting()
    client.raw(client.publish_packet(world.topic, "once", 2, 3))
    client.expect("pubrec")
    client.drop()
    client = world.lasting()
    assert client.connack.session_present or world.version == 3
    client.raw(client.publish_packet(world.topic, "once", 2, 3, dup=True))
    assert client.expect("pubrec").packet_id == 3
    client.ack("pubrel", 3)
    assert client.expect("pubcomp").packet_id == 3
    client.publish(world.topic, "other", 2, packet_id=3)
    assert [reader.receive().payload for _ in range(2)] == [b"once", b"other"]


@check()
def identifiers_nobody_knows_are_answered(world):
    client = world.client()
    client.ack("pubrel", 77)
    answer = client.expect("pubcomp")
    assert answer.packet_id == 77 and answer.code == (NOT_FOUND if world.five else 0), answer
    client.ack("pubrec", 78)
    answer = client.expect("pubrel")
    assert answer.packet_id == 78 and answer.code == (NOT_FOUND if world.five else 0), answer
    client.ack("puback", 79)
    client.ack("pubcomp", 80)
    client.ping()


@check()
def messages_to_a_client_have_identifiers_of_their_own(world):
    client = world.client()
    client.subscribe((world.topic, 1))
    sender = world.client()
    for number in range(20):
        sender.publish(world.topic, str(number), 1)
    ids = [client.expect("publish").packet_id for _ in range(20)]
    assert len(set(ids)) == 20 and 0 not in ids, ids


@check()
def a_released_message_is_released_until_it_is_complete(world):
    client = world.client()
    client.subscribe((world.topic, 2))
    world.client().publish(world.topic, "x", 2)
    message = client.expect("publish")
    for _ in range(2):  # the second time nothing but the release comes again
        client.ack("pubrec", message.packet_id)
        assert client.expect("pubrel").packet_id == message.packet_id
    client.ack("pubcomp", message.packet_id)
    client.ping()


@check()
def order_is_kept(world):
    client, sender = world.client(), world.client()
    client.subscribe((world.topic, 2))
    for qos in (0, 1, 2):
        for number in range(50):
            sender.publish(world.topic, f"{qos} {number}", qos)
    got = [client.receive() for _ in range(150)]
    for qos in (0, 1, 2):
        mine = [m.payload.decode() for m in got if m.qos == qos]
        assert mine == [f"{qos} {number}" for number in range(50)], mine


@check()
def topics_are_matched_by_their_bytes(world):
    client = world.client()
    composed, decomposed = world.topic + "/\u00e9", world.topic + "/e\u0301"
    client.subscribe(composed)
    for topic in (decomposed, world.topic + "/\u00c9", world.topic + "//\u00e9", composed + "/",
                  "/" + composed):
        client.publish(topic, "other")
    client.publish(composed, "same")
    assert client.receive().payload == b"same"


@check()
def topics_may_be_long(world):
    client = world.client()
    topic = world.topic + "/" + "x" * (20_000 - len(world.topic) - 1)
    client.subscribe(topic)
    client.publish(topic, "long")
    assert client.receive().topic == topic


@check(5)
def properties_of_a_message_are_passed_on(world):
    client = world.client()
    client.subscribe(world.topic)
    sent = {"payload_format_indicator": 1, "content_type": "text/\u00fc", "response_topic": "r/t",
            "correlation_data": b"\0\xff", "user": [("b", "1"), ("a", "2"), ("b", "1"), ("", "")]}
    client.publish(world.topic, "x", 1, **sent)
    got = client.receive().properties
    assert got == sent, got


@check(5)
def expiry_counts_down(world):
    sleeper = world.lasting()
    sleeper.subscribe((world.topic, 1))
    sleeper.drop()
    sender = world.client()
    sender.publish(world.topic, "short", 1, message_expiry_interval=1)
    sender.publish(world.topic, "long", 1, message_expiry_interval=100)
    # Silence is how this client waits: its keep alive takes longer than the short message lasts.
    world.client(keep_alive=1).expect_closed(0x8D)
    message = world.lasting().receive()
    assert message.payload == b"long", message
    assert 90 <= message.properties["message_expiry_interval"] < 100, message


@check(5)
def bad_response_topics_end_the_connection(world):
    world.breaks(world.client().publish_packet("a", response_topic="a/+"), PROTOCOL_ERROR)


@check(5)
def clients_send_no_subscription_identifier(world):
    world.breaks(world.client().publish_packet("a", subscription_identifier=1), PROTOCOL_ERROR)


@check(5)
def aliases_of_a_client_are_taken(world):
    client = world.client()
    most = client.connack.properties["topic_alias_maximum"]
    client.subscribe(world.topic, world.topic + "/b")
    for alias in (1, most):
        client.publish(world.topic, "named", topic_alias=alias)
        client.publish("", "alias", 1, topic_alias=alias)
        client.publish(world.topic + "/b", "anew", topic_alias=alias)
        client.publish("", "other", topic_alias=alias)
        got = [client.receive() for _ in range(4)]
        assert [m.payload for m in got] == [b"named", b"alias", b"anew", b"other"], got
        assert [m.topic for m in got] == [world.topic] * 2 + [world.topic + "/b"] * 2, got
        assert not any("topic_alias" in m.properties for m in got), got


@check(5)
def bad_aliases_end_the_connection(world):
    most = world.client().connack.properties["topic_alias_maximum"]
    maker = world.client()
    world.breaks(maker.publish_packet("a", topic_alias=0), ALIAS_INVALID)
    world.breaks(maker.publish_packet("a", topic_alias=most + 1), ALIAS_INVALID)
    world.breaks(maker.publish_packet("", topic_alias=1), PROTOCOL_ERROR)


@check(5)
def aliases_end_with_the_connection(world):
    client = world.lasting(topic_alias_maximum=5)
    client.subscribe(world.topic)
    client.publish(world.topic, "x", topic_alias=1)
    assert client.receive().properties["topic_alias"] == 1
    client.drop()
    client = world.lasting(topic_alias_maximum=5)
    client.publish(world.topic, "y", 1)
    message = client.receive()
    assert message.topic == world.topic, message
    client.raw(client.publish_packet("", topic_alias=1))
    client.expect_closed(PROTOCOL_ERROR)


@check(5)
def aliases_to_a_client_are_as_many_as_it_takes(world):
    client = world.client(topic_alias_maximum=2)
    client.subscribe(world.topic + "/#")
    seen = {}
    for _ in range(2):
        for name in "abc":
            topic = f"{world.topic}/{name}"
            client.publish(topic, name, 1)
            message = client.receive()
            alias = message.properties.get("topic_alias")
            assert alias is None or 1 <= alias <= 2, message
            assert (message.topic or seen[alias]) == topic, message
            if message.topic and alias:
                seen[alias] = topic
    assert len(seen) == 2, seen


@check(5)
def no_more_is_under_way_than_the_client_takes(world):
    client = world.client(receive_maximum=2)
    client.subscribe((world.topic, 2))
    sender = world.client()
    for number in range(6):
        sender.publish(world.topic, str(number), 2 if number % 2 else 1)
    first, second = client.expect("publish"), client.expect("publish")
    # Everything else goes on meanwhile, and QoS 0 is not counted.
    client.ping()
    assert client.subscribe((world.topic + "/0", 0)) == [0]
    client.publish(world.topic + "/0", "free", 1)
    assert client.receive().payload == b"free"
    client.acknowledge(first)
    client.acknowledge(second)
    assert [client.receive().payload for _ in range(4)] == [b"2", b"3", b"4", b"5"]


@check(5)
def a_client_that_sends_too_many_at_once_is_cut_off(world):
    client = world.client()
    most = client.connack.properties["receive_maximum"]
    for number in range(most + 1):
        client.raw(client.publish_packet(world.topic, "x", 2, number + 1))
    for number in range(most):
        assert client.expect("pubrec").packet_id == number + 1
    client.expect_closed(RECEIVE_MAXIMUM)


@check(5)
def packets_larger_than_the_client_takes_are_left_out(world):
    client = world.client(maximum_packet_size=100, receive_maximum=1)
    client.subscribe((world.topic, 1))
    sender = world.client()
    for body in ("small", "x" * 200, "last"):
        sender.publish(world.topic, body, 1)
    assert [client.receive().payload for _ in range(2)] == [b"small", b"last"]


@check(5)
def a_refused_message_is_done(world):
    client = world.lasting(receive_maximum=1)
    client.subscribe((world.topic, 2))
    sender = world.client()
    for qos in (1, 2, 1):
        sender.publish(world.topic, str(qos), qos)
    client.ack("puback", client.expect("publish").packet_id, 0x80)
    client.ack("pubrec", client.expect("publish").packet_id, 0x80)
    last = client.expect("publish")
    client.drop()
    client = world.lasting()
    again = client.receive()
    assert again.packet_id == last.packet_id and again.dup, again
    client.ping()


@check(5)
def an_expired_message_that_was_sent_is_completed(world):
    client = world.client()
    client.subscribe((world.topic, 2))
    client.publish(world.topic, "x", 2, message_expiry_interval=3)
    message = client.expect("publish")
    world.client(keep_alive=3).expect_closed(0x8D)
    client.acknowledge(message)
    client.ping()


@check()
def dollar_topics_are_not_matched_by_wildcards_in_front(world):
    reader, topic = world.client(), f"$hidden/{world.name}"
    reader.subscribe("#", f"+/{world.name}", "$hidden/#")
    reader.publish(topic, "dropped", 1)
    reader.publish(world.topic, "marker", 1)
    assert reader.receive().payload == b"marker"
