"""CONNECT, CONNACK, DISCONNECT, PINGREQ, and what ends a connection."""

from harness.mqtt import data, frame
from world import check

MALFORMED, PROTOCOL_ERROR, KEEP_ALIVE, TAKEN_OVER = 0x81, 0x82, 0x8D, 0x8E
BAD_METHOD, TOO_LARGE = 0x8C, 0x95
# Each is a text that must not be in any packet.
BAD_TEXTS = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf5\x80\x80\x80", b"a\0b")


@check()
def the_first_packet_is_connect(world):
    for packet in (frame("pingreq"), frame("disconnect"), frame("connack", b"\0\0"),
                   frame("publish", data("a"))):
        world.refused(packet)


@check()
def a_second_connect_ends_the_connection(world):
    client = world.client()
    client.raw(client.connect_packet(world.name))
    client.expect_closed(PROTOCOL_ERROR)


@check()
def unknown_protocols_are_not_served(world):
    world.refused(lambda client: client.connect_packet(name="MQTTX"))
    world.refused(lambda client: client.connect_packet(name="mqtt"))


@check()
def unknown_levels_are_refused(world):
    """In the form that the client's version has, as far as that can be known."""
    for level, code in ((2, 0x01), (6, 0x84), (127, 0x84)):
        client = world.open()
        packet = client.connect_packet(name="MQTT", level=level)
        client.version = 5 if level > 5 else 4
        client.raw(packet)
        answer = client.expect("connack")
        assert answer.code == code and not answer.session_present, answer
        client.expect_closed()


@check(4, 5)
def the_reserved_flag_of_connect_is_zero(world):
    world.refused(lambda client: client.connect_packet(world.name, flags=1))


@check()
def what_connect_flags_announce_is_there(world):
    head = data("MQIsdp" if world.version == 3 else "MQTT") + bytes([world.version])
    rest = b"\0\0" + (b"\0" if world.five else b"") + data("id")
    no_properties = b"\0" if world.five else b""
    will = no_properties + data("t")
    # To 3.1 the length counts: where it ends before them, there are no user name and password.
    names = () if world.version == 3 else ((0x82, b""), (0xC2, data("user")))
    for flags, payload in ((0x06, b""), (0x06, will), *names):
        world.refused(frame("connect", head + bytes([flags]) + rest + payload))


@check()
def nothing_follows_what_connect_announces(world):
    head = data("MQIsdp" if world.version == 3 else "MQTT") + bytes([world.version, 2])
    rest = b"\0\0" + (b"\0" if world.five else b"") + data("id")
    world.refused(frame("connect", head + rest + data("user")))


@check(4, 5)
def without_a_will_its_flags_are_zero(world):
    for flags in (0x08, 0x10, 0x20):
        world.refused(lambda client, flags=flags: client.connect_packet(world.name, flags=flags))


@check()
def there_is_no_will_of_qos_3(world):
    world.refused(lambda client: client.connect_packet(world.name, will=("t", "w", 3, False)))


@check(4)
def no_password_without_a_user_name(world):
    world.refused(lambda client: client.connect_packet(world.name, password="peer-secret"))


@check(5)
def a_password_needs_no_user_name(world):
    world.client(password=b"\xff\0")


@check()
def user_names_and_passwords_are_taken(world):
    world.client(user="user", password="peer-secret")
    world.client(user="user")


@check()
def texts_of_connect_are_utf8(world):
    for text in BAD_TEXTS:
        world.refused(lambda client, text=text: client.connect_packet(text))
        world.refused(lambda client, text=text: client.connect_packet(user=text))
        world.refused(lambda client, text=text: client.connect_packet(will=(text, "", 0, False)))


@check()
def texts_of_other_packets_are_utf8(world):
    for text in BAD_TEXTS:
        maker = world.client()
        world.breaks(maker.publish_packet(text), MALFORMED, 0x90)
        world.breaks(maker.subscribe_packet([text], 1), MALFORMED)
        world.breaks(maker.unsubscribe_packet([text], 1), MALFORMED)
        if world.five:
            for name in ("content_type", "response_topic"):
                world.breaks(maker.publish_packet("a", **{name: text}), MALFORMED)
            world.breaks(maker.publish_packet("a", user=("name", text)), MALFORMED)
            world.breaks(maker.publish_packet("a", user=(text, "value")), MALFORMED)


@check()
def a_byte_order_mark_is_a_character(world):
    client, topic = world.client(), world.topic + "/\ufeffa"
    client.subscribe(world.topic + "/a", topic)
    client.publish(world.topic + "/a", "without")
    client.publish(topic, "with")
    assert client.receive().payload == b"without"
    message = client.receive()
    assert message.payload == b"with" and message.topic == topic, message


