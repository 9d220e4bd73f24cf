#!/usr/bin/python3
"""The broker is killed again and again in the middle of large messages: what was confirmed is there
whole, what was not is there whole or not at all, and no file is left that nobody needs. One whose
body is damaged holds up nobody."""

import random
import sys
import threading
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "interop" / "amqp10")]

from harness import options as harness
from harness import stomp
from harness.broker import TernBroker, stable_port

import amqp_broker
import streaming

MIB = 1024 * 1024
QUEUE = "large"
SENDERS = 3
GONE_SECONDS = 20


class Round:
    """Senders that go on until the broker is gone. Seeds are the names of what they send."""

    def __init__(self, broker, options, first_seed):
        self.broker, self.options = broker, options
        self.next_seed = first_seed
        self.lock = threading.Lock()
        self.tried, self.confirmed = {}, {}
        self.threads = [threading.Thread(target=self.send) for _ in range(SENDERS)]

    def seed(self):
        with self.lock:
            self.next_seed += 1
            return self.next_seed

    def send(self):
        problem = None
        while problem is None:
            seed = self.seed()
            digest = streaming.digest_of(seed, self.options.mib)
            with self.lock:
                self.tried[digest] = seed
            sender = streaming.Sender(self.broker, QUEUE, self.options.mib, seed).run()
            problem = sender.problem
            if sender.accepted:
                with self.lock:
                    self.confirmed[digest] = seed

    def run(self, seconds):
        for thread in self.threads:
            thread.start()
        time.sleep(seconds)
        self.broker.kill()
        for thread in self.threads:
            thread.join()


def bodies(broker):
    return list((broker.data / "large").glob("*.body"))


def await_bodies(broker, count):
    deadline = time.monotonic() + GONE_SECONDS
    while len(bodies(broker)) != count:
        assert time.monotonic() < deadline, f"{len(bodies(broker))} files, not {count}"
        time.sleep(0.05)


def recovered(broker):
    """How many messages the start has found."""
    line = broker.wait_for_log(r"queues with \d+ messages recovered")[-1]
    return int(line.split(" messages recovered")[0].split()[-1])


def flip_a_bit(file, offset):
    with open(file, "r+b") as content:
        content.seek(offset)
        byte = content.read(1)[0]
        content.seek(offset)
        content.write(bytes([byte ^ 4]))


def pass_over_damaged(options, work):
    """A consumer that takes one message at a time gets what lies behind one that cannot be read."""
    settings = {"http.listen": "off", "amqp.min_large_bytes": 100 * 1024}
    broker = TernBroker(work, options.ternd, stable_port(), settings, listener="auto")
    broker.amqp_port = broker.port
    with harness.running(broker):
        sender = streaming.Sender(broker, QUEUE, 1, 1).run()
        assert sender.accepted, sender.problem
        with stomp.Client(broker.port) as client:
            client.connect()
            client.sync("SEND", b"behind", destination=f"/queue/{QUEUE}", persistent="true")
        broker.kill()
        [body] = bodies(broker)
        flip_a_bit(body, MIB // 2)
        broker.start()
        with stomp.Client(broker.port) as client:
            client.connect()
            client.send("SUBSCRIBE", id="1", destination=f"/queue/{QUEUE}", ack="client",
                        activemq__prefetchSize=1)
            frame = client.expect("MESSAGE")
            assert frame.body == b"behind", frame
        assert broker.wait_for_log("a large message is not delivered: its body cannot be read")
        assert broker.stop() == 0


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--mib", type=int, default=200, help="size of a message")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print("seed", options.seed)
    luck = random.Random(options.seed)
    settings = {"amqp.max_message_bytes": (options.mib + 1) * MIB}
    total = {"tried": 0, "confirmed": 0, "found": 0}
    with amqp_broker.running(options.ternd, settings) as broker:
        for number in range(options.rounds):
            one = Round(broker, options, number * 1000)
            one.run(luck.uniform(0.5, 12))
            broker.start()
            count = recovered(broker)
            await_bodies(broker, count)
            found = []
            if count:
                receiver = streaming.Receiver(broker, QUEUE, count).run()
                assert receiver.problem is None, receiver.problem
                found = receiver.digests
            lost = set(one.confirmed) - set(found)
            strange = set(found) - set(one.tried)
            assert not lost, f"lost: {len(lost)} of {len(one.confirmed)} confirmed messages"
            assert not strange, f"{len(strange)} messages that nobody sent"
            assert len(set(found)) == len(found), "one message came twice"
            await_bodies(broker, 0)
            total["tried"] += len(one.tried)
            total["confirmed"] += len(one.confirmed)
            total["found"] += len(found)
        assert broker.stop() == 0
    print(", ".join(f"{name} {count}" for name, count in total.items()))
    assert total["tried"] > total["found"], "no message was broken off"
    with harness.scratch_for(options, "tern-large-") as work:
        pass_over_damaged(options, work)


if __name__ == "__main__":
    harness.main(run)
