#!/usr/bin/python3
"""Policies and operators' policies, put and taken away by the management API while clients use what
they are about: what each does, and with --reference that RabbitMQ's do the same."""

import sys
import tempfile
import time
from pathlib import Path

import pika

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from confirms import accepted
from harness import options as harness
from harness.rabbitmq import RabbitMq
from management_api import Api, Management

SECONDS = 60


class Policies:
    """A broker's, by its API; RabbitMQ says it is done before its queues have heard of it."""

    def __init__(self, port):
        self.api = Api(port)

    def put(self, name, pattern, definition, priority=0, apply_to="queues", operators=False):
        kind = "operator-policies" if operators else "policies"
        self.api.put(f"{kind}/%2F/{name}", {"pattern": pattern, "definition": definition,
                                            "priority": priority, "apply-to": apply_to})

    def remove(self, name, operators=False):
        self.api.delete(f"{'operator-policies' if operators else 'policies'}/%2F/{name}")


def eventually(look, wanted):
    """What is seen, once it is what is wanted; what was seen last, if it never is."""
    deadline = time.monotonic() + SECONDS
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    return seen


def taken_in(channel, queue, count):
    """How many of so many messages the queue takes when it is empty."""
    channel.queue_purge(queue)
    return accepted(channel, queue, count)


def routed(channel, exchange, key, queues):
    """The queues in which a message arrives."""
    channel.basic_publish(exchange, key, b"x")
    return [queue for queue in queues if channel.basic_get(queue, auto_ack=True)[0] is not None]


def alternate_exchanges(channel, policies):
    queues = ["p.bound", "p.rest", "p.own", "p.more"]
    for queue in queues:
        channel.queue_declare(queue)
    for name in ("rest", "own", "more"):
        channel.exchange_declare(f"p.{name}.x", "fanout")
        channel.queue_bind(f"p.{name}", f"p.{name}.x")
    channel.exchange_declare("p.plain", "direct")
    channel.exchange_declare("p.says", "direct", arguments={"alternate-exchange": "p.own.x"})
    channel.queue_bind("p.bound", "p.plain", "k")

    def seen():
        return [routed(channel, exchange, key, queues) for exchange, key in
                (("p.plain", "k"), ("p.plain", "none"), ("p.says", "none"), ("", "p.none"))]

    found = [seen()]
    policies.put("rest", r"^p\.(plain|says)$", {"alternate-exchange": "p.rest.x"},
                 apply_to="exchanges")
    found.append(eventually(seen, [["p.bound"], ["p.rest"], ["p.own"], []]))
    # Of those that match one counts, whatever else it says.
    policies.put("more", r"^p\.plain$", {"alternate-exchange": "p.more.x"}, 2, "all")
    found.append(eventually(seen, [["p.bound"], ["p.more"], ["p.own"], []]))
    policies.put("more", r"^p\.plain$", {"max-length": 5}, 2, "all")
    found.append(eventually(seen, [["p.bound"], [], ["p.own"], []]))
    policies.remove("more")
    found.append(eventually(seen, [["p.bound"], ["p.rest"], ["p.own"], []]))
    # What is returned to who said that it is mandatory, the alternate takes.
    channel.basic_publish("p.plain", "none", b"x", mandatory=True)
    channel.queue_purge("p.rest")
    policies.remove("rest")
    found.append(eventually(seen, [["p.bound"], [], ["p.own"], []]))
    return found


def smallest_of_three(channel, policies):
    """Of an argument, a policy and an operators' policy the smallest number counts."""
    channel.queue_declare("p.three", arguments={"x-max-length": 6, "x-overflow": "reject-publish"})
    channel.queue_declare("p.two", arguments={"x-overflow": "reject-publish"})

    def seen():
        return [taken_in(channel, queue, 10) for queue in ("p.three", "p.two")]

    found = [seen()]
    policies.put("len", r"^p\.t", {"max-length": 8})
    found.append(eventually(seen, [6, 8]))
    policies.put("op", r"^p\.t", {"max-length": 4}, operators=True)
    found.append(eventually(seen, [4, 4]))
    policies.put("op", r"^p\.t", {"max-length": 9}, operators=True)
    found.append(eventually(seen, [6, 8]))
    policies.remove("len")
    found.append(eventually(seen, [6, 9]))
    # Another one's with a higher priority takes its place; the two are not put together.
    policies.put("first", r"^p\.two", {"message-ttl": 3600000}, 5, operators=True)
    found.append(eventually(seen, [6, 10]))
    policies.remove("first", operators=True)
    found.append(eventually(seen, [6, 9]))
    policies.remove("op", operators=True)
    found.append(eventually(seen, [6, 10]))
    return found


