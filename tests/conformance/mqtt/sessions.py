"""What outlives a connection."""

from harness.mqtt import frame
from world import check

PROTOCOL_ERROR = 0x82


def is_there(world, client):
    """3.1 has no flag that says so."""
    return client.connack.session_present or world.version == 3


@check()
def a_new_session_is_not_there_before(world):
    assert not world.lasting().connack.session_present
    assert not world.client(world.name + "clean").connack.session_present


@check()
def a_session_goes_on(world):
    client = world.lasting()
    client.subscribe((world.topic, 1))
    client.raw(frame("disconnect"))
    client.expect_closed()
    sender = world.client()
    for number in range(5):
        sender.publish(world.topic, str(number), 1 + number % 2)
    client = world.lasting()
    assert is_there(world, client)
    assert [client.receive().payload for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    client.ping()


@check()
def a_clean_start_ends_the_session(world):
    client = world.lasting()
    client.subscribe((world.topic, 1))
    client.drop()
    world.client().publish(world.topic, "lost", 1)
    client = world.client(world.name, clean=True)
    assert not client.connack.session_present
    client.publish(world.topic, "nobody's", 1)
    client.ping()
    client.raw(frame("disconnect"))
    client.expect_closed()
    client = world.lasting()
    assert not client.connack.session_present
    client.publish(world.topic, "nobody's", 1)
    client.ping()


@check()
def a_clean_session_leaves_nothing(world):
    client = world.client(world.name, clean=True)
    client.subscribe((world.topic, 1))
    client.drop()
    client = world.lasting()
    assert not client.connack.session_present
    client.publish(world.topic, "nobody's", 1)
    client.ping()


@check()
def what_is_not_acknowledged_comes_again(world):
    client = world.lasting()
    client.subscribe((world.topic, 2))
    sender = world.client()
    for number in range(6):
        sender.publish(world.topic, str(number), 1 + number % 2)
    first = [client.expect("publish") for _ in range(6)]
    # The first is complete, the second released, the others are not acknowledged.
    client.ack("puback", first[0].packet_id)
    client.ack("pubrec", first[1].packet_id)
    assert client.expect("pubrel").packet_id == first[1].packet_id
    client.drop()
    client = world.lasting()
    assert is_there(world, client)
    assert client.expect("pubrel").packet_id == first[1].packet_id
    client.ack("pubcomp", first[1].packet_id)
    for before in first[2:]:
        again = client.receive()
        assert again.payload == before.payload and again.packet_id == before.packet_id, again
        assert again.dup, again
    client.ping()


@check()
def nothing_is_sent_again_on_a_live_connection(world):
    client = world.client()
    client.subscribe((world.topic, 2))
    sender = world.client()
    sender.publish(world.topic, "once", 1)
    message = client.expect("publish")
    for _ in range(3):
        client.ping()
    client.acknowledge(message)
    client.ping()


@check()
def unsubscribing_outlives_the_connection(world):
    client = world.lasting()
    client.subscribe((world.topic + "/a", 1), (world.topic + "/b", 1))
    client.unsubscribe(world.topic + "/a")
    client.drop()
    sender = world.client()
    sender.publish(world.topic + "/a", "a", 1)
    sender.publish(world.topic + "/b", "b", 1)
    client = world.lasting()
    assert client.receive().payload == b"b"


@check(5)
def a_session_expires(world):
    watcher = world.client()
    watcher.subscribe(world.topic + "/end")
    will = (world.topic + "/end", "ended", 1, False, {"will_delay_interval": 1000})
    client = world.lasting(session_expiry_interval=1, will=will)
    client.subscribe((world.topic, 1))
    client.drop()
    assert watcher.receive().payload == b"ended"
    client = world.lasting()
    assert not client.connack.session_present
    client.publish(world.topic, "nobody's", 1)
    client.ping()


@check(5)
def without_an_expiry_a_session_ends_with_its_connection(world):
    client = world.client(world.name, clean=False)
    client.subscribe((world.topic, 1))
    client.drop()
    assert not world.lasting().connack.session_present


@check(5)
def disconnect_changes_the_expiry(world):
    client = world.lasting()
    client.disconnect(0, session_expiry_interval=0)
    assert not world.lasting().connack.session_present
    client = world.lasting(session_expiry_interval=1)
    client.disconnect(0, session_expiry_interval=1000)
    world.client(keep_alive=1).expect_closed(0x8D)
    assert world.lasting().connack.session_present


@check(5)
def no_session_becomes_lasting_at_its_end(world):
    client = world.client(world.name)
    client.raw(frame("disconnect", b"\0\x05\x11\0\0\0\x05"))
    client.expect_closed(PROTOCOL_ERROR)


@check(5)
def a_clean_start_may_begin_a_lasting_session(world):
    client = world.client(world.name, clean=True, session_expiry_interval=1000)
    client.subscribe((world.topic, 1))
    client.drop()
    world.client().publish(world.topic, "kept", 1)
    client = world.lasting()
    assert client.connack.session_present
    assert client.receive().payload == b"kept"
