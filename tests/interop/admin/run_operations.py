#!/usr/bin/python3
"""Each operation of ActiveMQ Classic's Broker, Queue, Topic, Subscription, Connector, Connection,
JobScheduler, Health and PersistenceAdapter views by Jolokia, against a real broker with real
clients: what it answers, and what it does to the counters of those views. One of theirs that is
not called here makes the test fail."""

import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from api import Api
from harness import options as harness
from harness import stomp
from harness.options import settle
from run_admin import Stomp

BROKER = "org.apache.activemq:type=Broker,brokerName=localhost"
HEALTH = f"{BROKER},service=Health"
HOUR_MS = 3_600_000


def queue(name):
    return f"{BROKER},destinationType=Queue,destinationName={name}"


def topic(name):
    return f"{BROKER},destinationType=Topic,destinationName={name}"


class Views:
    def __init__(self, port):
        self.api = Api(port)
        # (class, operation, number of arguments)
        self.called = set()
        self.offered = set()

    def ask(self, body):
        return self.api.call("POST", "/api/jolokia", body)

    @functools.lru_cache(maxsize=None)
    def kind(self, bean):
        path = bean.replace("!", "!!").replace("/", "!/").replace(":", "/", 1)
        listed = self.ask({"type": "list", "path": path})
        assert listed["status"] == 200, listed
        name = listed["value"]["class"].rpartition(".")[2]
        self.offered |= {(name, operation, len(form["args"]))
                         for operation, forms in listed["value"]["op"].items()
                         for form in (forms if isinstance(forms, list) else [forms])}
        return name

    def answer(self, bean, operation, *arguments):
        self.called.add((self.kind(bean), operation, len(arguments)))
        return self.ask({"type": "exec", "mbean": bean, "operation": operation,
                         "arguments": list(arguments)})

    def do(self, bean, operation, *arguments):
        answer = self.answer(bean, operation, *arguments)
        assert answer["status"] == 200, (bean, operation, answer)
        return answer["value"]

    def refused(self, bean, operation, *arguments):
        answer = self.answer(bean, operation, *arguments)
        assert answer["status"] == 500, (bean, operation, answer)
        return answer["error"]

    def read(self, bean, *attributes):
        value = self.ask({"type": "read", "mbean": bean, "attribute": list(attributes)})["value"]
        return [value[name] for name in attributes]

    def search(self, pattern):
        return self.ask({"type": "search", "mbean": pattern})["value"]

    def find(self, pattern):
        [name] = self.search(pattern)
        return name

    def is_there(self, bean):
        return self.search(bean) != []

    def texts(self, name, selector=None):
        rows = self.do(queue(name), "browse", *([selector] if selector else []))
        return [row["Text"] for row in rows]


def soon(expected, look):
    """Whoever called has its answer a little before all shards have done what it says."""
    settle(lambda: look() == expected)
    found = look()
    assert found == expected, (found, expected)


def sends(views):
    """All the ways to send; what comes out at the other end."""
    views.do(BROKER, "addQueue", "SENT")
    sent = queue("SENT")
    assert views.do(sent, "sendTextMessage", "one").startswith("ID:")
    views.do(sent, "sendTextMessage", "two", "user", "password")
    headers = {"JMSPriority": 7, "JMSType": "dish", "JMSCorrelationID": "c7", "table": 4}
    views.do(sent, "sendTextMessage", headers, "three")
    views.do(sent, "sendTextMessage", headers, "four", "user", "password")
    views.do(sent, "sendTextMessageWithProperties", "table=5,body=five")
    views.do(sent, "sendTextMessageWithProperties", "table=6;body=six", ";")
    soon(["one", "two", "three", "four", "five", "six"], lambda: views.texts("SENT"))
    assert views.texts("SENT", "JMSType = 'dish' AND table = 4") == ["three", "four"]
    rows = views.do(sent, "browseMessages")
    assert [row["JMSPriority"] for row in rows] == [4, 4, 7, 7, 4, 4], rows
    assert len(views.do(sent, "browseMessages", "table = 4")) == 2
    assert len(views.do(sent, "browseAsTable")) == 6
    assert len(views.do(sent, "browseAsTable", "table = 4")) == 2
    assert len(views.do(BROKER, "browseQueue", "SENT")) == 6
    third = rows[2]["JMSMessageID"]
    row = views.do(sent, "getMessage", third)
    assert (row["Text"], row["JMSCorrelationID"], row["IntProperties"]) == (
        "three", "c7", {"table": 4}), row
    assert views.read(sent, "QueueSize", "EnqueueCount", "DequeueCount") == [6, 6, 0]
    assert views.do(sent, "cursorSize") == 6
    assert views.do(sent, "doesCursorHaveSpace") is True
    assert views.do(sent, "doesCursorHaveMessagesBuffered") is True


