#!/usr/bin/python3
"""`tern why` and its API against a real broker: each reason is brought about by real clients and
has to be named, with who is concerned. And what else operators watch a broker with: `tern top`,
`tern trace`, the completion of shells, the XML views, levels of the log."""

import json
import select
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from api import Api, Refused, refused
from harness import options as harness
from harness.stomp import Client
from run_admin import Stomp
from tern_command import Tern

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core" schedulerSupport="true">
  <persistenceAdapter><kahaDB journalMaxFileLength="1 mb"/></persistenceAdapter>
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue="SMALL.&gt;" memoryLimit="8 kb">
      <pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy>
    </policyEntry>
    <policyEntry queue="AGAIN.&gt;" redeliveryDelay="3600000"/>
    <policyEntry queue="OLD.&gt;" expireMessagesPeriod="0"/>
    <policyEntry queue="TOGETHER.&gt;" consumersBeforeDispatchStarts="2"
                 timeBeforeDispatchStarts="3600000"/>
  </policyEntries></policyMap></destinationPolicy>
  <plugins>
    <redeliveryPlugin>
      <redeliveryPolicyMap><redeliveryPolicyMap><defaultEntry>
        <redeliveryPolicy maximumRedeliveries="3" initialRedeliveryDelay="3600000"
                          redeliveryDelay="3600000"/>
      </defaultEntry></redeliveryPolicyMap></redeliveryPolicyMap>
    </redeliveryPlugin>
  </plugins>
