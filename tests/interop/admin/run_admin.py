#!/usr/bin/python3
"""The API for operators against a real broker with real clients: lists, messages, operations, the
page of metrics (read by Prometheus' own parser for Python), and what it refuses."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from prometheus_client.openmetrics import parser as open_metrics
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from api import Api, refused
from guides import blocks, matches, transcript
from harness import options as harness
from harness import stomp
from harness.options import settle
from tern_command import Tern

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "operating.md"
QUEUES = 3000


class Stomp(stomp.Client):
    """A client that is connected and does not take more than it is told to."""

    def __init__(self, port, **headers):
        super().__init__(port)
        self.connect(**headers)

    def subscribe(self, queue, number, **headers):
        self.send("SUBSCRIBE", destination=queue, id=number, receipt=f"s{number}", **headers)
        return self.receipt(f"s{number}")

    def receipt(self, name):
        """The messages that come before it."""
        messages = []
        while (frame := self.frame()).command != "RECEIPT":
            messages.append(frame)
        assert frame.headers["receipt-id"] == name, frame
        return messages


def names(page, key="name"):
    return [row[key] for row in page["items"]]


def texts(api, queue):
    return [row["preview"] for row in api.queue(queue, "/messages")["items"]]


def lists(api, tern, port):
    tern.produce("A.ORDERS", ["soup", "tea", "cake"])
    tern.produce("B.BILLS", ["bill"])
    queue = api.queue("A.ORDERS")
    assert (queue["size"], queue["ready"], queue["enqueued"]) == (3, 3, 3), queue
    assert names(api.get("queues?sort=size&order=descending"))[:2] == ["A.ORDERS", "B.BILLS"]
    assert names(api.get("queues?search=bill")) == ["B.BILLS"]

    with Stomp(port, client_id="cook") as cook:
        seen = cook.subscribe("/queue/A.ORDERS", 1, ack="client-individual",
                              activemq__prefetchSize=1)
        [message] = seen or [cook.frame()]
        assert message.body == b"soup", message
        cook.subscribe("/topic/news.>", 2, activemq__subscriptionName="daily")
        queue = api.queue("A.ORDERS")
        assert (queue["ready"], queue["unsettled"], queue["consumers"]) == (2, 1, 1), queue
        [consumer] = api.queue("A.ORDERS", "/consumers")["items"]
        assert (consumer["protocol"], consumer["client_id"], consumer["unsettled"]) == (
            "stomp", "cook", 1), consumer
        why = api.get("why/queue/A.ORDERS")
        [reason] = [one for one in why["reasons"] if one["reason"] == "credit_used_up"]
        assert reason["consumer"] == consumer["id"] and "cook" in reason["text"], reason
        assert why["text"] == reason["text"] and "oldest_ms" in reason, why
        [finding] = [one for one in api.get("health")["findings"] if one["about"] == "A.ORDERS"]
        assert finding["id"] == "slow_consumer", finding
        assert {one["name"] for one in api.get("topics")["items"]} == {"news.>"}
        [subscription] = api.get("subscriptions?search=daily")["items"]
        assert (subscription["client_id"], subscription["active"]) == ("cook", True), subscription
        refused("in_use", api.delete, "subscriptions/cook/daily")
        refused("in_use", api.delete, "queues/A.ORDERS")

        [connection] = api.get("connections?search=cook")["items"]
        shown = api.get(f"connections/{connection['id']}")
        assert len(shown["consumer_list"]) == 2, shown
        api.delete(f"connections/{connection['id']}")
        try:
            while True:
                cook.frame()
        except (stomp.Closed, OSError):
            pass
    refused("no_such_connection", api.get, f"connections/{connection['id']}")
    api.delete("subscriptions/cook/daily")
    refused("no_such_subscription", api.delete, "subscriptions/cook/daily")


def messages(api, tern):
    api.post("queues/B.BILLS/pause")
    assert api.queue("B.BILLS")["paused"]
    out, _ = tern.run("consume", "-d", "B.BILLS", "--lines", "--idle", "300ms", "-q")
    assert out == b"", out
    assert api.get("why/queue/B.BILLS")["reasons"][0]["reason"] == "paused"
    api.post("queues/B.BILLS/resume")
    assert tern.consume("B.BILLS", 1) == ["bill"]

    sent = api.post("queues/SENT/messages", {
        "body": "two \u20ac", "type": "urgent", "priority": 7, "correlation_id": "c7",
        "reply_to": "queue://ANSWERS", "group": "g", "properties": {"table": 7, "hot": True},
        "count": 3})
    assert sent["messages"] == 3
    first, *_ = tern.browse_json("SENT")
    assert first["body"] == "two \u20ac" and first["type"] == "text", first
    assert first["properties"] == {"table": 7, "hot": True, "JMSXMessageCounter": 1}, first
    headers = first["headers"]
    assert headers["JMSMessageID"] == sent["message_id"], (headers, sent)
    assert (headers["JMSType"], headers["JMSPriority"], headers["JMSCorrelationID"]) == (
        "urgent", 7, "c7"), headers
    rows = api.queue("SENT", "/messages?limit=2")
    one, two = (row["id"] for row in rows["items"])
    assert one < two == rows["next"], rows
    shown = api.queue("SENT", f"/messages/{two}")
    assert shown["body"] == "two \u20ac" and shown["properties"]["JMSXMessageCounter"] == 2, shown
    selected = api.queue("SENT", "/messages?selector=JMSXMessageCounter%20%3E%202")
    assert [row["id"] for row in selected["items"]] == [two + 1], selected

    def act(verb, **which):
        return api.post(f"queues/SENT/messages/{verb}", which)["messages"]

    assert act("copy", ids=[one], to="COPY") == 1
    assert act("move", selector="JMSXMessageCounter = 2", to="queue://MOVED") == 1
    assert act("delete", ids=[one]) == 1
    assert api.queue("SENT")["size"] == 1
    assert texts(api, "MOVED") == texts(api, "COPY") == ["two \u20ac"]
    assert tern.consume("MOVED", 1) == ["two \u20ac"]
    # Back to where it was sent to first.
    assert api.post("queues/COPY/messages/retry", {"all": True})["messages"] == 1
    assert (api.queue("SENT")["size"], api.queue("COPY")["size"]) == (2, 0)
    assert api.post("queues/SENT/purge")["messages"] == 2
    refused("invalid_selector", api.get, "queues/SENT/messages?selector=a%20%3D")
    refused("no_such_message", api.get, f"queues/SENT/messages/{one}")
    api.delete("queues/SENT")
    refused("no_such_queue", api.get, "queues/SENT")


def message_groups(api, port):
    """Operators see which consumer has a group, and let it choose anew."""
    def groups():
        return ask_jolokia(api, "GROUPS", type="read", attribute="MessageGroups")["value"]

    def send(client, body, group):
        client.send("SEND", body, destination="/queue/GROUPS", JMSXGroupID=group, receipt=body)
        return client.receipt(str(body))

    with Stomp(port) as owner, Stomp(port) as other:
        owner.subscribe("/queue/GROUPS", 1)
        send(other, b"1", "a")
        send(other, b"2", "b")
        assert {owner.frame().body, owner.frame().body} == {b"1", b"2"}
        held = groups()
        assert set(held) == {"a", "b"} and len(set(held.values())) == 1, held
        kind = ask_jolokia(api, "GROUPS", type="read", attribute="MessageGroupType")["value"]
        assert kind == "cached", kind
        other.subscribe("/queue/GROUPS", 2)
        ask_jolokia(api, "GROUPS", type="exec", operation="removeMessageGroup", arguments=["a"])
        assert set(groups()) == {"b"}
        send(owner, b"3", "a")
        # The one with fewer groups has it now.
        assert other.expect("MESSAGE").body == b"3"
        now = groups()
        assert now["a"] != held["a"] and now["b"] == held["b"], (held, now)
        ask_jolokia(api, "GROUPS", type="exec", operation="removeAllMessageGroups()")
        assert groups() == {}
    settle(lambda: api.queue("GROUPS")["consumers"] == 0)
    api.delete("queues/GROUPS")


def ask_jolokia(api, queue, **request):
    return api.call("POST", "/api/jolokia", {
        "mbean": "org.apache.activemq:type=Broker,brokerName=localhost,destinationType=Queue,"
                 f"destinationName={queue}", **request})


def start_up_queues(options):
    """Those of the document are there before any client, and may be for dead letters."""
    with tempfile.NamedTemporaryFile(mode="w", suffix=".xml") as document:
        document.write('<broker><destinations><queue physicalName="Q"/>'
                       '<queue physicalName="Letters" DLQ="true"/></destinations></broker>')
        document.flush()
        with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                                with_java=False, document=document.name) as (broker, _):
            api = Api(broker.http_port)
            settle(lambda: len(api.get("queues")["items"]) == 2)
            kinds = {row["name"]: row["dead_letters"] for row in api.get("queues")["items"]}
            assert kinds == {"Q": False, "Letters": True}, kinds
            assert broker.stop() == 0


def dead_letters(api, tern, port):
    """What dies goes back where it was sent to, from queues that keep dead letters only."""
    def jolokia(queue, **request):
        return ask_jolokia(api, queue, **request)

    tern.produce("DIES", ["one", "two"])
    with Stomp(port) as client:
        came = client.subscribe("/queue/DIES", 1, ack="client-individual")
        while len(came) < 2:
            came.append(client.frame())
        for message in came:
            client.send("NACK", id=message.headers["ack"])
        client.send("UNSUBSCRIBE", id=1, receipt="u")
        client.receipt("u")
    letters = "ActiveMQ.DLQ"
    deadline = time.monotonic() + 20
    while letters not in names(api.get("queues?search=DLQ")) or api.queue(letters)["size"] < 2:
        assert time.monotonic() < deadline, "there are no dead letters"
        time.sleep(0.05)
    assert jolokia(letters, type="read", attribute="DLQ")["value"] is True
    assert api.queue(letters)["dead_letters"] and not api.queue("DIES")["dead_letters"]
    died = api.queue(letters)["size"]
    assert jolokia(letters, type="exec", operation="retryMessages()")["value"] == died
    assert api.queue(letters)["size"] == 0 and died >= 2
    assert jolokia("DIES", type="exec", operation="retryMessages()")["status"] == 500
    assert jolokia("DIES", type="write", attribute="DLQ", value=True)["value"] is False
    assert jolokia("DIES", type="exec", operation="retryMessages()")["status"] == 200
    assert jolokia("DIES", type="write", attribute="DLQ", value=False)["value"] is True
    api.delete("queues/DIES")


def many_queues(api, port):
    with Stomp(port) as client:
        for number in range(QUEUES):
            client.send("SEND", b"m", destination=f"/queue/MANY.{number:05}")
        client.send("SEND", b"m", destination="/queue/MANY.00007", receipt="done")
        client.receipt("done")
    page = api.get("queues?search=many&offset=2990&limit=50")
    assert page["total"] == QUEUES
    assert names(page) == [f"MANY.{number:05}" for number in range(2990, QUEUES)]
    assert names(api.get("queues?search=MANY&sort=size&order=descending&limit=1")) == ["MANY.00007"]
    series = api.page("/metrics?queues=10")
    assert series.count("tern_queue_messages_ready{") == 10


# What promtool looks at, besides what the parser does.
UNITS = re.compile(r"_(milliseconds|microseconds|nanoseconds|minutes|hours|kilobytes|megabytes|"
                   r"percent)(_|$)")


def lint(family):
    assert re.fullmatch(r"tern_[a-z0-9_]+", family.name), family.name
    assert family.documentation and not UNITS.search(family.name), family
    assert not re.search(r"_(gauge|counter|summary|histogram)$", family.name), family.name
    # The parser takes `_total` off the names of counters, and off no others.
    assert not family.name.endswith(("_total", "_sum", "_count", "_bucket")), family.name
    for sample in family.samples:
        assert family.type != "counter" or sample.name == f"{family.name}_total", sample
        assert all(re.fullmatch(r"[a-z_]+", label) for label in sample.labels), sample
    keys = [(one.name, tuple(sorted(one.labels.items()))) for one in family.samples]
    assert len(keys) == len(set(keys)), f"{family.name} says something twice"


def series(families):
    """{(name, queue): value}"""
    values = {}
    for family in families:
        assert family.type in ("gauge", "counter", "summary"), family
        lint(family)
        values |= {(one.name, one.labels.get("queue")): one.value for one in family.samples}
    return values


def metrics(api):
    status, headers, page = api.request("GET", "/metrics?queues=200")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    values = series(text_string_to_metric_families(page.decode()))
    assert values["tern_queue_messages_ready", "A.ORDERS"] == 3, values
    for what in ("confirm", "queueing"):
        assert values[f"tern_queue_{what}_seconds_count", "A.ORDERS"] > 0, values
        assert values[f"tern_queue_{what}_seconds_sum", "A.ORDERS"] > 0, values
    numbers = api.get("broker")
    assert values["tern_messages_published_total", None] == numbers["published"]
    assert values["tern_messages_enqueued_total", None] == numbers["enqueued"]
    # The same for who asks as Prometheus does.
    status, headers, page = api.request("GET", "/metrics?queues=200", headers={
        "Accept": "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2"})
    assert status == 200 and headers["Content-Type"].startswith("application/openmetrics-text; ")
    same = series(open_metrics.text_string_to_metric_families(page.decode()))
    assert same.keys() == values.keys(), same.keys() ^ values.keys()
    assert same["tern_queue_messages_enqueued_total", "A.ORDERS"] == (
        values["tern_queue_messages_enqueued_total", "A.ORDERS"])


def streams(api):
    first, second = api.events("/api/v1/events?queue=A.ORDERS", 2)
    assert second["at_ms"] > first["at_ms"] and first["queue"]["size"] == 3, (first, second)


def refusals(api):
    status, _, _ = api.request("POST", "/api/v1/queues/A.ORDERS/purge",
                               headers={"Origin": "http://evil.example"})
    assert status == 403
    status, _, _ = api.request("GET", "/api/v1/broker", headers={"Host": "evil.example"})
    assert status == 403
    status, _, _ = api.request("POST", "/api/v1/queues", headers={"Content-Type": "text/plain"})
    assert status == 415
    for bytes_sent in (b"\x16\x03\x01" * 50 + b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                       b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", api.port), timeout=60) as link:
            link.sendall(bytes_sent)
            answer = link.recv(65536)
            assert answer.startswith(b"HTTP/1.1 4"), answer
    assert api.queue("A.ORDERS")["size"] == 3


def examples(api, tern):
    folder = str(Path(tern.program).resolve().parent)
    environment = {**tern.environment, "PATH": f"{folder}:{os.environ['PATH']}",
                   "TERN_HTTP": f"http://127.0.0.1:{api.port}"}
    steps = transcript(GUIDE)
    assert len(steps) >= 10, "the guide's examples were not found"
    for command, expected in steps:
        command = command.replace("localhost:8161", f"localhost:{api.port}")
        done = subprocess.run(["bash", "-c", command], env=environment, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert matches(expected, done.stdout), (
            f"$ {command}\n{done.stdout}--- expected:\n{expected}")


def store_examples(broker, tern):
    """What the guide does with the store of a broker that does not run."""
    [block] = blocks(GUIDE, "sh")
    folder = str(Path(tern.program).resolve().parent)
    with tempfile.TemporaryDirectory() as work:
        script = block.replace("/var/lib/ternd", str(broker.data))
        script = script.replace("/srv/ternd", f"{work}/copy")
        assert script.count(str(broker.data)) == script.count(f"{work}/copy") == 1, script
        subprocess.run(["bash", "-euc", "set -o pipefail\n" + script], check=True, cwd=work,
                       env={**tern.environment, "PATH": f"{folder}:{os.environ['PATH']}"})
        contents = [subprocess.run([tern.program, "store", "info", place], check=True, text=True,
                                   stdout=subprocess.PIPE).stdout
                    for place in (broker.data, f"{work}/copy")]
        assert all("A.ORDERS" in one for one in contents), contents


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    settings = {"http.listen": "127.0.0.1:0"}
    with harness.broker_for(options, settings=settings, listener="auto",
                            with_java=False) as (broker, _):
        api = Api(broker.http_port)
        tern = Tern(options.tern, broker.url)
        assert api.call("GET", "/health/ready") == {"status": "ready"}
        lists(api, tern, broker.port)
        messages(api, tern)
        dead_letters(api, tern, broker.port)
        message_groups(api, broker.port)
        streams(api)
        refusals(api)
        examples(api, tern)
        many_queues(api, broker.port)
        metrics(api)
        before = json.loads(api.page("/api/v1/queues/A.ORDERS"))
        assert broker.stop() == 0
        store_examples(broker, tern)
        broker.start()
        again = Api(broker.http_port).queue("A.ORDERS")
        assert again["size"] == before["size"] == 3, (before, again)
    start_up_queues(options)


if __name__ == "__main__":
    harness.main(run)