def moves(views):
    """By id and by selector, each with what it does to the counters of both queues."""
    sent = queue("SENT")
    ids = [row["JMSMessageID"] for row in views.do(sent, "browse")]
    assert views.do(sent, "copyMessageTo", ids[0], "COPIES") is True
    assert views.do(sent, "copyMessageTo", "ID:nowhere", "COPIES") is False
    assert views.do(sent, "copyMatchingMessagesTo", "table = 4", "COPIES") == 2
    assert views.do(sent, "copyMatchingMessagesTo", "JMSPriority = 4", "COPIES", 1) == 1
    soon(["one", "three", "four", "one"], lambda: views.texts("COPIES"))
    assert views.read(sent, "QueueSize", "EnqueueCount", "DequeueCount") == [6, 6, 0]
    assert views.do(sent, "moveMessageTo", ids[1], "MOVED") is True
    assert views.do(sent, "moveMatchingMessagesTo", "table = 4", "MOVED", 1) == 1
    assert views.do(sent, "moveMatchingMessagesTo", "JMSType = 'dish'", "queue://MOVED") == 1
    soon(["two", "three", "four"], lambda: views.texts("MOVED"))
    assert views.read(sent, "QueueSize", "EnqueueCount", "DequeueCount") == [3, 6, 3]
    assert views.read(queue("MOVED"), "QueueSize", "EnqueueCount") == [3, 3]
    assert views.do(sent, "removeMessage", ids[0]) is True
    assert views.do(sent, "removeMessage", ids[0]) is False
    assert views.do(sent, "removeMatchingMessages", "table = '5'") == 1
    assert views.read(sent, "QueueSize", "DequeueCount") == [1, 5]
    assert views.do(queue("COPIES"), "removeMatchingMessages", "JMSPriority = 4", 1) == 1
    assert views.texts("COPIES") == ["three", "four", "one"]
    views.do(queue("COPIES"), "purge", 2)
    assert views.texts("COPIES") == ["one"]
    views.do(queue("COPIES"), "purge")
    assert views.read(queue("COPIES"), "QueueSize", "DequeueCount") == [0, 4]
    views.do(sent, "resetStatistics")
    assert views.read(sent, "QueueSize", "EnqueueCount", "DequeueCount") == [1, 0, 0]


def retries(views, port):
    """What died goes back where it was sent to, one by its id and then all others."""
    with Stomp(port) as client:
        for body in (b"a", b"b", b"c"):
            client.sync("SEND", body, destination="/queue/DIES", persistent="true")
        came = client.subscribe("/queue/DIES", 1, ack="client-individual")
        while len(came) < 3:
            came.append(client.expect("MESSAGE"))
        for message in came:
            client.sync("NACK", id=message.headers["ack"])
    letters = queue("ActiveMQ.DLQ")
    settle(lambda: views.is_there(letters) and views.read(letters, "QueueSize") == [3])
    first = views.do(letters, "browse")[0]
    assert views.do(letters, "retryMessage", first["JMSMessageID"]) is True
    soon(([first["Text"]], [2]), lambda: (views.texts("DIES"), views.read(letters, "QueueSize")))
    assert views.do(letters, "retryMessages") == 2
    soon((["a", "b", "c"], [0]),
         lambda: (sorted(views.texts("DIES")), views.read(letters, "QueueSize")))
    assert "Dead Letter" in views.refused(queue("DIES"), "retryMessages")


