#!/usr/bin/env python3
"""Queues grow and shrink at random, some messages are held for long: the store takes no more of the
disk than twice what waits and a few files of the journal."""

import collections
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness import stomp

MIB = 1 << 20
FILE_BYTES = 8 * MIB
# The one that is written, the one before it, and one whose messages are being moved with one that
# is made ahead, or two of these.
FILES = 4
QUEUES = 6
PREFETCH = 1000
LIVE_MAX = 96 * MIB
HELD_MAX = 200  # of each consumer
SIZES = (100, 100, 1000, 1000, 10_000, 60_000)
# Moving and removing files goes on in the background: so long after it heard of the last change the
# broker is done with it. As the cleanup interval that ActiveMQ has.
CLEANUP_SECONDS = 30
REST_SECONDS = 120
# A message that waits is its body and what the store's format needs to find it again: the fixed
# head of a stored message and its entry of the index (docs/formats/message.md and segments.md).
# Names and ids, which are stored as well, are not counted.
HEAD_BYTES = 42 + 32
# For an answer: that the broker is quick is not what this is about.
PATIENCE_SECONDS = 900


class Queue:
    """A queue with its consumer, and what is on it."""

    def __init__(self, port, name, dice):
        self.destination = f"/queue/{name}"
        self.dice = dice
        self.client = stomp.Client(port)
        self.client.connect()
        self.client.socket.settimeout(PATIENCE_SECONDS)
        self.client.send("SUBSCRIBE", id="1", destination=self.destination,
                         ack="client-individual", activemq__prefetchSize=PREFETCH)
        self.inbox = collections.deque()  # messages that came before somebody asked for them
        self.waiting = []  # bytes of the body of each that has not come
        self.came = []  # of each that has, with what accepts it
        self.held = []  # of those, the ones that are kept for long
        self.accepted = []  # what the broker is to be told next

    def live(self):
        sizes = self.waiting + [size for size, _ in self.came + self.held]
        return sum(sizes) + HEAD_BYTES * len(sizes)

    def send(self, producer, count, size):
        body = self.dice.randbytes(size)
        for number in range(count):
            send = producer.sync if number == count - 1 else producer.send
            send("SEND", body, destination=self.destination, persistent="true",
                 content_length=size)
            self.waiting.append(size)

    def take(self, count):
        """Accepts some of what has come; now and then one is held, and lets another go."""
        room = PREFETCH - len(self.came) - len(self.held)
        for _ in range(min(count, len(self.waiting), room)):
            frame = self.inbox.popleft() if self.inbox else self.client.expect("MESSAGE")
            size = self.waiting.pop(0)
            assert len(frame.body) == size, "another message came"
            self.came.append((size, frame.headers["ack"]))
        self.dice.shuffle(self.came)
        for size, ack in self.came[:count]:
            if len(self.held) < HELD_MAX and self.dice.random() < 0.01:
                self.held.append((size, ack))
                continue
            self.accept(ack)
        del self.came[:count]
        if self.held and self.dice.random() < 0.1:
            self.accept(self.held.pop(self.dice.randrange(len(self.held)))[1])
        self.confirm()

    def accept(self, ack):
        self.accepted.append(ack)

    def confirm(self):
        """Until the broker has said that it knows what was accepted, that waits there."""
        if not self.accepted:
            return
        last = self.accepted.pop()
        for ack in self.accepted:
            self.client.send("ACK", id=ack)
        self.client.send("ACK", id=last, receipt="known")
        while (frame := self.client.frame()).command == "MESSAGE":
            self.inbox.append(frame)
        assert frame.headers.get("receipt-id") == "known", frame
        self.accepted.clear()

    def accept_all(self):
        """Returns how many were left."""
        left = len(self.waiting) + len(self.came) + len(self.held)
        while self.waiting or self.came or self.held:
            self.take(200)
            for _, ack in self.held:
                self.accept(ack)
            self.held.clear()
            self.confirm()
        return left


def files_of(data):
    """Bytes by name. A file that gets another name meanwhile is one all the same."""
    found = {}
    for folder in ("journal", "segments"):
        for file in data.joinpath(folder).glob("*"):
            try:
                about = file.stat()
            except FileNotFoundError:
                continue  # given up meanwhile
            found[about.st_ino] = (f"{folder}/{file.name}", about.st_size)
    return dict(found.values())


def disk_bytes(data):
    return sum(files_of(data).values())


class Churn:
    def __init__(self, broker, dice):
        self.broker, self.dice = broker, dice
        self.producer = stomp.Client(broker.port)
        self.producer.connect()
        self.producer.socket.settimeout(PATIENCE_SECONDS)
        self.queues = [Queue(broker.port, f"churn-{number}", dice) for number in range(QUEUES)]
        self.growing = True
        self.sent = 0
        self.worst = 0.0  # files beside twice what waited, right after a step
        self.steps = 0
        self.late = 0  # steps after which there was more, for a moment
        self.longest = 0.0  # seconds

    def live(self):
        return sum(queue.live() for queue in self.queues)

    def step(self):
        queue = self.dice.choice(self.queues)
        if self.dice.random() < (0.6 if self.growing else 0.25):
            count = self.dice.randint(1, 300)
            size = self.dice.choice(SIZES)
            count = max(1, min(count, 4 * MIB // size))
            queue.send(self.producer, count, size)
            self.sent += count
        else:
            queue.take(self.dice.randint(1, 200))
        live = self.live()
        if live > LIVE_MAX:
            self.growing = False
        elif live < LIVE_MAX * self.dice.random() / 4:
            self.growing = True

    def check(self, seconds=CLEANUP_SECONDS):
        """Nothing is sent or accepted meanwhile: what is on the disk comes down to what is allowed
        for what waits now."""
        live = self.live()
        allowed = 2 * live + FILES * FILE_BYTES
        begin = time.monotonic()
        used = disk_bytes(self.broker.data)
        self.steps += 1
        self.worst = max(self.worst, (used - 2 * live) / FILE_BYTES)
        if used <= allowed:
            return
        while used > allowed and time.monotonic() < begin + seconds:
            time.sleep(0.01)
            used = disk_bytes(self.broker.data)
        self.late += 1
        self.longest = max(self.longest, time.monotonic() - begin)
        assert used <= allowed, (f"{used / MIB:.1f} MiB on disk for {live / MIB:.1f} that wait; "
                                 f"{allowed / MIB:.1f} are allowed: {files_of(self.broker.data)}")


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    settings = {"journal.file_bytes": FILE_BYTES, "segment.bytes": FILE_BYTES,
                "queue.memory_bytes": MIB}
    with harness.broker_for(options, settings=settings, listener="stomp",
                            with_java=False) as (broker, _):
        churn = Churn(broker, dice)
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            churn.step()
            churn.check()
        left = sum(queue.accept_all() for queue in churn.queues)
        churn.check(REST_SECONDS)
        print(f"{churn.sent} messages in {options.seconds} s, {left} of them at the end; after "
              f"{churn.late} of {churn.steps} steps the disk had more than {FILES} files and twice "
              f"what waited, at most {churn.worst:.2f} files, for {churn.longest:.2f} s at most")
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
