#!/usr/bin/python3
"""The ways of messages that a broker follows, from clients of several protocols: where each came
from, when it was stored, where it went, and how it ended, by the API and by `tern trace
--sampled`."""

import json
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

import pika

from api import Api, refused
from harness import options as harness
from harness.options import settle
from run_admin import Stomp
from tern_command import Tern

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core" schedulerSupport="true">
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue="SHORT.&gt;" expireMessagesPeriod="50"/>
  </policyEntries></policyMap></destinationPolicy>
</broker>
"""


class Traces:
    def __init__(self, api, tern):
        self.api = api
        self.tern = tern
        self.url = f"http://127.0.0.1:{api.port}"

    def run(self, *arguments, expect=0):
        return self.tern.run("trace", *arguments, "--http", self.url, expect=expect)[0].decode()

    def of(self, queue):
        """The events of the only message that has to do with the queue, if there is one yet."""
        found = self.api.get(f"traces?search={quote(queue)}")["items"]
        assert len(found) <= 1, found
        return found[0]["events"] if found else []

    def expect(self, queue, *expected):
        """That these have happened to its message, in this order; "EVENT DESTINATION"."""
        def happened():
            events = self.of(queue)
            left = list(expected)
            for event in events:
                text = f"{event['event']} {event.get('destination', '')}".strip()
                if left and text.startswith(left[0]):
                    del left[0]
            self.missing = (left, events)
            return not left

        settle(happened)
        assert not self.missing[0], self.missing
        return self.missing[1]


def sends(client, queue, **headers):
    client.send("SEND", b"m", destination=queue, persistent="true", receipt="sent", **headers)
    return client.receipt("sent")


def from_sender_to_consumer(traces, port):
    with Stomp(port, client_id="cook") as cook:
        sends(cook, "/queue/WAY.A")
        traces.expect("WAY.A", "received queue://WAY.A", "queued queue://WAY.A")
        traces.expect("WAY.A", "received", "stored", "confirmed")
        came = cook.subscribe("/queue/WAY.A", 1, ack="client-individual")
        message = came[0] if came else cook.expect("MESSAGE")
        events = traces.expect("WAY.A", "dispatched queue://WAY.A")
        [dispatched] = [one for one in events if one["event"] == "dispatched"]
        [consumer] = traces.api.queue("WAY.A", "/consumers")["items"]
        assert dispatched["consumer"] == consumer["id"], (dispatched, consumer)
        assert events[0]["message_id"] == message.headers["message-id"], (events, message)
        assert events[0]["connection"] == consumer["connection"], events
        cook.send("ACK", id=message.headers["ack"], receipt="done")
        cook.receipt("done")
        events = traces.expect("WAY.A", "dispatched", "accepted queue://WAY.A")
        times = [one["after_us"] for one in events]
        assert times[0] == 0 and times == sorted(times), times
        # By its id, too.
        same = traces.api.get(f"traces?search={quote(message.headers['message-id'])}")["items"]
        # The wall's clock is told to the millisecond, and may be told as the next one.
        assert [[one["after_us"] for one in found["events"]] for found in same] == [times], same


def refused_and_late(traces, port):
    with Stomp(port) as client:
        sends(client, "/queue/WAY.B")
        came = client.subscribe("/queue/WAY.B", 1, ack="client-individual")
        message = came[0] if came else client.expect("MESSAGE")
        client.send("NACK", id=message.headers["ack"], receipt="no")
        client.receipt("no")
        traces.expect("WAY.B", "dispatched", "rejected queue://WAY.B",
                      "sent_on queue://ActiveMQ.DLQ", "queued queue://ActiveMQ.DLQ")
        sends(client, "/queue/SHORT.A", expires="1")
        traces.expect("SHORT.A", "queued queue://SHORT.A", "expired queue://SHORT.A",
                      "sent_on queue://ActiveMQ.DLQ")
        sends(client, "/queue/WAY.LATER", AMQ_SCHEDULED_DELAY=1)
        traces.expect("WAY.LATER", "received", "due", "sent_on queue://WAY.LATER",
                      "queued queue://WAY.LATER")


def transactions_and_topics(traces, port):
    with Stomp(port, client_id="waiter") as client:
        client.send("BEGIN", transaction="t")
        client.send("SEND", b"m", destination="/queue/WAY.T", transaction="t", persistent="true")
        client.send("COMMIT", transaction="t", receipt="over")
        client.receipt("over")
        traces.expect("WAY.T", "received", "queued queue://WAY.T")
        traces.expect("WAY.T", "received", "stored")
        client.subscribe("/topic/way.news", 1, activemq__subscriptionName="daily")
        client.send("SEND", b"m", destination="/topic/way.news", persistent="true")
        assert client.expect("MESSAGE").body == b"m"
        traces.expect("way.news", "received topic://way.news",
                      "queued topic://way.news for waiter:daily",
                      "dispatched topic://way.news for waiter:daily", "accepted")
        client.send("SEND", b"m", destination="/topic/way.nobody", receipt="n")
        client.receipt("n")
        traces.expect("way.nobody", "received topic://way.nobody", "unwanted")


def operators(traces, port):
    with Stomp(port) as client:
        sends(client, "/queue/WAY.M")
        moved = traces.api.post("queues/WAY.M/messages/move", {"all": True, "to": "WAY.N"})
        assert moved["messages"] == 1
        traces.expect("WAY.M", "queued queue://WAY.M", "removed queue://WAY.M",
                      "sent_on queue://WAY.N", "queued queue://WAY.N")
        traces.api.post("queues/WAY.N/purge")
        traces.expect("WAY.N", "queued queue://WAY.N", "removed queue://WAY.N")


def exchanges(traces, port):
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port)) as link:
        channel = link.channel()
        channel.confirm_delivery()
        channel.queue_declare("WAY.X", durable=True)
        channel.basic_publish("", "WAY.X", b"m", pika.BasicProperties(delivery_mode=2))
        method, _, _ = channel.basic_get("WAY.X")
        # Whoever waits on the same shard need not wait for the journal.
        traces.expect("WAY.X", "received", "queued queue://WAY.X", "dispatched")
        traces.expect("WAY.X", "received", "stored", "confirmed")
        channel.basic_nack(method.delivery_tag, requeue=True)
        traces.expect("WAY.X", "dispatched", "failed queue://WAY.X")
        method, _, _ = channel.basic_get("WAY.X")
        channel.basic_ack(method.delivery_tag)
        traces.expect("WAY.X", "failed", "dispatched", "accepted")


def command(traces):
    text = traces.run("WAY.A", "--sampled")
    assert text.startswith("share: 1"), text
    assert "accepted   queue://WAY.A" in text and "to consumer" in text, text
    [line] = traces.run("WAY.A", "--sampled", "--json").splitlines()
    assert json.loads(line)["events"][0]["event"] == "received", line
    everything = traces.run("--sampled", "--json", "--limit", "1000").splitlines()
    assert len(everything) > 8, everything
    assert "QUEUE" in traces.tern.run("trace", expect=2)[1].decode()


def nobody_is_followed_any_more(traces, port):
    assert traces.run("--sampled", "--share", "0").startswith("share: 0")
    before = len(traces.api.get("traces?limit=1000")["items"])
    with Stomp(port) as client:
        for _ in range(100):
            sends(client, "/queue/WAY.Z")
    assert len(traces.api.get("traces?limit=1000")["items"]) == before
    refused("malformed", traces.api.post, "traces", {"share": 1.5})
    refused("malformed", traces.api.post, "traces", {"share": "all"})


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile(mode="w", suffix=".xml") as document:
        document.write(DOCUMENT)
        document.flush()
        follow(options, document.name)


def follow(options, document):
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                            with_java=False, document=document) as (broker, _):
        traces = Traces(Api(broker.http_port), Tern(options.tern, broker.url))
        assert traces.api.get("traces") == {"share": 0, "items": []}
        assert traces.run("--sampled", "--share", "1") == "share: 1\n"
        from_sender_to_consumer(traces, broker.port)
        refused_and_late(traces, broker.port)
        transactions_and_topics(traces, broker.port)
        operators(traces, broker.port)
        exchanges(traces, broker.port)
        command(traces)
        nobody_is_followed_any_more(traces, broker.port)


if __name__ == "__main__":
    harness.main(run)