def pauses(views, port):
    views.do(queue("MOVED"), "pause")
    with Stomp(port) as client:
        client.subscribe("/queue/MOVED", 1, ack="client")
        soon([True, 0, 1], lambda: views.read(queue("MOVED"), "Paused", "InFlightCount",
                                              "ConsumerCount"))
        views.do(queue("MOVED"), "resume")
        assert client.expect("MESSAGE").body == b"two"
        assert views.read(queue("MOVED"), "Paused") == [False]
        # Nobody takes a queue away from those who use it.
        assert "consumer" in views.refused(BROKER, "removeQueue", "MOVED")
        assert views.is_there(queue("MOVED"))
    settle(lambda: views.read(queue("MOVED"), "ConsumerCount") == [0])
    views.do(BROKER, "removeQueue", "MOVED")
    assert not views.is_there(queue("MOVED"))


def groups(views, port):
    with Stomp(port) as client:
        client.subscribe("/queue/GROUPS", 1)
        for group in "ab":
            views.do(queue("GROUPS"), "sendTextMessage", {"JMSXGroupID": group}, "g")
        settle(lambda: set(views.read(queue("GROUPS"), "MessageGroups")[0]) == {"a", "b"})
        views.do(queue("GROUPS"), "removeMessageGroup", "a")
        assert set(views.read(queue("GROUPS"), "MessageGroups")[0]) == {"b"}
        views.do(queue("GROUPS"), "removeAllMessageGroups")
        assert views.read(queue("GROUPS"), "MessageGroups") == [{}]


def subscriptions(views, port):
    """One that somebody makes for a client, what waits on it, and its end."""
    views.do(BROKER, "addTopic", "press")
    views.do(BROKER, "createDurableSubscriber", "reader", "daily", "press", "kind = 'x'")
    daily = views.find(f"{BROKER},endpoint=Consumer,clientId=reader,*")
    with Stomp(port) as keeps_it:
        keeps_it.subscribe("/topic/press", 1)
        settle(lambda: views.is_there(topic("press")))
        press = topic("press")
        views.do(press, "sendTextMessage", {"kind": "x"}, "one")
        views.do(press, "sendTextMessage", {"kind": "x"}, "two", "user", "password")
        views.do(press, "sendTextMessage", "nobody's")
        views.do(press, "sendTextMessage", "nobody's", "user", "password")
        views.do(press, "sendTextMessageWithProperties", "kind=x,body=three")
        views.do(press, "sendTextMessageWithProperties", "kind=y;body=four", ";")
        bodies = [keeps_it.expect("MESSAGE").body for _ in range(6)]
        assert bodies == [b"one", b"two", b"nobody's", b"nobody's", b"three", b"four"], bodies
        assert "subscription" in views.refused(BROKER, "removeTopic", "press")
        views.do(press, "resetStatistics")
        assert views.read(press, "EnqueueCount") == [0]
    soon(["one", "two", "three"],
         lambda: [row["Text"] for row in views.do(daily, "browse")])
    rows = views.do(daily, "browse")
    assert len(views.do(daily, "browseAsTable")) == 3
    views.do(daily, "removeMessage", rows[1]["JMSMessageID"])
    assert [row["Text"] for row in views.do(daily, "browse")] == ["one", "three"]
    assert views.do(daily, "cursorSize") == 2
    assert views.do(daily, "doesCursorHaveSpace") is True
    assert views.do(daily, "doesCursorHaveMessagesBuffered") is True
    assert views.do(daily, "isMatchingTopic", "press") is True
    assert views.do(daily, "isMatchingQueue", "press") is False
    views.do(daily, "resetStatistics")
    assert views.read(daily, "EnqueueCounter") == [0]
    views.do(daily, "destroy")
    assert not views.is_there(daily)
    views.do(BROKER, "createDurableSubscriber", "reader", "weekly", "press", "")
    views.do(BROKER, "destroyDurableSubscriber", "reader", "weekly")
    assert not views.is_there(f"{BROKER},endpoint=Consumer,clientId=reader,*")
    views.do(BROKER, "removeTopic", "press")
    # One that somebody uses stays.
    with Stomp(port, client_id="cook") as cook:
        cook.subscribe("/topic/press", 1, activemq__subscriptionName="hourly")
        hourly = views.find(f"{BROKER},endpoint=Consumer,clientId=cook,*")
        assert views.refused(hourly, "destroy")
        for operation in ("browse", "browseAsTable", "cursorSize", "doesCursorHaveSpace",
                          "doesCursorHaveMessagesBuffered", "resetStatistics"):
            views.do(hourly, operation)
        assert views.do(hourly, "isMatchingTopic", "press") is True
        assert views.do(hourly, "isMatchingQueue", "press") is False
        views.do(hourly, "removeMessage", "ID:nowhere")
    with Stomp(port) as plain:
        plain.subscribe("/queue/PLAIN", 1)
        name = views.find(f"{queue('PLAIN')},endpoint=Consumer,*")
        assert views.do(name, "isMatchingQueue", "PLAIN") is True
        assert views.do(name, "isMatchingTopic", "PLAIN") is False
        views.do(name, "resetStatistics")


