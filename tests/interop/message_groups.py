#!/usr/bin/python3
"""Very many message groups on one queue: each keeps its consumer and order, in bounded memory."""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.stomp import Client

DOCUMENT = Path(__file__).resolve().parent / "jms" / "activemq.xml"
QUEUE = "/queue/MessageGroupsTest.simple"
CONSUMERS = 3
ROUNDS = 2
# What is remembered of a group, and what the allocator keeps of messages that have passed.
GROUP_BYTES_MAX = 512
GROWTH_BYTES = 48 * 2**20


class Taker(threading.Thread):
    """Notes the order of each group, until it is told that all have come."""

    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.client = Client(port)
        self.client.connect()
        self.client.sync("SUBSCRIBE", id="s", destination=QUEUE)
        self.count = count
        self.last = {}
        self.problem = None

    def run(self):
        try:
            while True:
                frame = self.client.frame()
                group, number = frame.headers["JMSXGroupID"], int(frame.body)
                if self.last.get(group, -1) + 1 != number:
                    self.problem = f"{group}: {number} after {self.last.get(group)}"
                self.last[group] = number
                self.count.release()
        except OSError:
            pass  # the end closes it


def send(port, groups, number):
    with Client(port) as client:
        client.connect()
        for first in range(0, groups, 1000):
            client.raw(b"".join(
                b"SEND\ndestination:%s\nJMSXGroupID:g%d\n\n%d\0" % (QUEUE.encode(), group, number)
                for group in range(first, min(first + 1000, groups))))
            # Not further ahead of the broker than this.
            client.sync("SEND", b"", destination="/topic/nobody")


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--groups", type=int, default=100_000)
    options = parser.parse_args()
    with harness.broker_for(options, listener="auto", with_java=False,
                            document=DOCUMENT) as (broker, _):
        came = threading.Semaphore(0)
        takers = [Taker(broker.port, came) for _ in range(CONSUMERS)]
        for taker in takers:
            taker.start()
        before = broker.rss_bytes()
        for number in range(ROUNDS):
            send(broker.port, options.groups, number)
            for _ in range(options.groups):
                assert came.acquire(timeout=60), [taker.problem for taker in takers]
        growth = broker.rss_bytes() - before
        print(f"{options.groups} groups: {[len(taker.last) for taker in takers]} of them with each "
              f"consumer, memory grew by {growth / 2**20:.1f} MiB")
        assert not any(taker.problem for taker in takers), [taker.problem for taker in takers]
        # Had one moved, two would have seen it.
        assert sum(len(taker.last) for taker in takers) == options.groups
        assert all(taker.last for taker in takers)
        assert growth <= options.groups * GROUP_BYTES_MAX + GROWTH_BYTES, growth
        for taker in takers:
            taker.client.socket.close()
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
