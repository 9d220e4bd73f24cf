"""SUBSCRIBE, UNSUBSCRIBE, filters and groups."""

from harness.mqtt import frame
from world import check

MALFORMED, PROTOCOL_ERROR, FILTER_INVALID = 0x81, 0x82, 0x8F


@check()
def one_answer_has_all_codes_in_their_order(world):
    client = world.client()
    filters = [(f"{world.topic}/{number}", number % 3) for number in range(200)]
    client.raw(client.subscribe_packet(filters, 4711))
    answer = client.expect("suback")
    assert answer.packet_id == 4711, answer
    assert answer.codes == [number % 3 for number in range(200)], answer
    client.raw(client.unsubscribe_packet([text for text, _ in filters], 4712))
    answer = client.expect("unsuback")
    assert answer.packet_id == 4712, answer
    assert answer.codes == ([0] * 200 if world.five else []), answer


@check()
def bad_subscribes_end_the_connection(world):
    maker = world.client()
    world.breaks(maker.subscribe_packet([], 1), PROTOCOL_ERROR)
    world.breaks(maker.unsubscribe_packet([], 1), PROTOCOL_ERROR)
    world.breaks(maker.subscribe_packet(["a"], 0), MALFORMED, PROTOCOL_ERROR)
    world.breaks(maker.unsubscribe_packet(["a"], 0), MALFORMED, PROTOCOL_ERROR)
    world.breaks(maker.subscribe_packet([("a", 3)], 1), MALFORMED, PROTOCOL_ERROR)


@check(4, 5)
def reserved_bits_of_a_filter_are_zero(world):
    maker = world.client()
    for bits in (0x40, 0x80) if world.five else (0x04, 0x08, 0x10, 0x20, 0x40, 0x80):
        world.breaks(maker.subscribe_packet([("a", bits)], 1), MALFORMED)


@check()
def bad_filters_are_refused(world):
    client = world.client()
    bad = ["a/#/b", "a#", "a/b#", "+a", "a+/b", "#/a", "##", ""]
    codes = client.subscribe(*bad, "good")
    assert codes[-1] == 2, codes
    assert codes[:-1] == [FILTER_INVALID if world.five else 0x80] * len(bad), codes


@check()
def wildcards_fill_levels(world):
    client = world.client()
    for filter_text, matching in (
            ("+", ["a", ""]), ("+/+", ["a/b", "/a", "a/", "/"]), ("/+", ["/a", "/"]),
            ("a/#", ["a", "a/b", "a/b/c", "a/"]), ("a/+/c", ["a/b/c", "a//c"]),
            ("+/b/#", ["a/b", "/b", "a/b/c"]), ("#", ["a", "a/b", "", "/"])):
        base = f"{world.topic}/{len(filter_text)}{matching[0]}"
        client.subscribe(f"{base}/{filter_text}")
        for name in ("a", "b", "", "/", "a/b", "/a", "a/", "a/b/c", "a//c", "/b", "b/a/c"):
            client.publish(f"{base}/{name}", name, 1)
        client.subscribe(base + "/end of it")
        client.unsubscribe(f"{base}/{filter_text}")
        client.publish(base + "/end of it", "end", 1)
        got = []
        while (message := client.receive()).payload != b"end":
            got.append(message.payload.decode())
            assert message.topic == f"{base}/{got[-1]}", message
        for name in matching:
            assert name in got, (filter_text, name, got)
        if "#" not in filter_text:
            assert set(got) == set(matching) & set(got) | {
                name for name in got if name.count("/") == filter_text.count("/")}, got


@check()
def subscribing_again_replaces(world):
    client = world.client()
    client.subscribe((world.topic, 2))
    client.subscribe((world.topic, 1))
    client.publish(world.topic, "x", 2)
    assert client.receive().qos == 1
    client.publish(world.topic, "marker", 0)
    assert client.receive().payload == b"marker"


@check()
def replacing_a_lasting_subscription_loses_nothing(world):
    client = world.lasting()
    client.subscribe((world.topic, 1))
    client.drop()
    sender = world.client()
    for number in range(10):
        sender.publish(world.topic, str(number), 1)
    client = world.open()
    more = {"session_expiry_interval": 1000} if world.five else {}
    client.raw(client.connect_packet(world.name, clean=False, **more) +
               client.subscribe_packet([(world.topic, 2)], 9))
    got, answered = [], 0
    while len(got) < 10 or answered < 2:
        packet = client.packet()
        if packet.type == "publish":
            got.append(packet.payload.decode())
            client.ack("puback", packet.packet_id)
        else:
            answered += packet.type in ("connack", "suback")
    assert got == [str(number) for number in range(10)], got


@check()
def nothing_new_comes_after_unsubscribe(world):
    client = world.client()
    client.subscribe(world.topic + "/a", world.topic + "/b")
    client.unsubscribe(world.topic + "/a")
    client.publish(world.topic + "/a", "a", 1)
    client.publish(world.topic + "/b", "b", 1)
    assert client.receive().payload == b"b"