def connections(views, port):
    pattern = f"{BROKER},connector=clientConnectors,connectorName=*"
    before = set(views.search(pattern))
    name = views.do(BROKER, "addConnector", "stomp://127.0.0.1:0")
    [added] = set(views.search(pattern)) - before
    where = views.do(BROKER, "getTransportConnectorByType", "stomp")
    assert where.startswith("stomp://127.0.0.1:"), where
    with Stomp(int(where.rpartition(":")[2]), client_id="guest") as guest:
        assert views.do(added, "connectionCount") == 1
        views.do(added, "start")
        views.do(added, "resetStatistics")
        connection = views.find(
            f"{added},connectionViewType=clientId,connectionName=guest")
        views.do(connection, "start")
        views.do(connection, "resetStatistics")
        views.do(connection, "stop")
        hears_the_end(guest)
    settle(lambda: views.do(added, "connectionCount") == 0)
    views.do(added, "stop")
    assert not views.is_there(added)
    again = views.do(BROKER, "addConnector", "stomp://127.0.0.1:0")
    assert views.do(BROKER, "removeConnector", again) is True
    assert views.do(BROKER, "removeConnector", name) is False
    with Stomp(port):  # the others are where they were
        pass


def hears_the_end(client):
    try:
        while True:
            client.frame()
    except (stomp.Closed, OSError):
        pass


def schedules(views, port):
    scheduler = f"{BROKER},service=JobScheduler,name=JMS"
    with Stomp(port) as client:
        for hours in range(1, 5):
            client.sync("SEND", b"later", destination="/queue/LATER",
                        AMQ_SCHEDULED_DELAY=hours * HOUR_MS)
    soon(4, lambda: len(views.do(scheduler, "getAllJobs")))
    jobs = sorted(views.do(scheduler, "getAllJobs").values(), key=lambda one: one["start"])
    assert len(views.do(scheduler, "getNextScheduleJobs")) == 1
    assert views.do(scheduler, "getExecutionCount", jobs[0]["jobId"]) == 0
    views.do(scheduler, "removeJob", jobs[0]["jobId"])
    at = jobs[1]["next"]
    assert len(views.do(scheduler, "getAllJobs", at, at)) == 1, at
    views.do(scheduler, "removeAllJobs", at, at)
    views.do(scheduler, "removeAllJobsAtScheduledTime", jobs[2]["next"])
    assert list(views.do(scheduler, "getAllJobs")) == [jobs[3]["jobId"]]
    views.do(scheduler, "removeAllJobs")
    assert views.do(scheduler, "getAllJobs") == {}


