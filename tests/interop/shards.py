#!/usr/bin/python3
"""Publishers that outrun another shard: what they send all comes, in the order of each."""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.stomp import Client

SHARDS = 3
PUBLISHERS = 6  # some are not on the queue's shard, wherever that is
QUEUE = "/queue/shards"


def publish(port, publisher, messages):
    """Says all in one breath, far more than fits between two shards."""
    with Client(port) as client:
        client.connect()
        client.raw(b"".join(b"SEND\ndestination:%s\nfrom:%d\n\n%d\0" %
                            (QUEUE.encode(), publisher, number) for number in range(messages)))
        client.sync("SEND", b"", destination="/topic/nobody")


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="of each publisher")
    options = parser.parse_args()
    with harness.broker_for(options, listener="stomp", with_java=False,
                            settings={"shards": SHARDS}) as (broker, _):
        with Client(broker.port) as consumer:
            consumer.connect()
            consumer.sync("SUBSCRIBE", id="s", destination=QUEUE)
            publishers = [threading.Thread(target=publish, daemon=True,
                                           args=(broker.port, one, options.messages))
                          for one in range(PUBLISHERS)]
            for one in publishers:
                one.start()
            came = [0] * PUBLISHERS
            for _ in range(PUBLISHERS * options.messages):
                frame = consumer.frame()
                publisher, number = int(frame.headers["from"]), int(frame.body)
                assert number == came[publisher], (publisher, number, came)
                came[publisher] += 1
            for one in publishers:
                one.join()
    print(f"{PUBLISHERS} publishers, {sum(came)} messages in order")


if __name__ == "__main__":
    harness.main(run)
