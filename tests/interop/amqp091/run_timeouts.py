#!/usr/bin/python3
"""Clients that do not acknowledge in time: the channel ends as RabbitMQ's does, and what it had
goes to others. How long there is a rabbitmq.conf says, and of a queue its argument or a policy.
With --reference RabbitMQ has to do the same, as far as its release knows it."""

import sys
import tempfile
import time
from pathlib import Path

import pika
from pika.exceptions import ChannelClosedByBroker

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import options as harness
from harness.rabbitmq import RabbitMq
from management_api import Management

SECONDS = 60
CONFIG = "consumer_timeout = 1000\n"
LONG_MS = 3_600_000


def open_link(port):
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port, heartbeat=0))


def holding(link, queue, get=False, arguments=None):
    """A channel that has a message of the queue and says nothing about it."""
    channel = link.channel()
    channel.queue_declare(queue, durable=True, arguments=arguments)
    channel.basic_publish("", queue, queue.encode())
    if get:
        assert channel.basic_get(queue)[0] is not None
        return channel
    assert next(channel.consume(queue, inactivity_timeout=SECONDS))[2] == queue.encode()
    return channel


def end_of(link, channel):
    """Why the broker closed the channel; nothing if it does not."""
    deadline = time.monotonic() + SECONDS
    while channel.is_open and time.monotonic() < deadline:
        link.process_data_events(time_limit=0.1)
    try:
        channel.queue_declare("", exclusive=True)
    except ChannelClosedByBroker as why:
        return why.reply_code, why.reply_text
    except pika.exceptions.ChannelWrongStateError:
        reason = channel._impl._closing_reason
        return reason.reply_code, reason.reply_text
    return None


def too_late(port):
    """Those who consume and those who get, of all types of queues; the connection stays."""
    link = open_link(port)
    told = [end_of(link, holding(link, "late")), end_of(link, holding(link, "late.get", get=True)),
            end_of(link, holding(link, "late.quorum", arguments={"x-queue-type": "quorum"}))]
    channel = link.channel()
    for queue in ("late", "late.get", "late.quorum"):
        method, _, body = channel.basic_get(queue, auto_ack=True)
        told.append((method.redelivered, body.decode()))
    link.close()
    return told


def by_queue(broker):
    """The argument of a queue counts before what the broker is told, and of an argument and a
    policy the smaller one."""
    link = open_link(broker.port)
    patient = holding(link, "patient", arguments={"x-consumer-timeout": LONG_MS})
    assert "Timeout value used: 1000 ms" in end_of(link, holding(link, "late"))[1]
    assert patient.is_open, "the argument says that there is more time"
    hasty = holding(link, "hasty", arguments={"x-consumer-timeout": 10})
    assert "Timeout value used: 10 ms" in end_of(link, hasty)[1]
    broker.api.put("policies/%2F/time", {"pattern": "^patient$|^ruled$", "apply-to": "queues",
                                         "definition": {"consumer-timeout": 30}})
    assert "Timeout value used: 30 ms" in end_of(link, patient)[1]
    assert "Timeout value used: 30 ms" in end_of(link, holding(link, "ruled"))[1]
    broker.api.put("policies/%2F/time", {"pattern": "^ruled$", "apply-to": "queues",
                                         "definition": {"consumer-timeout": LONG_MS}})
    ruled = holding(link, "ruled")
    assert end_of(link, holding(link, "late"))[0] == 406
    assert ruled.is_open, "the policy says that there is more time"
    link.close()


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--reference", action="store_true",
                        help="ask RabbitMQ, too, which has to be installed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        document = work / "rabbitmq.conf"
        document.write_text(CONFIG)
        with Management.running(work / "ternd", options, document) as broker:
            told = too_late(broker.port)
            assert told[0] == (406, "PRECONDITION_FAILED - delivery acknowledgement on channel 1 "
                               "timed out. Timeout value used: 1000 ms. This timeout value can be "
                               "configured, see consumers doc guide to learn more"), told
            by_queue(broker)
        if options.reference:
            # It looks once in a minute, unless it is told to do so more often.
            with RabbitMq(work / "rabbitmq", config=CONFIG,
                          advanced="[{rabbit, [{channel_tick_interval, 300}]}].\n") as peer:
                theirs = too_late(peer.port)
            assert theirs == told, f"ours   {told}\ntheirs {theirs}"
    print("ok")


if __name__ == "__main__":
    harness.main(main)
