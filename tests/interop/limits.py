#!/usr/bin/python3
"""Every limit there is, run into with clients of all protocols: it has an attribute, it counts who
ran into it, the log says so once and not each time, and others go on."""

import re
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import pika
from prometheus_client.parser import text_string_to_metric_families
from proton.handlers import MessagingHandler
from proton.reactor import Container
from proton.utils import BlockingConnection, LinkDetached

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "admin"))

from api import Api
from harness import mqtt, stomp
from harness import options as harness
from harness.broker import TernBroker

WAIT_SECONDS = 20
MIB = 1 << 20
# Larger bodies are kept in files of their own.
SIZE = MIB // 16
CONNECTIONS_MAX = 1000
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core" schedulerSupport="true"
        maxUncommittedCount="3" splitSystemUsageForProducersConsumers="true"
        producerSystemUsagePortion="50" consumerSystemUsagePortion="50">
  <transportConnectors>
    <transportConnector name="auto" uri="auto://127.0.0.1:0"
                        maximumProducersAllowedPerConnection="1"
                        maximumConsumersAllowedPerConnection="2"/>
    <transportConnector name="stomp" uri="stomp://127.0.0.1:0?maximumConnections=1"/>
  </transportConnectors>
  <resourceLimits>
    <resourceLimit user="few" maxSessions="2" maxQueues="1"/>
    <resourceLimit user="guest" maxSessions="2"/>
  </resourceLimits>
  <persistenceAdapter><kahaDB journalMaxFileLength="1 mb"/></persistenceAdapter>
  <systemUsage><systemUsage>
    <memoryUsage><memoryUsage limit="32 mb"/></memoryUsage>
    <storeUsage><storeUsage limit="24 mb"/></storeUsage>
    <tempUsage><tempUsage limit="4 mb"/></tempUsage>
    <jobSchedulerUsage><jobSchedulerUsage limit="1 mb"/></jobSchedulerUsage>
  </systemUsage></systemUsage>
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue="LIMITS.small.&gt;" memoryLimit="1 mb">
      <pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy>
    </policyEntry>
    <policyEntry queue="LIMITS.stays.&gt;">
      <pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy>
    </policyEntry>
    <policyEntry queue="LIMITS.few.&gt;" maxDestinations="1"/>
    <policyEntry queue="LIMITS.counted.&gt;" memoryLimit="1 mb">
      <pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy>
    </policyEntry>
    <policyEntry topic="LIMITS.waiting.&gt;">
      <pendingMessageLimitStrategy>
        <constantPendingMessageLimitStrategy limit="5"/>
      </pendingMessageLimitStrategy>
    </policyEntry>
    <policyEntry queue="LIMITS.slow.&gt;">
      <slowConsumerStrategy>
        <abortSlowConsumerStrategy maxSlowDuration="200" checkPeriod="100"/>
      </slowConsumerStrategy>
    </policyEntry>
  </policyEntries></policyMap></destinationPolicy>
