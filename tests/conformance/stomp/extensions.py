"""ActiveMQ's headers on SEND and SUBSCRIBE, each by a script of its own."""

import json
import time
from xml.etree import ElementTree

from world import check, subscribe

SCHEDULER = "/topic/ActiveMQ.Scheduler.Management"
HOUR_MS = 3_600_000


def bodies(client, count):
    return [client.expect("MESSAGE").body for _ in range(count)]


@check("ActiveMQ: JMSXGroupID keeps a group with one consumer, JMSXGroupSeq -1 ends it")
def message_groups(world):
    sender, first, second = world.client(), world.client(), world.client()

    def send(body, sequence):
        sender.sync("SEND", body, destination=world.queue, JMSXGroupID="g", JMSXGroupSeq=sequence)

    subscribe(first, world.queue)
    send(b"1", 1)
    message = first.expect("MESSAGE")
    assert (message.headers["JMSXGroupID"], message.headers["JMSXGroupSeq"]) == ("g", "1"), message
    subscribe(second, world.queue)
    for number in (2, 3, 4):
        send(b"%d" % number, number)
    assert bodies(first, 3) == [b"2", b"3", b"4"]
    # With its consumer gone the group goes to the other one.
    first.sync("UNSUBSCRIBE", id="s")
    send(b"5", 5)
    assert bodies(second, 1) == [b"5"]


@check("ActiveMQ: activemq.exclusive")
def exclusive_consumers(world):
    first, second = world.client(), world.client()
    for one in (first, second):
        subscribe(one, world.queue, activemq__exclusive="true")
    for body in (b"1", b"2", b"3"):
        second.send("SEND", body, destination=world.queue)
    assert bodies(first, 3) == [b"1", b"2", b"3"]
    first.sync("UNSUBSCRIBE", id="s")
    second.send("SEND", b"4", destination=world.queue)
    assert bodies(second, 1) == [b"4"]


@check("ActiveMQ: activemq.priority")
def consumer_priorities(world):
    sender, low, high = world.client(), world.client(), world.client()
    subscribe(low, world.queue)
    subscribe(high, world.queue, activemq__priority=10)
    for body in (b"1", b"2", b"3"):
        sender.send("SEND", body, destination=world.queue)
    assert bodies(high, 3) == [b"1", b"2", b"3"]
    high.sync("UNSUBSCRIBE", id="s")
    sender.send("SEND", b"4", destination=world.queue)
    assert bodies(low, 1) == [b"4"]


@check("ActiveMQ: activemq.noLocal")
def no_local(world):
    client = world.client()
    subscribe(client, world.topic, activemq__noLocal="true")
    client.sync("SEND", b"own", destination=world.topic)
    world.client().send("SEND", b"other", destination=world.topic)
    assert bodies(client, 1) == [b"other"]


@check("ActiveMQ: activemq.retroactive brings what a topic's policy keeps of its past")
def retroactive(world):
    topic = world.topic + ".past"
    sender = world.client()
    for body in (b"1", b"2", b"3"):
        sender.sync("SEND", body, destination=topic)
    late, plain = world.client(), world.client()
    subscribe(late, topic, activemq__retroactive="true")
    subscribe(plain, topic, activemq__retroactive="false")
    sender.sync("SEND", b"4", destination=topic)
    assert bodies(late, 3) == [b"2", b"3", b"4"]
    assert bodies(plain, 1) == [b"4"]


@check("ActiveMQ: ActiveMQ.Retain keeps a message for those who come later, without any policy")
def retained(world):
    sender = world.client()
    for body in (b"1", b"2"):
        sender.sync("SEND", body, destination=world.topic, **{"ActiveMQ.Retain": "true"})
    late = world.client()
    subscribe(late, world.topic, activemq__retroactive="true")
    message = late.expect("MESSAGE")
    assert message.body == b"2" and message.headers["ActiveMQ.Retained"] == "true", message
    assert "ActiveMQ.Retain" not in message.headers, message


@check("ActiveMQ: activemq.maximumPendingMessageLimit, the oldest are dropped")
def pending_messages(world):
    client = world.client()
    subscribe(client, world.topic, ack="client", activemq__prefetchSize=1,
              activemq__maximumPendingMessageLimit=2)
    client.send("SEND", b"1", destination=world.topic)
    message = client.expect("MESSAGE")
    for body in (b"2", b"3", b"4", b"5", b"6"):
        client.sync("SEND", body, destination=world.topic)
    for wanted in (b"5", b"6"):
        client.send("ACK", id=message.headers["ack"])
        message = client.expect("MESSAGE")
        assert message.body == wanted, message


@check("ActiveMQ: activemq.dispatchAsync changes nothing that a client sees")
def asynchronous_dispatch(world):
    for wanted in ("true", "false"):
        client = world.client()
        subscribe(client, world.topic, activemq__dispatchAsync=wanted)
        client.send("SEND", b"x", destination=world.topic)
        assert bodies(client, 1) == [b"x"]
        client.sync("DISCONNECT")


@check("ActiveMQ: what has expired is not delivered; without persistent it is not")
def expired_and_transient(world):
    client = world.client()
    client.sync("SEND", b"expired", destination=world.queue, expires=1)
    client.sync("SEND", b"alive", destination=world.queue, expires=4102444800000)
    subscribe_late = world.client()
    subscribe_late.send("SUBSCRIBE", id="s", destination=world.queue)
    message = subscribe_late.expect("MESSAGE")
    assert message.body == b"alive" and "persistent" not in message.headers, message