@check()
def plain_client_ids_are_taken(world):
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for begin in range(0, len(digits), 23):
        world.client(digits[begin:begin + 23])
    world.client("x")


@check()
def client_ids_may_be_long(world):
    world.client(world.name + "-" + "long" * 200)


@check()
def without_a_client_id_one_is_assigned(world):
    first, second = world.client(), world.client()
    if world.five:
        names = {client.connack.properties["assigned_client_identifier"]
                 for client in (first, second)}
        assert len(names) == 2, names
        # It is a name like any other: another connection takes its place.
        name = names.pop()
        taken = first if first.connack.properties["assigned_client_identifier"] == name else second
        world.client(name)
        taken.expect_closed(TAKEN_OVER)


@check(3, 4)
def a_lasting_session_needs_a_client_id(world):
    world.refused(lambda client: client.connect_packet("", clean=False), 0x02)


@check(5)
def a_lasting_session_may_have_an_assigned_client_id(world):
    first = world.client(clean=False, session_expiry_interval=100)
    name = first.connack.properties["assigned_client_identifier"]
    first.disconnect(0)
    assert world.lasting(name).connack.session_present


@check()
def another_connection_takes_the_place(world):
    first = world.client(world.name)
    second = world.client(world.name)
    first.expect_closed(TAKEN_OVER)
    second.ping()


@check()
def pings_are_answered(world):
    world.client().ping()


