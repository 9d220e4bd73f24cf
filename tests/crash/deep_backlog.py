#!/usr/bin/python3
"""Lets many messages wait, kills the broker, and takes them all: memory, start, order, disk."""

import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness

BODY_BYTES = 100
CHUNK = 2000  # messages sent without looking for the receipt
MIB = 1 << 20
# What a backlog may cost in memory, however deep: docs/adr/0010.
RSS_MIB_MAX = 300
DISK_FILES_SPARE = 5  # of the journal, when nothing waits any more


class Stomp:
    """As much of STOMP 1.2 as this needs: what it publishes and takes are numbers."""

    def __init__(self, port, destination=b"/queue/deep", client_id=b"", subscription=b""):
        """`subscription`: further headers of it."""
        self.destination = destination
        self.subscription = subscription
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.rest = b""
        named = b"client-id:%s\n" % client_id if client_id else b""
        self.socket.sendall(b"CONNECT\naccept-version:1.2\nhost:x\nheart-beat:0,0\n%s\n\0" % named)
        assert self.frames()[0].startswith(b"CONNECTED")

    def frames(self):
        """The next frames, at least one."""
        while True:
            data = self.socket.recv(1 << 18)
            assert data, "the broker closed the connection"
            *frames, self.rest = (self.rest + data).split(b"\0")
            frames = [frame.lstrip(b"\n") for frame in frames]
            if frames:
                return frames

    def publish(self, first, count):
        """Returns when the last of them is safe."""
        frames = []
        for number in range(first, first + count):
            last = b"receipt:r\n" if number == first + count - 1 else b""
            body = b"%d" % number
            frames.append(b"SEND\ndestination:" + self.destination + b"\npersistent:true\n" + last
                          + b"\n" + body.ljust(BODY_BYTES, b".") + b"\0")
        self.socket.sendall(b"".join(frames))
        assert self.frames()[0].startswith(b"RECEIPT")

    def subscribe(self):
        """Returns when the broker has got it."""
        self.socket.sendall(b"SUBSCRIBE\nid:1\ndestination:%s\nack:client\n%sreceipt:s\n"
                            b"activemq.prefetchSize:2000\n\n\0"
                            % (self.destination, self.subscription))
        frames = self.frames()
        assert frames.pop(0).startswith(b"RECEIPT")
        self.rest = b"".join(frame + b"\0" for frame in frames) + self.rest

    def take(self, count):
        """Yields the numbers of `count` messages, accepting each when the next are asked for."""
        while count > 0:
            frame = b""
            for frame in self.frames():
                yield int(frame.rsplit(b"\n", 1)[1].rstrip(b"."))
                count -= 1
            ack = next(line for line in frame.split(b"\n") if line.startswith(b"ack:"))
            self.socket.sendall(b"ACK\nid:" + ack[4:] + b"\n\n\0")


def disk_bytes(broker, folder):
    path = broker.data / folder
    return sum(file.stat().st_size for file in path.iterdir()) if path.exists() else 0


def files(broker, folder):
    path = broker.data / folder
    return len(list(path.iterdir())) if path.exists() else 0


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    options = parser.parse_args()
    settings = {"journal.file_bytes": 4 * MIB, "segment.bytes": 4 * MIB}
    if options.messages > 2_000_000:
        settings = {}
    with harness.broker_for(options, restarts=True, settings=settings, listener="stomp",
                            with_java=False) as (broker, _):
        client = Stomp(broker.port)
        empty = broker.rss_bytes()
        began = time.monotonic()
        for first in range(0, options.messages, CHUNK):
            client.publish(first, min(CHUNK, options.messages - first))
        rate = options.messages / (time.monotonic() - began)
        grown = broker.rss_bytes()
        print(f"{options.messages} messages wait: {rate:.0f}/s, {empty / MIB:.0f} to "
              f"{grown / MIB:.0f} MiB in memory, journal {disk_bytes(broker, 'journal') / MIB:.0f} "
              f"MiB in {files(broker, 'journal')} files, segments "
              f"{disk_bytes(broker, 'segments') / MIB:.0f} MiB", flush=True)
        assert grown < RSS_MIB_MAX * MIB, "too much memory"
        assert files(broker, "journal") <= DISK_FILES_SPARE, "the journal keeps what waits"
        broker.kill()
        broker.start()
        began = time.monotonic()
        expected = 0
        consumer = Stomp(broker.port)
        consumer.subscribe()
        for number in consumer.take(options.messages):
            if expected == 0:
                print(f"restart to ready {broker.start_seconds:.3f} s, to the first message "
                      f"{broker.start_seconds + time.monotonic() - began:.3f} s", flush=True)
                began = time.monotonic()
            assert number == expected, f"message {number} came instead of {expected}"
            expected += 1
        rate = options.messages / (time.monotonic() - began)
        print(f"all taken in order: {rate:.0f}/s, {broker.rss_bytes() / MIB:.0f} MiB in memory")
        assert broker.rss_bytes() < RSS_MIB_MAX * MIB, "too much memory"
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"
        assert files(broker, "segments") <= 1, "segments are left for an empty queue"


if __name__ == "__main__":
    harness.main(run)