def health(views, port):
    """A queue that nobody consumes from is named until somebody does."""
    for name in ("SENT", "DIES"):
        views.do(queue(name), "purge")
    settle(lambda: views.read(HEALTH, "CurrentStatus") == ["Good"])
    assert views.do(HEALTH, "healthStatus") == "Good"
    with Stomp(port) as client:
        client.sync("SEND", b"alone", destination="/queue/LONELY")
        settle(lambda: views.read(HEALTH, "CurrentStatus") != ["Good"])
        [status] = views.read(HEALTH, "CurrentStatus")
        assert status.startswith("Getting Worried") and "noConsumer" in status, status
        assert views.do(HEALTH, "healthStatus") == status
        [row] = views.do(HEALTH, "healthList")
        assert (row["healthId"], row["level"], row["resource"]) == (
            "org.apache.activemq.noConsumer", "WARNING", "LONELY"), row
        assert list(views.do(HEALTH, "health")) == ["org.apache.activemq.noConsumer"]
        client.subscribe("/queue/LONELY", 1)
        settle(lambda: views.read(HEALTH, "CurrentStatus") == ["Good"])
    assert views.read(HEALTH, "CurrentStatus") == ["Good"]


def of_the_broker(views):
    for operation in ("start", "gc"):
        views.do(BROKER, operation)
    shown = views.do(BROKER, "queryQueues", '{"name":"SENT"}', 1, 10)
    assert '"count":1' in shown and '"queueSize":0' in shown, shown
    assert '"count":0' in views.do(BROKER, "queryTopics", '{"name":"nowhere"}', 1, 10)
    views.do(BROKER, "disableStatistics")
    views.do(queue("SENT"), "sendTextMessage", "uncounted")
    soon([1, 0], lambda: views.read(queue("SENT"), "QueueSize", "EnqueueCount"))
    views.do(BROKER, "enableStatistics")
    views.do(queue("SENT"), "sendTextMessage", "counted")
    soon([2, 1], lambda: views.read(queue("SENT"), "QueueSize", "EnqueueCount"))
    views.do(BROKER, "resetStatistics")
    assert views.read(BROKER, "TotalEnqueueCount", "TotalMessageCount") == [0, 2]
    store = views.find(f"{BROKER},service=PersistenceAdapter,*")
    views.do(store, "resetStatistics")
    # A list of fifty is answered as one, in its order.
    many = [{"type": "read", "mbean": queue("SENT"), "attribute": "QueueSize"}] * 25 + [
        {"type": "exec", "mbean": BROKER, "operation": "gc"}] * 25
    answers = views.ask(many)
    assert [one["status"] for one in answers] == [200] * 50, answers
    assert [one["value"] for one in answers] == [2] * 25 + [None] * 25, answers


def restarts(views, broker):
    """The same process begins anew: what is stored is there, who was connected is not."""
    with stomp.Client(broker.port) as client:
        client.connect()
        client.sync("SEND", b"kept", destination="/queue/KEPT", persistent="true")
        before = views.read(BROKER, "UptimeMillis", "CurrentConnectionsCount")
        views.do(BROKER, "restart")
        broker.await_ready()
        assert broker.process.poll() is None
        after = Views(broker.http_port).read(BROKER, "UptimeMillis", "CurrentConnectionsCount")
        assert after[0] < before[0] and after[1] == 0 < before[1], (before, after)
    with stomp.Client(broker.port) as client:
        client.connect()
        client.send("SUBSCRIBE", id=1, destination="/queue/KEPT")
        assert client.expect("MESSAGE").body == b"kept"


def run():
    options = harness.parser(__doc__).parse_args()
    document = Path(__file__).resolve().parents[2] / "browser" / "activemq.xml"
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                            with_java=False, document=document) as (broker, _):
        views = Views(broker.http_port)
        sends(views)
        moves(views)
        retries(views, broker.port)
        pauses(views, broker.port)
        groups(views, broker.port)
        subscriptions(views, broker.port)
        connections(views, broker.port)
        schedules(views, broker.port)
        health(views, broker.port)
        of_the_broker(views)
        forgotten = views.offered - views.called - {
            ("BrokerView", "restart", 0), ("BrokerView", "stop", 0)}
        assert not forgotten, f"nobody called {sorted(forgotten)}"
        restarts(views, broker)
        Views(broker.http_port).do(BROKER, "stop")
        assert broker.process.wait(60) == 0


if __name__ == "__main__":
    harness.main(run)