</broker>
"""


class Asking:
    """Asks the API and the command, which have to say the same."""

    def __init__(self, api, tern):
        self.api = api
        self.tern = tern
        self.url = f"http://127.0.0.1:{api.port}"

    def run(self, *arguments, expect=0):
        return self.tern.run(*arguments, "--http", self.url, expect=expect)[0].decode()

    def why(self, about, *names):
        path = "/".join(quote(name, safe="") for name in names)
        view = self.api.get(f"why/{about}/{path}")
        lines = self.run("why", about, *names).splitlines()
        for line, reason in zip(lines, view["reasons"]):
            assert line.startswith(reason["reason"] + ": "), (line, reason)
        shown = json.loads(self.run("why", about, *names, "--json"))
        assert shown["about"] == view["about"], (shown, view)
        return view

    def findings(self, about):
        """What health says of it, each with its remedy."""
        found = [one for one in self.api.get("health")["findings"] if one["about"] == about]
        assert all(one["cause"] and one["remedy"] for one in found), found
        return {one["id"] for one in found}

    def reason(self, expected, about, *names):
        """The reason, which has to be this one, soon."""
        found = []

        def asked():
            view = self.why(about, *names)
            assert view["reasons"], f"nothing keeps {names}: {view['text']}"
            first = view["reasons"][0]
            assert first["reason"] == expected and view["text"] == first["text"], view
            found[:] = [first]

        awaited(asked)
        return found[0]


def awaited(check):
    """Lets what takes a moment happen: the check may fail until then."""
    failure = []

    def holds():
        failure.clear()
        try:
            check()
        except (AssertionError, Refused) as error:
            failure.append(error)
        return not failure

    harness.settle(holds)
    if failure:
        raise failure[0]


def of_queues(ask, port):
    with Stomp(port, client_id="cook") as cook, Stomp(port, client_id="waiter") as waiter:
        ask.tern.produce("WHY.A", ["one", "two", "three"])
        assert ask.reason("no_consumer", "queue", "WHY.A")["count"] == 3
        assert ask.findings("WHY.A") == {"no_consumer"}
        ask.api.post("queues/WHY.A/pause")
        ask.reason("paused", "queue", "WHY.A")
        assert ask.findings("WHY.A") == {"paused"}
        ask.api.post("queues/WHY.A/resume")

        cook.subscribe("/queue/WHY.A", 1, ack="client", activemq__prefetchSize=2)
        used_up = ask.reason("credit_used_up", "queue", "WHY.A")
        [consumer] = ask.api.queue("WHY.A", "/consumers")["items"]
        assert used_up["consumer"] == consumer["id"] and used_up["count"] == 2, used_up
        assert "cook" in used_up["text"] and used_up["oldest_ms"] >= 0, used_up
        assert ask.findings("WHY.A") == {"slow_consumer"}

        cook.subscribe("/queue/WHY.B", 2, selector="table = 4 OR name = 'x'")
        waiter.sync("SEND", b"soup", destination="/queue/WHY.B", table=7, name="y")
        refuses = ask.reason("selector_refuses", "queue", "WHY.B")
        assert refuses["detail"].endswith("table = 4 OR name = 'x'"), refuses
        assert refuses["values"] == {"table": "'7'", "name": "'y'"}, refuses

        # A group's owner has all it takes: others do not get what is of that group.
        cook.subscribe("/queue/WHY.G", 3, ack="client", activemq__prefetchSize=1)
        for body in (b"g1", b"g2"):
            waiter.sync("SEND", body, destination="/queue/WHY.G", JMSXGroupID="table 4")
        waiter.subscribe("/queue/WHY.G", 1, ack="client")
        busy = ask.reason("group_owner_busy", "queue", "WHY.G")
        assert busy["detail"] == "table 4" and "cook" in busy["text"], busy
        [_, second] = ask.api.queue("WHY.G", "/messages")["items"]
        ask.reason("group_owner_busy", "message", "WHY.G", str(second["id"]))

        cook.subscribe("/queue/WHY.X", 4, ack="client", activemq__prefetchSize=1,
                       activemq__exclusive="true")
        waiter.subscribe("/queue/WHY.X", 2, ack="client")
        for body in (b"x1", b"x2"):
            waiter.sync("SEND", body, destination="/queue/WHY.X")
        ask.reason("credit_used_up", "queue", "WHY.X")
        [waiting] = [one for one in ask.api.get("connections?search=waiter")["items"]]
        view = ask.why("connection", waiting["id"])
        exclusive = [reason for one in view["consumers"] if one["destination"] == "queue://WHY.X"
                     for reason in one["reasons"]]
        assert [one["reason"] for one in exclusive] == ["exclusive"], view
        assert "cook" in exclusive[0]["text"], exclusive

        waiter.sync("SEND", b"t", destination="/queue/TOGETHER.A")
        waiter.subscribe("/queue/TOGETHER.A", 5)
        assert ask.reason("not_begun", "queue", "TOGETHER.A")["until_ms"] > 0

        cook.subscribe("/queue/WHY.T", 6, ack="client-individual")
        waiter.sync("SEND", b"t", destination="/queue/WHY.T")
        got = next(frame for frame in iter(cook.frame, None) if frame.body == b"t")
        cook.send("BEGIN", transaction="tx")
        cook.sync("ACK", id=got.headers["ack"], transaction="tx")
        transaction = ask.reason("in_transaction", "queue", "WHY.T")
        assert "cook" in transaction["text"], transaction
        # What this is about has a name, and the connection says so, too.
        [own] = ask.api.get("connections?search=cook")["items"]
        assert "open_transactions" in {one["reason"] for one in
                                       ask.why("connection", own["id"])["reasons"]}
    ask.reason("no_consumer", "queue", "WHY.A")


def of_messages(ask, port):
    with Stomp(port, client_id="guest") as guest:
        ask.tern.produce("WHY.M", ["soup", "tea"])
        [soup, tea] = ask.api.queue("WHY.M", "/messages")["items"]
        assert ask.reason("no_consumer", "message", "WHY.M", tea["message_id"])
        seen = guest.subscribe("/queue/WHY.M", 1, ack="client-individual",
                               activemq__prefetchSize=1)
        [got] = seen or [guest.frame()]
        assert got.body == b"soup", got
        held = ask.reason("unsettled", "message", "WHY.M", str(soup["id"]))
        assert "guest" in held["text"] and held["oldest_ms"] >= 0, held
        ask.reason("credit_used_up", "message", "WHY.M", tea["message_id"])

        # It failed: the broker keeps it for an hour.
        guest.send("NACK", id=got.headers["ack"], receipt="nack")
        guest.receipt("nack")
        ask.reason("redelivery_delay", "message", "WHY.M", soup["message_id"])
        later = [one for one in ask.why("queue", "WHY.M")["reasons"]
                 if one["reason"] == "redelivery_delay"]
        assert len(later) == 1 and later[0]["until_ms"] > 0, later

        # The same by the queue's own policy: who had it is gone.
        guest.send("SEND", b"rolls", destination="/queue/AGAIN.A", receipt="rolls")
        guest.receipt("rolls")
        with Client(port) as lost:
            lost.connect()
            lost.sync("SUBSCRIBE", destination="/queue/AGAIN.A", id=1, ack="client")
            lost.expect("MESSAGE")
            [rolls] = ask.api.queue("AGAIN.A", "/messages")["items"]
        for names in (("queue", "AGAIN.A"), ("message", "AGAIN.A", str(rolls["id"]))):
            away = ask.reason("redelivery_delay", *names)
            assert away["until_ms"] > time.time() * 1000 and away["count"] == 1, away
            assert "redelivery delay until" in away["text"], away

        # Its consumer has all it takes, and its time is over.
        with Stomp(port) as baker:
            baker.subscribe("/queue/OLD.A", 1, ack="client", activemq__prefetchSize=1)
            baker.send("SEND", b"bread", destination="/queue/OLD.A")
            baker.expect("MESSAGE")
            baker.sync("SEND", b"old", destination="/queue/OLD.A", expires=1)
            [_, old] = ask.api.queue("OLD.A", "/messages")["items"]
            ask.reason("expired", "message", "OLD.A", str(old["id"]))

        ask.api.post("queues", {"name": "WHY.L"})
        guest.send("SEND", b"cake", destination="/queue/WHY.L", AMQ_SCHEDULED_DELAY=3_600_000,
                   receipt="cake")
        guest.receipt("cake")
        ask.reason("scheduled", "queue", "WHY.L")
        refused("no_such_message", ask.api.get, "why/message/WHY.M/ID:nowhere")
        refused("no_such_queue", ask.api.get, "why/queue/WHY.NOWHERE")
    assert "no such" in ask.tern.run("why", "connection", "0-99999", "--http", ask.url,
                                     expect=1)[1].decode()


def of_limits(ask, port):
    with Stomp(port, client_id="farmer") as farmer:
        # What is under way to a queue on another shard while it fills up still comes in.
        farmer.send("SEND", b"a" * 10240, destination="/queue/SMALL.A")

        def is_full():
            assert ask.api.queue("SMALL.A")["full"]

        awaited(is_full)
        for _ in range(10):
            farmer.send("SEND", b"a" * 1024, destination="/queue/SMALL.A")

        def waits():
            [farm] = ask.api.get("connections?search=farmer")["items"]
            limit = ask.reason("limit", "connection", farm["id"])
            assert limit["limit"] == "destination", limit
            assert limit["destination"] == "queue://SMALL.A", limit
            [told] = [one for one in ask.why("queue", "SMALL.A")["reasons"]
                      if one["reason"] == "limit"]
            assert told["connection"] == farm["id"] and "farmer" in told["text"], told

        awaited(waits)
        ask.reason("no_consumer", "queue", "SMALL.A")
        assert ask.findings("SMALL.A") == {"full", "no_consumer"}
    with Stomp(port, client_id="guest") as guest:
        [idle] = ask.api.get("connections?search=guest")["items"]
        assert ask.why("connection", idle["id"])["text"].startswith("it is idle")
        guest.subscribe("/queue/WHY.NOTHING", 1)
        assert "the queue is empty" in ask.why("connection", idle["id"])["text"]
        guest.subscribe("/topic/why", 2, activemq__subscriptionName="daily")
        ask.reason("empty", "subscription", "guest", "daily")


def lists(ask, port):
    """What there is, as a table and an object a line, and what is done about it."""
    with Stomp(port, client_id="regular") as regular:
        regular.subscribe("/queue/LISTED.A", 1, activemq__prefetchSize=7)
        regular.subscribe("/topic/listed.news", 2, activemq__subscriptionName="daily")
        rows = {}
        for verb, word, more in (("connections", "regular", ()),
                                 ("consumers", "LISTED.A", ("--queue", "LISTED.A")),
                                 ("topics", "listed.news", ()), ("subscriptions", "regular", ())):
            which = more or ("--search", word)
            shown = ask.run(verb, *which).splitlines()
            assert len(shown) == 2, shown
            [heads, line] = shown
            assert heads.isupper() and word in line, (verb, heads, line)
            [rows[verb]] = [json.loads(one) for one in
                            ask.run(verb, *which, "--json").splitlines()]
        assert rows["consumers"]["credit"] == 7, rows
        assert rows["subscriptions"]["active"] is True, rows
        number = rows["connections"]["id"]
        assert ask.run("kill", number) == f"{number} is closed\n"
        regular.expect_error("an operator closed this connection")
    assert ask.run("health", expect=1).startswith("warning\n")
    assert json.loads(ask.run("health", "--json", expect=1))["status"] == "warning"
    assert json.loads(ask.run("stats", "--json"))["queues"] > 0
    assert ask.run("pause", "LISTED.A") == "LISTED.A is paused\n"
    assert json.loads(ask.run("resume", "LISTED.A", "--json")) == {"paused": False}
    assert "schedulerSupport" in ask.run("config", "export")


def watching(ask, port):
    with Stomp(port, client_id="cook") as cook:
        cook.subscribe("/queue/TOP.BUSY", 1)
        process = ask.tern.start("top", "--every", "500ms", "-n", "3", "--json", "--http", ask.url,
                                 stdout=subprocess.PIPE)
        for i in range(300):
            cook.send("SEND", str(i).encode(), destination="/queue/TOP.BUSY")
        views = [json.loads(line) for line in process.communicate(timeout=60)[0].splitlines()]
        assert len(views) == 3, views
        busiest = [view["queues"][0]["name"] for view in views
                   if view["queues"][0]["enqueued_rate"] > 0]
        assert set(busiest) <= {"TOP.BUSY"}, busiest
        assert any(one["client_id"] == "cook" for one in views[0]["consumers"]), views[0]
        latency = ask.api.queue("TOP.BUSY")["latency"]
        for what in ("queueing", "delivery"):
            timed = latency[what]
            assert timed["count"] > 0 and 0 <= timed["p50"] <= timed["p99"] <= timed["max"], timed
    table = ask.run("top", "--every", "1ms", "-n", "1", "--limit", "3")
    assert table.startswith("QUEUE") and "\nCONSUMER" in table, table

    follow(ask, port)


def follow(ask, port):
    ask.tern.produce("TRACE.A", ["before"])
    process = ask.tern.start("trace", "TRACE.A", "--every", "20ms", "-n", "100000", "--json",
                             "--http", ask.url, stdout=subprocess.PIPE)

    def events(what, count):
        """The next events of that kind, whatever comes between them."""
        found = []
        while len(found) < count:
            event = json.loads(process.stdout.readline())
            if event["event"] == what:
                found.append(event)
        return found

    try:
        # Only what comes after its first look is told.
        while not select.select([process.stdout], [], [], 0.1)[0]:
            ask.tern.produce("TRACE.A", ["soup"])
        [came] = events("came", 1)
        assert came["message"]["preview"] == "soup", came
        size = ask.api.queue("TRACE.A")["size"]
        with Stomp(port, client_id="cook") as cook:
            cook.subscribe("/queue/TRACE.A", 1, ack="client")
            delivered = events("delivered", size)
            assert came["id"] in [one["id"] for one in delivered], delivered
            assert all("consumer" in one["message"] for one in delivered), delivered
        events("returned", size)
        ask.api.post("queues/TRACE.A/purge")
        events("gone", size)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT, process.returncode


def completion(ask):
    script = ask.tern.run("completion", "bash")[0].decode()

    def offered(*words):
        line = " ".join(f"'{word}'" for word in words)
        code = (f"{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _tern; "
                "printf '%s\\n' \"${COMPREPLY[@]}\"")
        return subprocess.run(["bash", "-c", code], stdout=subprocess.PIPE, text=True, check=True,
                              timeout=60).stdout.split()

    assert {"queues", "why", "top", "trace"} <= set(offered("tern", ""))
    assert offered("tern", "wh") == ["why"]
    assert set(offered("tern", "why", "")) >= {"queue", "message", "connection"}
    assert offered("tern", "move", "A", "B", "--sel") == ["--selector"]
    assert ask.tern.run("completion", "zsh")[0].startswith(b"#compdef tern\n")
    fish = ask.tern.run("completion", "fish")[0].decode()
    assert "complete -c tern -f -n" in fish and "-a why" in fish, fish
    ask.tern.run("completion", "cmd", expect=2)


def views(ask, port):
    with Stomp(port, client_id="reader") as reader:
        reader.subscribe("/topic/news.>", 1, activemq__subscriptionName="daily", selector="a = 1")
        reader.sync("SEND", b"n", destination="/topic/news.today")
        queues = xml.fromstring(ask.api.page("/admin/xml/queues.jsp"))
        assert queues.tag == "queues", queues
        [row] = [one for one in queues if one.get("name") == "WHY.A"]
        assert row.find("stats").attrib == {
            "size": "3", "consumerCount": "0", "enqueueCount": "3", "dequeueCount": "0"}, row
        assert [one.tag for one in row.find("feed")] == ["atom", "rss"]
        topics = xml.fromstring(ask.api.page("/admin/xml/topics.jsp"))
        assert {one.tag for one in topics} == {"topic"}
        [subscriber] = [one for one in xml.fromstring(ask.api.page("/admin/xml/subscribers.jsp"))
                        if one.get("clientId") == "reader"]
        assert subscriber.attrib == {
            "clientId": "reader", "subscriptionName": "daily",
            "connectionId": subscriber.get("connectionId"), "destinationName": "news.>",
            "selector": subscriber.get("selector"), "active": "yes"}, subscriber.attrib
        assert subscriber.get("selector").endswith("a = 1"), subscriber.attrib
        assert set(subscriber.find("stats").attrib) == {
            "pendingQueueSize", "dispatchedQueueSize", "dispatchedCounter", "enqueueCounter",
            "dequeueCounter"}
    for kind, root in (("atom_1.0", "{http://www.w3.org/2005/Atom}feed"), ("rss_2.0", "rss")):
        feed = xml.fromstring(ask.api.page(f"/admin/queueBrowse/WHY.A?view=rss&feedType={kind}"))
        assert feed.tag == root, feed
        assert len([one for one in feed.iter() if one.tag.endswith(("entry", "item"))]) == 3


def log_levels(ask, broker):
    assert ask.run("log") == "all  info\n"
    assert ask.run("log", "debug", "--module", "engine") == "all     info\nengine  debug\n"
    assert ask.api.get("log") == {"level": "info", "modules": {"engine": "debug"}}
    ask.run("log", "info", "--module", "engine")
    ask.run("log", "error")
    assert ask.api.get("log") == {"level": "error", "modules": {}}
    refused("malformed", ask.api.post, "log", {"level": "loud"})
    ask.run("log", "info")


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "activemq.xml"
        document.write_text(DOCUMENT)
        with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                                with_java=False, document=document) as (broker, _):
            ask = Asking(Api(broker.http_port), Tern(options.tern, broker.url))
            of_queues(ask, broker.port)
            of_messages(ask, broker.port)
            of_limits(ask, broker.port)
            views(ask, broker.port)
            lists(ask, broker.port)
            watching(ask, broker.port)
            completion(ask)
            log_levels(ask, broker)


if __name__ == "__main__":
    harness.main(run)