@check()
def silence_ends_the_connection(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    silent = world.client(keep_alive=1, will=(world.topic, "silent", 1, False))
    silent.expect_closed(KEEP_ALIVE)
    assert watcher.receive().payload == b"silent"


@check()
def flags_of_the_first_byte_are_fixed(world):
    for kind, body in (("pingreq", b""), ("puback", b"\0\1"), ("pubrec", b"\0\1"),
                       ("pubcomp", b"\0\1")):
        world.breaks(frame(kind, body, flags=1), MALFORMED)
    maker = world.client()
    for packet in (frame("pubrel", b"\0\1", flags=0), frame("pubrel", b"\0\1", flags=3),
                   bytes([0x80]) + maker.subscribe_packet(["a"], 1)[1:],
                   bytes([0xA0]) + maker.unsubscribe_packet(["a"], 1)[1:]):
        world.breaks(packet, MALFORMED)
    world.refused(lambda client: bytes([0x11]) + client.connect_packet()[1:])


@check()
def flags_of_disconnect_are_zero(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    client = world.client(will=(world.topic, "will", 1, False))
    client.raw(frame("disconnect", flags=1))
    client.expect_closed(MALFORMED)
    assert watcher.receive().payload == b"will"


@check(5)
def flags_of_auth_are_zero(world):
    world.breaks(frame("auth", flags=1), MALFORMED)


@check()
def lengths_have_at_most_four_bytes(world):
    world.breaks(b"\x30\xff\xff\xff\xff\x01", MALFORMED)


@check()
def packets_only_a_broker_sends_end_the_connection(world):
    properties = b"\0" if world.five else b""
    for packet in (frame("connack", b"\0\0" + properties),
                   frame("suback", b"\0\1" + properties + b"\0"),
                   frame("unsuback", b"\0\1" + properties + (b"\0" if world.five else b"")),
                   frame("pingresp")):
        world.breaks(packet, PROTOCOL_ERROR)
    world.breaks(b"\x00\x00", MALFORMED, PROTOCOL_ERROR)


@check(3, 4)
def there_is_no_auth_before_version_5(world):
    world.breaks(frame("auth"))


@check()
def disconnect_takes_the_will_away(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    polite = world.client(will=(world.topic, "polite", 1, False))
    polite.raw(frame("disconnect"))
    polite.expect_closed()
    watcher.publish(world.topic, "marker")
    assert watcher.receive().payload == b"marker"


@check()
def nothing_is_taken_after_disconnect(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    client = world.client()
    client.raw(frame("disconnect") + client.publish_packet(world.topic, "late"))
    client.expect_closed()
    watcher.publish(world.topic, "marker")
    assert watcher.receive().payload == b"marker"


@check()
def nothing_is_taken_after_a_refusal(world):
    watcher = world.client()
    watcher.subscribe(world.topic)
    client = world.open()
    client.raw(client.connect_packet(level=9, name="MQTT") +
               client.publish_packet(world.topic, "late"))
    client.version = 5
    assert client.expect("connack").code == 0x84
    client.expect_closed()
    watcher.publish(world.topic, "marker")
    assert watcher.receive().payload == b"marker"


@check()
def what_follows_connect_at_once_is_taken(world):
    client = world.open()
    client.raw(client.connect_packet() + client.subscribe_packet([world.topic], 7) +
               client.publish_packet(world.topic, "early"))
    assert client.expect("connack").code == 0
    assert client.expect("suback").packet_id == 7
    assert client.receive().payload == b"early"


@check(5)
def properties_are_where_they_belong(world):
    maker = world.client()
    for packet in (maker.publish_packet("a", receive_maximum=1),
                   maker.publish_packet("a", session_expiry_interval=1),
                   maker.subscribe_packet(["a"], 1, topic_alias=1),
                   frame("disconnect", b"\0" + b"\x03\x21\0\1")):
        world.breaks(packet, PROTOCOL_ERROR)
    twice = b"\x11\0\0\0\1" * 2
    head = data("MQTT") + b"\x05\x02\0\0"
    world.refused(frame("connect", head + bytes([len(twice)]) + twice + data("id")))
    world.refused(lambda client: client.connect_packet(receive_maximum=0))
    world.refused(lambda client: client.connect_packet(maximum_packet_size=0))
    world.refused(lambda client: client.connect_packet(request_problem_information=2))
    world.breaks(frame("publish", data("a") + b"\x02\x7f\1"), MALFORMED)


@check(5)
def unknown_authentication_methods_are_refused(world):
    world.refused(lambda client: client.connect_packet(authentication_method="NONE-SUCH"),
                  BAD_METHOD)
    world.refused(lambda client: client.connect_packet(authentication_data=b"x"), PROTOCOL_ERROR)


@check(5)
def no_auth_without_a_method(world):
    assert "authentication_method" not in world.client().connack.properties
    world.breaks(frame("auth"), PROTOCOL_ERROR)
    world.breaks(frame("auth", b"\x18\0"), PROTOCOL_ERROR)


@check(5)
def reasons_are_told_without_words(world):
    """No reason string, no user property: nothing that the client could have asked to leave out."""
    client = world.client(request_problem_information=0)
    client.publish(world.topic, "none", 1)
    client.raw(frame("pubrel", b"\0\x09"))
    answer = client.expect("pubcomp")
    assert answer.code == 0x92 and not answer.properties, answer
    client.raw(client.subscribe_packet(["a/#/b"], 9))
    answer = client.expect("suback")
    assert answer.codes == [0x8F] and not answer.properties, answer


@check(5)
def response_information_is_told_to_who_asks(world):
    """It is a topic for one client's answers."""
    for more in ({}, {"request_response_information": 0}):
        connack = world.client(**more).connack
        assert "response_information" not in connack.properties, connack
    names = [f"{world.name}-one", f"{world.name}/+/#%"]
    clients = [world.client(name, request_response_information=1) for name in names]
    topics = [client.connack.properties["response_information"] for client in clients]
    assert topics == [f"responses/{names[0]}", f"responses/{world.name}%2F%2B%2F%23%25"], topics
    for client, topic in zip(clients, topics, strict=True):
        client.subscribe((topic, 1), (topic + "/#", 1))
    server = world.client()
    server.subscribe((world.topic, 1))
    for client, topic in zip(clients, topics, strict=True):
        client.publish(world.topic, topic, 1, response_topic=topic + "/mine")
        asked = server.receive()
        server.publish(asked.properties["response_topic"], asked.payload, 1)
        assert client.receive().payload == topic.encode()


@check(5)
def all_of_version_5_is_available(world):
    properties = world.client().connack.properties
    for name in ("maximum_qos", "retain_available", "wildcard_subscription_available",
                 "subscription_identifier_available", "shared_subscription_available",
                 "server_keep_alive", "reason_string"):
        assert name not in properties, properties


@check(5)
def a_disconnect_tells_no_expiry(world):
    client = world.client()
    client.raw(frame("connect", b""))
    said = client.expect("disconnect")
    assert said.code in (MALFORMED, PROTOCOL_ERROR) and not said.properties, said


@check()
def a_length_that_is_not_the_shortest_is_taken(world):
    """Only who writes it must use the fewest bytes; ours are the shortest."""
    client = world.client()
    client.raw(b"\xc0\x80\x00")
    client.expect("pingresp")


@check(5)
def no_disconnect_before_connack(world):
    for packet in (frame("connect", data("MQTT") + b"\x05\x01\0\0\0" + data("id")),
                   frame("pingreq"), frame("connect", b"")):
        client = world.open()
        client.raw(packet)
        client.expect_closed()