def how_long_they_live(channel, policies):
    """An operators' policy can make lives shorter, and no policy longer ones."""
    channel.queue_declare("p.short", arguments={"x-message-ttl": 3600000})

    def seen():
        channel.basic_publish("", "p.short", b"x")
        deadline = time.monotonic() + SECONDS
        while channel.queue_declare("p.short", passive=True).method.message_count > 0:
            if time.monotonic() > deadline:
                return "stays"
            time.sleep(0.02)
        return "goes"

    policies.put("ttl", r"^p\.short$", {"message-ttl": 7200000})
    policies.put("op", r"^p\.short$", {"message-ttl": 20}, operators=True)
    found = [eventually(seen, "goes")]

    def shown():
        view = policies.api.get("queues/%2F/p.short")
        return [view.get(name) for name in
                ("policy", "operator_policy", "effective_policy_definition")]

    found.append(eventually(shown, ["ttl", "op", {"message-ttl": 20}]))
    policies.remove("op", operators=True)
    policies.remove("ttl")
    return found


def quorum_queues(channel, policies):
    """An operators' policy limits deliveries, too, and its overflow counts before the policy's."""
    channel.queue_declare("p.quorum", durable=True, arguments={
        "x-queue-type": "quorum", "x-delivery-limit": 5,
        "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "p.dead"})
    channel.queue_declare("p.dead")

    def deliveries():
        """How often one message is delivered that is returned each time."""
        channel.basic_publish("", "p.quorum", b"x")
        count = 0
        while channel.queue_declare("p.dead", passive=True).method.message_count == 0:
            method = channel.basic_get("p.quorum")[0]
            if method is not None:
                count += 1
                channel.basic_nack(method.delivery_tag, requeue=True)
        channel.queue_purge("p.dead")
        return count

    found = [deliveries()]
    policies.put("op", r"^p\.quorum$", {"delivery-limit": 2}, operators=True)
    found.append(eventually(deliveries, 3))
    policies.remove("op", operators=True)
    channel.queue_delete("p.quorum")
    return found


def what_does_not_fit(channel, policies):
    """What a type of queue does not know keeps all of a policy from it, and the next one counts."""
    names = ["p.fits.classic", "p.fits.quorum"]
    for name in names:
        channel.queue_declare(name, durable=True, arguments={"x-queue-type": name.split(".")[2]})

    def kept():
        for name in names:
            channel.queue_purge(name)
            for _ in range(6):
                channel.basic_publish("", name, b"x")
        return [channel.queue_declare(name, passive=True).method.message_count for name in names]

    found = []
    for key, value, wanted in (("message-ttl", 3600000, [2, 2]), ("delivery-limit", 3, [4, 2]),
                               ("dead-letter-strategy", "at-most-once", [4, 2]),
                               ("queue-mode", "lazy", [2, 4]), ("ha-mode", "all", [2, 4]),
                               ("max-age", "1D", [4, 4])):
        policies.put("next", r"^p\.fits", {"max-length": 4})
        policies.put("fits", r"^p\.fits", {"max-length": 2, key: value}, 1, "all")
        found.append(eventually(kept, wanted))
    policies.remove("fits")
    policies.remove("next")
    for name in names:
        channel.queue_delete(name)
    return found


ALL = [alternate_exchanges, smallest_of_three, how_long_they_live, quorum_queues,
       what_does_not_fit]


def play(port, api_port):
    """What each story saw."""
    told = {}
    for story in ALL:
        with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            told[story.__name__] = story(channel, Policies(api_port))
    return told


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--reference", action="store_true",
                        help="the same with RabbitMQ, which has to be installed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        with Management.running(Path(work) / "ternd", options) as broker:
            told = play(broker.port, broker.api_port)
        for name, seen in told.items():
            print(f"{name}: {seen}")
        check(told)
        if options.reference:
            with RabbitMq(Path(work) / "rabbitmq") as peer:
                theirs = play(peer.port, peer.http_port)
            for name, seen in told.items():
                assert seen == theirs[name], f"{name}: RabbitMQ's is {theirs[name]}"
    print("ok")


def check(told):
    """What has to be seen."""
    plain = [["p.bound"], [], ["p.own"], []]
    rest = [["p.bound"], ["p.rest"], ["p.own"], []]
    assert told["alternate_exchanges"] == [
        plain, rest, [["p.bound"], ["p.more"], ["p.own"], []], plain, rest, plain]
    assert told["smallest_of_three"] == [
        [6, 10], [6, 8], [4, 4], [6, 8], [6, 9], [6, 10], [6, 9], [6, 10]]
    assert told["how_long_they_live"] == ["goes", ["ttl", "op", {"message-ttl": 20}]]
    assert told["quorum_queues"] == [6, 3]
    assert told["what_does_not_fit"] == [[2, 2], [4, 2], [4, 2], [2, 4], [2, 4], [4, 4]]


if __name__ == "__main__":
    harness.main(main)
