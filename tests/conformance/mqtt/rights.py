"""Where users have rights: what those hear who lack them."""

from world import check

USER = {"user": "tester", "password": "tester-secret"}
NOT_AUTHORIZED, BAD_USER = 0x87, 0x86


def topics(world):
    """One that the user has no right to, and one where it may do everything."""
    return f"m/none/{world.name}", f"m/rwa/{world.name}"


@check(guarded=True)
def a_publish_that_is_not_allowed_goes_nowhere(world):
    """Before version 5 it is answered as if it were allowed."""
    denied, allowed = topics(world)
    boss = world.client(user="boss", password="boss-secret")
    boss.subscribe(denied, allowed)
    client = world.client(**USER)
    for qos in (0, 1, 2):
        answer = client.publish(denied, "denied", qos)
        assert qos == 0 or answer.code == (NOT_AUTHORIZED if world.five else 0), answer
    client.publish(allowed, "marker", 1)
    assert boss.receive().payload == b"marker"


@check(guarded=True)
def nothing_is_kept_for_a_topic_that_may_not_be_made(world):
    """To write to it is one right, to make it another."""
    missing, (_, allowed) = f"m/w/{world.name}", topics(world)
    client = world.client(**USER)
    answer = client.publish(missing, "kept", 1, retain=True)
    assert answer.code == (NOT_AUTHORIZED if world.five else 0), answer
    client.publish(allowed, "first", 1, retain=True)
    client.publish(allowed, "second", 1, retain=True)
    boss = world.client(user="boss", password="boss-secret")
    boss.subscribe(missing)
    boss.subscribe(allowed)
    assert boss.receive().payload == b"second", "the topic's last one, and no other"
    for topic in (missing, allowed):
        boss.publish(topic, "", 1, retain=True)


@check(5, guarded=True)
def an_identifier_is_free_after_a_pubrec_that_refuses(world):
    denied, allowed = topics(world)
    for client in (world.client(**USER), world.lasting(**USER)):
        client.subscribe((allowed, 2))
        client.raw(client.publish_packet(denied, "denied", 2, 7))
        answer = client.expect("pubrec")
        assert (answer.packet_id, answer.code) == (7, NOT_AUTHORIZED), answer
        # Not the same message again: it is taken and passed on.
        client.raw(client.publish_packet(allowed, "new", 2, 7))
        answer = client.expect("pubrec")
        assert (answer.packet_id, answer.code) == (7, 0), answer
        client.ack("pubrel", 7)
        assert client.expect("pubcomp").code == 0
        assert client.receive().payload == b"new"
        client.disconnect(session_expiry_interval=0, code=0)


@check(guarded=True)
def a_subscription_that_is_not_allowed_is_refused(world):
    """3.1 has no way to say so."""
    denied, allowed = topics(world)
    client = world.client(**USER)
    wanted = {3: [1, 1], 4: [0x80, 1], 5: [NOT_AUTHORIZED, 1]}[world.version]
    assert client.subscribe((denied, 1), (allowed, 1)) == wanted
    boss = world.client(user="boss", password="boss-secret")
    boss.publish(denied, "denied", 1)
    boss.publish(allowed, "marker", 1)
    assert client.receive().payload == b"marker"


@check(guarded=True)
def a_will_that_is_not_allowed_is_refused(world):
    denied, _ = topics(world)
    world.refused(lambda client: client.connect_packet(
        world.name, will=(denied, "bye", 0, False), **USER), NOT_AUTHORIZED if world.five else 5)


@check(guarded=True)
def who_is_not_known_is_refused(world):
    """The last of all: whoever guesses has to wait with the next attempt."""
    for who in ({}, {"user": "tester"}, {"user": "tester", "password": "guess"},
                {"user": "nobody", "password": "tester-secret"}):
        world.refused(lambda client, who=who: client.connect_packet(world.name, **who),
                      BAD_USER if world.five else 5)
