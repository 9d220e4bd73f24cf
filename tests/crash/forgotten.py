#!/usr/bin/env python3
"""One message is taken and never settled, and then 200 files of the journal pass by: the disk has
no more than four files beside what waits, all the time; and the message is there after a kill."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness import stomp

from churn import disk_bytes, files_of

FILE_BYTES = 1 << 20
FILES = 4
BODY = b"." * 10_000
ROUND = 50  # messages, half a file
# What tells where the message lies, and of a segment that there is little in it.
SPARE_BYTES = 64 * 1024
SETTLE_SECONDS = 20


def passed(broker):
    """The highest number of a file: they are never given again."""
    names = [file.stem for file in (broker.data / "journal").glob("*.log")]
    return max(map(int, names), default=0)


def take_one(port, prefetch):
    """A consumer that has the message and says nothing of it."""
    client = stomp.Client(port)
    client.connect()
    client.send("SUBSCRIBE", id="1", destination="/queue/kept", ack="client-individual",
                activemq__prefetchSize=prefetch)
    frame = client.expect("MESSAGE")
    assert frame.body == b"forgotten", frame
    return client


def look(broker, live):
    """Files beside what waits, once they are what they may be; moving and removing goes on."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        beside = disk_bytes(broker.data) - live - SPARE_BYTES
        if beside <= FILES * FILE_BYTES:
            return beside / FILE_BYTES
        assert time.monotonic() < deadline, (
            f"{beside / FILE_BYTES:.2f} files beside what waits: {files_of(broker.data)}")
        time.sleep(0.05)


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--files", type=int, default=200, help="that pass by")
    options = parser.parse_args()
    settings = {"journal.file_bytes": FILE_BYTES, "segment.bytes": FILE_BYTES}
    with harness.broker_for(options, restarts=True, settings=settings, listener="stomp",
                            with_java=False) as (broker, _):
        producer = stomp.Client(broker.port)
        producer.connect()
        consumer = stomp.Client(broker.port)
        consumer.connect()
        producer.sync("SEND", b"forgotten", destination="/queue/kept", persistent="true")
        holder = take_one(broker.port, 1)
        consumer.send("SUBSCRIBE", id="1", destination="/queue/kept", ack="client")
        worst = 0.0
        while passed(broker) < options.files:
            for number in range(ROUND):
                send = producer.sync if number == ROUND - 1 else producer.send
                send("SEND", BODY, destination="/queue/kept", persistent="true")
            worst = max(worst, look(broker, ROUND * len(BODY)))
            for _ in range(ROUND):
                frame = consumer.expect("MESSAGE")
            # A commit is safe when its receipt comes; an ACK's own says only that it was heard.
            consumer.send("BEGIN", transaction="t")
            consumer.send("ACK", id=frame.headers["ack"], transaction="t")
            consumer.sync("COMMIT", transaction="t")
            worst = max(worst, look(broker, 0))
        print(f"{passed(broker)} files have passed by; the disk had at most {worst:.2f} files "
              "beside what waited")
        broker.kill()
        broker.start()
        for client in (holder, consumer, producer):
            client.socket.close()
        with take_one(broker.port, 10) as holder:
            holder.send("SEND", b"last", destination="/queue/kept", persistent="true")
            frame = holder.expect("MESSAGE")
            assert frame.body == b"last", "something came back that had been accepted"
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
