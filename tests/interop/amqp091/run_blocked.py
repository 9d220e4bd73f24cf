#!/usr/bin/python3
"""Who publishes what there is no space for is told so, if it understands that; it goes on when
there is space again, and nothing is lost."""

import sys
import tempfile
from pathlib import Path

import pika

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue="small.&gt;" memoryLimit="256 kb">
      <pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy>
    </policyEntry>
  </policyEntries></policyMap></destinationPolicy>
  <persistenceAdapter><kahaDB journalMaxFileLength="1 mb"/></persistenceAdapter>
  <systemUsage><systemUsage>
    <storeUsage><storeUsage limit="16 mb"/></storeUsage>
  </systemUsage></systemUsage>
</broker>
"""
BODY = bytes(8 * 1024)
PERSISTENT = pika.BasicProperties(delivery_mode=2)
AT_ONCE = 50  # what is on its way when there is no space fits into the sockets' buffers
# What is short when a queue has too many of such messages.
STORIES = {"small.q": (None, "low on memory"), "kept": (PERSISTENT, "low on disk")}


def connect(broker):
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port))


def play(broker, queue, properties, reason):
    told = []
    sender = connect(broker)
    sender.add_on_connection_blocked_callback(
        lambda _, frame: told.append(("blocked", frame.method.reason)))
    sender.add_on_connection_unblocked_callback(lambda *_: told.append("unblocked"))
    channel = sender.channel()
    channel.queue_declare(queue, durable=True)
    messages = 0
    while not told:
        for _ in range(AT_ONCE):
            channel.basic_publish("", queue, messages.to_bytes(2, "big") + BODY, properties)
            messages += 1
        sender.process_data_events(0.05)
    assert told == [("blocked", reason)], told
    # Others are not: they take what is there, and then the sender goes on.
    other = connect(broker)
    got = []
    for _, _, body in other.channel().consume(queue, auto_ack=True):
        got.append(int.from_bytes(body[:2], "big"))
        sender.process_data_events(0)
        if len(got) == messages:
            break
    harness.settle(lambda: sender.process_data_events(0.05) or len(told) > 1)
    assert got == list(range(messages)), got
    assert told == [("blocked", reason), "unblocked"], told
    other.close()
    sender.close()


def run():
    options = harness.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as work:
        document = Path(work) / "activemq.xml"
        document.write_text(DOCUMENT)
        with harness.broker_for(options, listener="amqp091", with_java=False,
                                document=document) as (broker, _):
            for queue, story in STORIES.items():
                play(broker, queue, *story)
            broker.check_alive()
            assert broker.stop() == 0, broker.log_text()


if __name__ == "__main__":
    harness.main(run)