</broker>
"""
STORIES = []


def story(function):
    STORIES.append(function)
    return function


class LimitedBroker(TernBroker):
    """Listens where its document says."""

    def command(self):
        command = super().command()
        at = command.index("--listen")
        return [*command[:at], *command[at + 2:], "--set", "http.listen=127.0.0.1:0",
                "--set", f"max_connections={CONNECTIONS_MAX}"]


class Watched:
    """The broker and how its operators see it."""

    def __init__(self, broker):
        self.broker = broker
        self.port = broker.port
        self.api = Api(broker.http_port)

    def flow(self):
        return self.api.get("broker")["flow"]

    def metric(self, name, **labels):
        for family in text_string_to_metric_families(self.api.page("/metrics")):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        raise AssertionError(f"no {name} {labels}")

    def attribute(self, name, mbean=""):
        answer = self.api.call("POST", "/api/jolokia", {
            "type": "read", "attribute": name,
            "mbean": f"org.apache.activemq:type=Broker,brokerName=localhost{mbean}"})
        assert answer["status"] == 200, answer
        return answer["value"]

    def execute(self, operation, mbean):
        answer = self.api.call("POST", "/api/jolokia", {
            "type": "exec", "operation": operation,
            "mbean": f"org.apache.activemq:type=Broker,brokerName=localhost{mbean}"})
        assert answer["status"] == 200, answer

    def expect_crossed(self, limit, at_least=1, lines=1, push=lambda: None):
        """Counted by the API, by Jolokia and by Prometheus; and the log has so many lines of it.
        What is sent in one go may all be let in: `push` sends a little more, unless something
        waits for another limit, so that whoever pushes more is not read."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (flow := self.flow())["crossed"][limit] < at_least:
            assert time.monotonic() < deadline, f"{limit} was not reached so often: {flow}"
            if flow["waiting_sends"] == 0:
                push()
            time.sleep(0.05)
        assert self.attribute("LimitsCrossed")[limit] >= at_least
        assert self.metric("tern_limit_crossed_total", of=limit) >= at_least
        found = self.broker.wait_for_log(rf"limit: {limit}\b", lines)
        assert len(found) == lines, found

    def expect_finding(self, kind, about):
        """Health names it with its numbers and what to do, in the API and in Classic's view."""
        found = [one for one in self.api.get("health")["findings"] if one["id"] == kind]
        assert [one["about"] for one in found] == [about], (kind, found)
        assert re.search(r"\d", found[0]["cause"]) and found[0]["remedy"], found
        assert f" from {about} , " in self.attribute("CurrentStatus", ",service=Health"), found

    def forget(self, queue):
        """Once all clients are gone: who is not read while it waits for space is not seen to
        leave, and what it has sent is taken then."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self.api.get("connections")["total"] > 0:
            assert time.monotonic() < deadline, "a client does not leave"
            self.api.post(f"queues/{queue}/purge")
            time.sleep(0.05)
        self.api.delete(f"queues/{queue}")

    def client(self):
        made = stomp.Client(self.port)
        made.connect()
        return made


def send(client, destination, count, size, **headers):
    """Headers as they are, without an answer."""
    lines = [f"destination:{destination}", f"content-length:{size}",
             *(f"{name}:{value}" for name, value in headers.items())]
    for _ in range(count):
        client.raw("\n".join(["SEND", *lines, "", ""]).encode() + bytes(size) + b"\0")


@story
def destination(watched):
    with watched.client() as client:
        fill = partial(send, client, "/queue/LIMITS.small.a", size=SIZE)
        fill(40)
        watched.expect_crossed("destination", at_least=3, push=partial(fill, 1))
        queue = watched.api.queue("LIMITS.small.a")
        assert queue["full"] and queue["memory_limit"] == MIB, queue
        bean = ",destinationType=Queue,destinationName=LIMITS.small.a"
        assert watched.attribute("MemoryLimit", bean) == MIB
        assert watched.metric("tern_queue_memory_limit_bytes", queue="LIMITS.small.a") == MIB
        assert watched.metric("tern_queue_full", queue="LIMITS.small.a") == 1
        watched.expect_finding("full", "LIMITS.small.a")
        # Others go on.
        with watched.client() as other:
            other.sync("SEND", b"x", destination="/queue/LIMITS.other")
    watched.forget("LIMITS.small.a")


@story
def smallest(watched):
    """A thousand messages of nothing count with a kilobyte each, and the limit is reached."""
    bean = ",destinationType=Queue,destinationName=LIMITS.counted.a"
    with watched.client() as client:
        send(client, "/queue/LIMITS.counted.a", 1000, 0)
        client.sync("SEND", b"", destination="/queue/LIMITS.counted.a")
        assert watched.attribute("MemoryUsageByteCount", bean) == 1001 * 1024
        send(client, "/queue/LIMITS.counted.a", 100, 0)
        deadline = time.monotonic() + WAIT_SECONDS
        while not watched.api.queue("LIMITS.counted.a")["full"]:
            assert time.monotonic() < deadline, watched.api.queue("LIMITS.counted.a")
            time.sleep(0.05)
        send(client, "/queue/LIMITS.counted.a", 1, 0)
        watched.expect_crossed("destination", lines=2)
    watched.forget("LIMITS.counted.a")


@story
def schedule(watched):
    assert watched.attribute("JobSchedulerStoreLimit") == MIB
    with watched.client() as client:
        fill = partial(send, client, "/queue/LIMITS.later", size=SIZE, persistent="true",
                       AMQ_SCHEDULED_DELAY=3_600_000)
        fill(24)
        watched.expect_crossed("schedule", push=partial(fill, 1))
        assert watched.metric("tern_limit_used_bytes", of="schedule") > 0
        watched.expect_finding("schedule_limit", "schedule")
        assert watched.attribute("ScheduledMessageCount", ",service=JobScheduler,name=JMS") > 0
        waiting = watched.api.get("scheduled?limit=3")
        assert len(waiting["items"]) == 3 and waiting["total"] > 3, waiting
        watched.api.delete(f"scheduled/{waiting['items'][0]['id']}")
        watched.execute("removeAllJobs()", ",service=JobScheduler,name=JMS")


@story
def memory(watched):
    # Of 32 MiB producers have a half.
    assert watched.attribute("MemoryLimit") == 32 * MIB // 100 * 50
    with watched.client() as client:
        fill = partial(send, client, "/queue/LIMITS.stays.a", size=SIZE)
        fill(300)
        watched.expect_crossed("memory", push=partial(fill, 4))
        assert watched.flow()["memory"]["percent"] > 90
        assert watched.metric("tern_limit_used_bytes", of="memory") > 15 * MIB
        watched.expect_finding("memory_limit", "memory")
    watched.forget("LIMITS.stays.a")


@story
def temporary(watched):
    assert watched.attribute("TempLimit") == 4 * MIB
    with watched.client() as client:
        fill = partial(send, client, "/queue/LIMITS.leaves.a", size=SIZE)
        fill(240)
        watched.expect_crossed("temporary", push=partial(fill, 4))
        watched.expect_finding("temporary_limit", "temporary store")
    watched.forget("LIMITS.leaves.a")


@story
def store(watched):
    assert watched.attribute("StoreLimit") == 24 * MIB
    with watched.client() as client:
        fill = partial(send, client, "/queue/LIMITS.kept.a", size=SIZE, persistent="true")
        fill(200)
        watched.expect_crossed("store", push=partial(fill, 8))
        assert watched.attribute("StorePercentUsage") >= 50
    watched.forget("LIMITS.kept.a")


@story
def waiting(watched):
    with watched.client() as slow, watched.client() as sender:
        slow.sync("SUBSCRIBE", destination="/topic/LIMITS.waiting.a", id=1, ack="client",
                  activemq__prefetchSize=1)
        send(sender, "/topic/LIMITS.waiting.a", 50, 10)
        watched.expect_crossed("waiting", at_least=40)
        assert watched.metric("tern_messages_discarded_total") >= 40
        (subscription,) = watched.attribute("DiscardedCount", (
            ",destinationType=Topic,destinationName=LIMITS.waiting.a,endpoint=Consumer,*")).values()
        assert subscription["DiscardedCount"] >= 40, subscription


@story
def slowness(watched):
    with watched.client() as slow:
        slow.sync("SUBSCRIBE", destination="/queue/LIMITS.slow.a", id=1, ack="client",
                  activemq__prefetchSize=1)
        send(slow, "/queue/LIMITS.slow.a", 10, 10)
        watched.expect_crossed("slowness")
        assert watched.metric("tern_consumers_closed_total") >= 1


@story
def transaction(watched):
    assert watched.attribute("MaxUncommittedCount") == 3
    assert watched.metric("tern_transaction_messages_max") == 3
    with watched.client() as client:
        client.sync("BEGIN", transaction="t")
        client.sync("BEGIN", transaction="other")
        assert watched.metric("tern_transactions_open") == 2
        client.sync("ABORT", transaction="other")
        assert watched.metric("tern_transactions_open") == 1
        for _ in range(3):
            client.sync("SEND", b"x", destination="/queue/LIMITS.tx", transaction="t")
        client.send("SEND", b"x", destination="/queue/LIMITS.tx", transaction="t", receipt="last")
        client.expect_error("maxUncommittedCount", "last")
    watched.expect_crossed("transaction")
    assert watched.attribute("TotalMaxUncommittedExceededCount") == 1


@story
def destinations(watched):
    with watched.client() as client:
        client.sync("SEND", b"x", destination="/queue/LIMITS.few.a")
        client.send("SEND", b"x", destination="/queue/LIMITS.few.b", receipt="r")
        client.expect_error("maxDestinations", "r")
    watched.expect_crossed("destinations")


@story
def consumers_of_stomp(watched):
    with watched.client() as client:
        for number in (1, 2):
            client.sync("SUBSCRIBE", destination="/queue/LIMITS.c", id=number)
        client.send("SUBSCRIBE", destination="/queue/LIMITS.c", id=3, receipt="third")
        client.expect_error("as many", "third")
    with watched.client() as other:
        other.sync("SUBSCRIBE", destination="/queue/LIMITS.c", id=1)
        connection = next(one for one in watched.api.get("connections")["items"]
                          if one["protocol"] == "stomp")
        assert (connection["consumers_max"], connection["producers_max"]) == (2, 1), connection
    watched.expect_crossed("consumers")


@story
def consumers_of_mqtt(watched):
    for version, code in ((4, 0x80), (5, 0x97)):
        client = mqtt.Client(watched.port, version=version)
        client.connect(f"limits{version}")
        assert client.subscribe("limits/a", "limits/b") == [2, 2]
        assert client.subscribe("limits/c") == [code]
        client.publish("limits/a", "still there", qos=1)
        assert client.receive().payload == b"still there"
        client.disconnect()


@story
def consumers_and_producers_of_amqp10(watched):
    connection = BlockingConnection(f"amqp://127.0.0.1:{watched.port}", timeout=WAIT_SECONDS)
    sender = connection.create_sender("LIMITS.amqp", name="s")
    for name in ("r1", "r2"):
        connection.create_receiver("LIMITS.amqp", name=name)
    for make in (connection.create_receiver, connection.create_sender):
        try:
            make("LIMITS.amqp", name="one too many")
        except LinkDetached as refused:
            assert "resource-limit-exceeded" in str(refused), refused
        else:
            raise AssertionError("one too many was let in")
    sender.close()
    connection.create_sender("LIMITS.amqp", name="next")
    connection.close()
    watched.expect_crossed("producers")


@story
def consumers_of_amqp091(watched):
    link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", watched.port))
    channel = link.channel()
    channel.queue_declare("LIMITS.rabbit")
    for _ in range(2):
        channel.basic_consume("LIMITS.rabbit", lambda *_: None)
    try:
        channel.basic_consume("LIMITS.rabbit", lambda *_: None)
    except pika.exceptions.ChannelClosedByBroker as refused:
        assert refused.reply_code == 406, refused
    else:
        raise AssertionError("one too many was let in")
    # The others went with their channel; the connection goes on.
    link.channel().queue_declare("LIMITS.rabbit")
    link.close()


class SessionOfAmqp10(MessagingHandler):
    """Whether a session is let in."""

    def __init__(self, port, user):
        super().__init__()
        self.url = f"amqp://{user}:x@127.0.0.1:{port}"
        self.condition = None

    def on_start(self, event):
        event.container.connect(self.url, allowed_mechs="PLAIN", reconnect=False)

    def on_connection_opened(self, event):
        event.connection.session().open()

    def on_session_opened(self, event):
        # One that is refused was opened, too: its end follows at once.
        self.connection = event.connection
        event.container.schedule(0.5, self)

    def on_session_error(self, event):
        self.condition = event.session.remote_condition.name
        event.connection.close()

    def on_timer_task(self, _):
        self.connection.close()


def refusal_of_amqp10(port, user):
    handler = SessionOfAmqp10(port, user)
    Container(handler).run()
    return handler.condition


def refusal_of_mqtt(port, version, user):
    client = mqtt.Client(port, version)
    client.raw(client.connect_packet(f"of-{user}", user=user, password="x"))
    code = client.expect("connack").code
    if code == 0:
        client.disconnect()
    return code


@story
def sessions_of_a_user(watched):
    few = {"login": "few", "passcode": "x"}
    with stomp.Client(watched.port) as first, stomp.Client(watched.port) as second:
        first.connect(**few)
        second.connect(**few)
        with stomp.Client(watched.port) as third:
            third.send("CONNECT", accept_version="1.2", host="here", **few)
            third.expect_error("as many")
        watched.expect_crossed("sessions")
        assert refusal_of_mqtt(watched.port, 4, "few") == 3
        assert refusal_of_mqtt(watched.port, 5, "few") == 0x97
        assert refusal_of_amqp10(watched.port, "few") == "amqp:resource-limit-exceeded"
        # Those that are there, and others, go on.
        first.sync("SEND", b"x", destination="/queue/LIMITS.other")
        assert refusal_of_mqtt(watched.port, 5, "many") == 0
        assert refusal_of_amqp10(watched.port, "many") is None
    deadline = time.monotonic() + WAIT_SECONDS
    while refusal_of_mqtt(watched.port, 5, "few") != 0:
        assert time.monotonic() < deadline, "who has left still counts"
    assert refusal_of_amqp10(watched.port, "few") is None


@story
def channels_of_a_user(watched):
    link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", watched.port))
    link.channel()
    link.channel()
    try:
        link.channel()
    except pika.exceptions.ConnectionClosedByBroker as refused:
        assert refused.reply_code == 530 and "as many" in refused.reply_text, refused
    else:
        raise AssertionError("one too many was let in")


@story
def queues_of_a_user(watched):
    with stomp.Client(watched.port) as client:
        client.connect(login="few", passcode="x")
        client.sync("SEND", b"x", destination="/queue/LIMITS.mine.a")
        client.send("SEND", b"x", destination="/queue/LIMITS.mine.b", receipt="r")
        client.expect_error("max-queues", "r")
    watched.expect_crossed("destinations", at_least=2, lines=2)
    with watched.client() as other:
        other.sync("SEND", b"x", destination="/queue/LIMITS.mine.b")
    watched.api.delete("queues/LIMITS.mine.a")
    with stomp.Client(watched.port) as client:
        client.connect(login="few", passcode="x")
        client.sync("SEND", b"x", destination="/queue/LIMITS.mine.c")


@story
def connections(watched):
    def narrow():
        return next(one for one in watched.api.get("listeners")["items"]
                    if one["name"] == "stomp")
    port = int(narrow()["address"].rpartition(":")[2])
    with stomp.Client(port) as first:
        first.connect()
        for _ in range(3):
            with stomp.Client(port) as one_too_many:
                one_too_many.expect_closed()
        first.sync("SEND", b"x", destination="/queue/LIMITS.other")
        seen = narrow()
        assert (seen["connections"], seen["connections_max"]) == (1, 1), seen
        assert seen["connections_refused"] == 3, seen
        watched.expect_finding("connection_limit", "stomp")
        assert watched.attribute("MaxConnectionExceededCount",
                                 ",connector=clientConnectors,connectorName=stomp") == 3
        assert watched.metric("tern_listener_connections_max", listener="stomp") == 1
        assert watched.metric("tern_listener_connections_refused_total", listener="stomp") == 3
    found = watched.broker.wait_for_log("exceeded the maximum number")
    assert len(found) == 1, found
    # Those of all listeners have a limit of their own, which has room.
    assert watched.api.get("broker")["connections_max"] == CONNECTIONS_MAX
    assert watched.api.get("broker")["connections_refused"] == 0
    assert watched.metric("tern_connections_max") == CONNECTIONS_MAX


@story
def disk(watched):
    """What is left of it: tests/crash/overload.py fills one."""
    flow = watched.flow()
    assert flow["disk_free_bytes"] > flow["disk_reserve_bytes"] > 0, flow
    assert watched.metric("tern_disk_reserve_bytes") == flow["disk_reserve_bytes"]


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", metavar="TEXT", help="names of stories to tell")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-limits-") as work:
        document = Path(work) / "activemq.xml"
        document.write_text(DOCUMENT)
        broker = LimitedBroker(work, options.ternd, listener="auto", document=document)
        failed = True
        try:
            broker.start()
            watched = Watched(broker)
            for tell in STORIES:
                if options.filter in tell.__name__:
                    tell(watched)
                    print(f"ok {tell.__name__}", flush=True)
            broker.check_alive()
            code = broker.stop()
            assert code == 0, f"the broker ended with exit code {code} after SIGTERM"
            failed = False
        finally:
            broker.close()
            if failed:
                harness.show_log(broker)


if __name__ == "__main__":
    harness.main(run)