@check()
def unsubscribe_compares_the_text_of_the_filter(world):
    client = world.client()
    client.subscribe(world.topic + "/#")
    codes = client.unsubscribe(world.topic + "/a", world.topic + "/+", world.topic + "/#/")
    assert codes == ([0x11] * 3 if world.five else []), codes
    client.publish(world.topic + "/a", "still", 1)
    assert client.receive().payload == b"still"


@check()
def what_was_sent_is_completed_after_unsubscribe(world):
    client = world.client()
    client.subscribe((world.topic, 2))
    sender = world.client()
    sender.publish(world.topic, "1", 1)
    sender.publish(world.topic, "2", 2)
    sent = [client.expect("publish"), client.expect("publish")]
    client.unsubscribe(world.topic)
    for message in sent:
        client.acknowledge(message)
    client.ping()


@check()
def overlapping_filters_respect_the_highest_qos(world):
    client = world.client()
    more = [{"subscription_identifier": 7}, {"subscription_identifier": 8}] if world.five else [
        {}, {}]
    client.subscribe((world.topic + "/#", 1), **more[0])
    client.subscribe((world.topic + "/a", 2), **more[1])
    client.publish(world.topic + "/a", "x", 2)
    client.publish(world.topic + "/b", "end", 0)
    got = []
    while (message := client.receive()).payload != b"end":
        got.append(message)
    assert max(m.qos for m in got) == 2, got
    if world.five:
        named = sorted(one for m in got for one in m.properties["subscription_identifier"])
        assert named == [7, 8], got
        assert message.properties["subscription_identifier"] == [7], message


@check(5)
def bad_subscription_identifiers_end_the_connection(world):
    maker = world.client()
    world.breaks(maker.subscribe_packet(["a"], 1, subscription_identifier=0), PROTOCOL_ERROR)
    world.breaks(maker.subscribe_packet(["a"], 1, subscription_identifier=[1, 2]), PROTOCOL_ERROR)


@check(5)
def no_local_leaves_out_own_messages(world):
    client, other = world.client(world.name), world.client()
    client.subscribe((world.topic, 4 | 1))
    client.publish(world.topic, "own", 1)
    other.publish(world.topic, "other", 1)
    assert client.receive().payload == b"other"


@check(5)
def no_local_does_not_go_with_a_group(world):
    world.breaks(world.client().subscribe_packet([("$share/g/a", 4)], 1), PROTOCOL_ERROR)


@check(5)
def there_is_no_retain_handling_3(world):
    world.breaks(world.client().subscribe_packet([("a", 0x30)], 1), PROTOCOL_ERROR, MALFORMED)


@check()
def names_of_groups_are_checked(world):
    client = world.client()
    bad = ["$share/a", "$share//t", "$share/a/", "$share/a+/t", "$share/#/t", "$share/a/b#"]
    codes = client.subscribe(*bad)
    assert codes == [FILTER_INVALID if world.five else 0x80] * len(bad), codes


@check()
def a_group_shares_its_messages(world):
    members = [world.client(), world.client()]
    for member in members:
        member.subscribe((f"$share/g/{world.topic}", 1))
    sender = world.client()
    for number in range(40):
        sender.publish(world.topic, str(number), 2)
    for member in members:
        member.subscribe((f"{world.topic}/end", 0))
    sender.publish(f"{world.topic}/end", "end", 1)
    got = []
    for member in members:
        while (message := member.receive()).payload != b"end":
            assert message.qos == 1, message
            got.append(int(message.payload))
    assert sorted(got) == list(range(40)), got


@check()
def what_a_member_has_begun_it_completes(world):
    member, other, sender = world.lasting(), world.client(), world.client()
    member.subscribe((f"$share/g/{world.topic}", 2))
    sender.publish(world.topic, "begun", 2)
    begun = member.expect("publish")
    other.subscribe((f"$share/g/{world.topic}", 2))
    member.drop()
    member = world.lasting()
    again = member.expect("publish")
    assert (again.payload, again.packet_id, again.dup) == (b"begun", begun.packet_id, True), again
    member.acknowledge(again)
    member.drop()
    # It is complete, and was nobody else's.
    member = world.lasting()
    member.expect_no_message()
    other.ping()


@check()
def what_a_member_has_begun_goes_with_its_session(world):
    member, other, sender = world.client(), world.client(), world.client()
    member.subscribe((f"$share/g/{world.topic}", 2))
    sender.publish(world.topic, "begun", 2)
    member.expect("publish")
    other.subscribe((f"$share/g/{world.topic}", 2))
    member.disconnect()
    sender.publish(world.topic, "next", 2)
    assert other.receive().payload == b"next"


@check()
def a_refused_filter_leaves_the_others(world):
    client = world.client()
    assert client.subscribe("a/#/b", (world.topic, 1))[1] == 1
    client.publish(world.topic, "x", 1)
    assert client.receive().payload == b"x"
    client.raw(frame("pingreq"))
    client.expect("pingresp")
