#!/usr/bin/python3
"""A million messages for a consumer that takes none of them, while all messages together may have
64 MiB of memory, with each pending-message strategy of queues, durable and other subscribers. Those
that keep what waits in memory let producers wait instead, until it is taken."""

import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop" / "admin"))

from api import Api
from deep_backlog import CHUNK, MIB, Stomp
from harness import options as harness

MEMORY_MIB = 64
# What the process has besides messages, as overload.py counts it.
CONSTANT_MIB = 128
WAIT_SECONDS = 600
STRATEGIES = {
    "pendingQueuePolicy": ("storeCursor", "fileQueueCursor", "vmQueueCursor"),
    "pendingDurableSubscriberPolicy": ("storeDurableSubscriberCursor",
                                       "fileDurableSubscriberCursor", "vmDurableCursor"),
    "pendingSubscriberPolicy": ("fileCursor", "vmCursor"),
}
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry {destinations}="&gt;"><{policy}><{cursor}/></{policy}></policyEntry>
  </policyEntries></policyMap></destinationPolicy>
  <systemUsage><systemUsage>
    <memoryUsage><memoryUsage limit="{memory} mb"/></memoryUsage>
  </systemUsage></systemUsage>
</broker>
"""


def subscribe(policy, port):
    """Someone for whom messages wait."""
    if policy == "pendingQueuePolicy":
        return Stomp(port)
    more = {}
    if policy == "pendingDurableSubscriberPolicy":
        more = {"client_id": b"durable", "subscription": b"activemq.subscriptionName:durable\n"}
    consumer = Stomp(port, b"/topic/deep", **more)
    consumer.subscribe()
    return consumer


class Publishing:
    """All of them, on a thread of its own."""

    def __init__(self, producer, count):
        self.sent = 0
        self.producer = producer
        self.count = count
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.sent < self.count:
            part = min(CHUNK, self.count - self.sent)
            self.producer.publish(self.sent, part)
            self.sent += part


def peak_mib(broker):
    status = Path(f"/proc/{broker.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def fill(policy, cursor, options):
    destinations = "queue" if policy == "pendingQueuePolicy" else "topic"
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as document:
        document.write(DOCUMENT.format(destinations=destinations, policy=policy, cursor=cursor,
                                       memory=MEMORY_MIB))
        document.flush()
        with harness.broker_for(options, listener="stomp", with_java=False,
                                document=document.name,
                                settings={"http.listen": "127.0.0.1:0"}) as (broker, _):
            consumer = subscribe(policy, broker.port)
            began = time.monotonic()
            publishing = Publishing(Stomp(broker.port, consumer.destination), options.messages)
            in_memory = cursor.startswith("vm")
            if in_memory:
                await_limit(publishing, Api(broker.http_port))
            else:
                publishing.thread.join()
            behind = publishing.sent
            seconds = time.monotonic() - began
            if policy == "pendingQueuePolicy":
                consumer.subscribe()
            take(consumer, options.messages)
            publishing.thread.join()
            peak = peak_mib(broker)
            print(f"{cursor:30}{'producer waits' if in_memory else 'all wait':16}{behind:9} "
                  f"messages in {seconds:5.1f} s, at most {peak:4.0f} MiB in memory", flush=True)
            assert peak <= MEMORY_MIB + CONSTANT_MIB, "too much memory"
            code = broker.stop()
            assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


def await_limit(publishing, api):
    """Returns when the producer waits for space."""
    deadline = time.monotonic() + WAIT_SECONDS
    while api.get("broker")["flow"]["crossed"]["memory"] == 0:
        assert time.monotonic() < deadline, "nobody waits for memory"
        assert publishing.thread.is_alive(), "all messages are in memory"
        time.sleep(0.1)


def take(consumer, count):
    for expected, number in enumerate(consumer.take(count)):
        assert number == expected, f"message {number} came instead of {expected}"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--filter", default="", metavar="TEXT", help="cursors to try")
    options = parser.parse_args()
    for policy, cursors in STRATEGIES.items():
        for cursor in cursors:
            if options.filter in cursor:
                fill(policy, cursor, options)


if __name__ == "__main__":
    harness.main(run)