@check("ActiveMQ: amq-msg-type decides what a body is")
def message_types(world):
    client = world.client()
    subscribe(client, world.queue)
    client.send("SEND", b"text", destination=world.queue, content_length=4,
                **{"amq-msg-type": "text"})
    assert "content-length" not in client.expect("MESSAGE").headers
    client.send("SEND", b"bytes", destination=world.queue, **{"amq-msg-type": "bytes"})
    assert client.expect("MESSAGE").headers["content-length"] == "5"
    client.send("SEND", b"x", destination=world.queue, receipt="r", **{"amq-msg-type": "object"})
    client.expect_error("Unsupported message type", "r")


@check("ActiveMQ: AMQ_SCHEDULED_DELAY")
def later(world):
    client = world.client()
    subscribe(client, world.queue)
    due = time.time() + 0.7
    client.sync("SEND", b"later", destination=world.queue, AMQ_SCHEDULED_DELAY=700, kept="yes")
    client.send("SEND", b"now", destination=world.queue)
    assert bodies(client, 1) == [b"now"]
    message = client.expect("MESSAGE")
    assert time.time() >= due, "too early"
    headers = message.headers
    assert message.body == b"later" and headers["kept"] == "yes", message
    assert headers["scheduledJobId"] and "AMQ_SCHEDULED_DELAY" not in headers, headers


@check("ActiveMQ: AMQ_SCHEDULED_PERIOD and AMQ_SCHEDULED_REPEAT")
def again_and_again(world):
    client = world.client()
    subscribe(client, world.queue)
    client.sync("SEND", b"again", destination=world.queue, AMQ_SCHEDULED_DELAY=100,
                AMQ_SCHEDULED_PERIOD=100, AMQ_SCHEDULED_REPEAT=2)
    client.sync("SEND", b"end", destination=world.queue, AMQ_SCHEDULED_DELAY=1500)
    messages = [client.expect("MESSAGE") for _ in range(4)]
    assert [one.body for one in messages] == [b"again"] * 3 + [b"end"], messages
    assert len({one.headers["scheduledJobId"] for one in messages[:3]}) == 1, messages
    assert len({one.headers["message-id"] for one in messages[:3]}) == 3, messages


@check("ActiveMQ: AMQ_SCHEDULED_CRON, and what waits is listed and forgotten by messages")
def at_times(world):
    client = world.client()
    subscribe(client, "/temp-queue/jobs")

    def order(action, **headers):
        client.send("SEND", destination=SCHEDULER, AMQ_SCHEDULER_ACTION=action,
                    reply_to="/temp-queue/jobs", **headers)

    order("REMOVEALL")
    client.sync("SEND", b"daily", destination=world.queue, AMQ_SCHEDULED_CRON="0 0 * * *")
    client.sync("SEND", b"hourly", destination=world.queue, AMQ_SCHEDULED_DELAY=2 * HOUR_MS)
    order("BROWSE")
    listed = {one.body: one.headers for one in (client.expect("MESSAGE") for _ in range(2))}
    assert set(listed) == {b"daily", b"hourly"}, listed
    order("REMOVE", scheduledJobId=listed[b"daily"]["scheduledJobId"])
    order("BROWSE")
    assert bodies(client, 1) == [b"hourly"]
    order("REMOVEALL")
    order("BROWSE")
    client.sync("BEGIN", transaction="marker")  # nothing but its receipt may come


@check("ActiveMQ: a schedule that is none is an ERROR, and nothing is sent")
def bad_schedules(world):
    client = world.client()
    for bad in ({"AMQ_SCHEDULED_DELAY": "soon"}, {"AMQ_SCHEDULED_PERIOD": "x"},
                {"AMQ_SCHEDULED_DELAY": 1, "AMQ_SCHEDULED_REPEAT": "x"},
                {"AMQ_SCHEDULED_CRON": "never"}):
        client.send("SEND", b"x", destination=world.queue, receipt="r", **bad)
        client.expect_error("", "r")
    subscribe(client, world.queue)
    client.send("SEND", b"marker", destination=world.queue)
    assert bodies(client, 1) == [b"marker"]


@check("ActiveMQ: what an advisory is about, as JSON and as XML")
def advisories(world):
    name = world.queue.removeprefix("/queue/")
    listeners = {}
    for form in (None, "jms-advisory-json", "jms-json", "jms-advisory-xml", "jms-xml"):
        listeners[form] = world.client()
        more = {"transformation": form} if form else {}
        listeners[form].send("SUBSCRIBE", id="s", destination="/topic/ActiveMQ.Advisory.Queue",
                             receipt="r", **more)
        while listeners[form].frame().command != "RECEIPT":
            pass
    world.client().sync("SEND", b"x", destination=world.queue)
    for form, listener in listeners.items():
        while name.encode() not in (message := listener.expect("MESSAGE")).body:
            pass
        xml = form in ("jms-advisory-xml", "jms-xml")
        assert message.headers["type"] == "Advisory", message
        assert message.headers["originBrokerName"], message
        shown = f"jms-advisory-{'xml' if xml else 'json'}"
        assert message.headers["transformation"] == shown, message
        if xml:
            root = ElementTree.fromstring(message.body)
            assert root.tag == "DestinationInfo", message
            assert root.findtext("destination/physicalName") == name, message
            assert root.find("destination").get("class") == "ActiveMQQueue", message
            assert root.findtext("operationType") == "0", message
        else:
            told = json.loads(message.body)["DestinationInfo"]
            assert told["destination"] == {"@class": "ActiveMQQueue", "physicalName": name}, told
            assert told["operationType"] == 0, told
