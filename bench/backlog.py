#!/usr/bin/env python3
"""Ten million messages wait (or a hundred: --messages): what they cost in memory, how soon after a
kill the first one comes, and how quickly messages are sent and taken, beside a broker on which
nothing waits."""

import socket
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from harness import options as harness

MIB = 1 << 20
BODY = b"." * 100
CHUNK = 2000
PREFETCH = 2000
FIRST_SECONDS_MAX = 2
RSS_MIB_MAX = {10_000_000: 300, 100_000_000: 1024}  # with so many messages
ROUNDS = 5
DRAIN_WANTED = 0.5
PUBLISH_WANTED = 0.9


class Stomp:
    """So little of STOMP 1.2 that the broker, not this program, is what takes time."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(b"CONNECT\naccept-version:1.2\nhost:x\nheart-beat:0,0\n\n\0")
        assert self.socket.recv(1 << 16).startswith(b"CONNECTED")

    def send(self, queue, headers):
        """One message, with these lines of headers, is safe."""
        self.socket.sendall(b"SEND\ndestination:/queue/%s\npersistent:true\nreceipt:r\n%s\n%s\0"
                            % (queue, headers, BODY))
        data = self.socket.recv(1 << 16)
        assert data.startswith(b"RECEIPT"), data

    def publish(self, queue, count, size=len(BODY)):
        """Returns messages per second when all are safe; two chunks are under way at a time."""
        body = b"." * size
        frame = b"SEND\ndestination:/queue/%s\npersistent:true\n%s\n" + body + b"\0"
        chunk = frame % (queue, b"") * (CHUNK - 1) + frame % (queue, b"receipt:r\n")
        began = time.monotonic()
        chunks = count // CHUNK
        sent = confirmed = 0
        while confirmed < chunks:
            while sent < chunks and sent - confirmed < 2:
                self.socket.sendall(chunk)
                sent += 1
            data = self.socket.recv(1 << 16)
            assert data and b"ERROR" not in data, data
            confirmed += data.count(b"\0")
        return count / (time.monotonic() - began)

    def take(self, queue, count, prefetch=PREFETCH, headers=b""):
        """Takes and accepts so many. Returns the seconds to the first, and messages per second."""
        began = time.monotonic()
        self.socket.sendall(b"SUBSCRIBE\nid:1\ndestination:/queue/%s\nack:client\n"
                            b"activemq.prefetchSize:%d\n%s\n\0" % (queue, prefetch, headers))
        first = None
        taken = unacknowledged = 0
        rest = b""
        while taken < count:
            data = self.socket.recv(1 << 20)
            assert data, "the broker closed the connection"
            first = first or time.monotonic() - began
            data = rest + data
            end = data.rfind(b"\0") + 1
            rest = data[end:]
            came = data.count(b"\0", 0, end)
            taken += came
            unacknowledged += came
            if unacknowledged < prefetch // 4 and taken < count:
                continue
            at = data.rfind(b"\nack:", 0, end)
            if at < 0:
                continue
            self.socket.sendall(b"ACK\nid:" + data[at + 5:data.index(b"\n", at + 5)] + b"\n\n\0")
            unacknowledged = 0
        rate = count / (time.monotonic() - began)
        self.socket.sendall(b"UNSUBSCRIBE\nid:1\nreceipt:u\n\n\0")
        while b"RECEIPT" not in rest:
            rest += self.socket.recv(1 << 20)
        return first, rate


def mib_in(folder):
    return sum(file.stat().st_size for file in folder.iterdir()) / MIB if folder.exists() else 0


def run():
    parser = harness.parser(__doc__)
    parser.set_defaults(ternd=str(ROOT / "build" / "release" / "bin" / "ternd"))
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int, default=500_000, help="messages of a measurement")
    parser.add_argument("--in-memory", type=int, default=100_000)
    options = parser.parse_args()
    rss_mib_max = min(most for count, most in RSS_MIB_MAX.items() if options.messages <= count)
    failed = []

    def say(what, value, unit, good=True):
        print(f"{what:52}{value:12.2f} {unit}{'' if good else '  MISSED'}", flush=True)
        if not good:
            failed.append(what)

    def new_broker():
        return harness.broker_for(options, restarts=True, listener="stomp", with_java=False)

    with new_broker() as (broker, _), new_broker() as (other, _):
        beside = Stomp(other.port)
        # The first rounds of a process are slower than all others.
        beside.publish(b"warm", options.sample)
        beside.take(b"warm", options.sample)
        in_memory = []
        for _ in range(3):
            beside.publish(b"memory", options.in_memory)
            in_memory.append(beside.take(b"memory", options.in_memory)[1])
        say("taken from memory", statistics.median(in_memory), "/s")
        client = Stomp(broker.port)
        say(f"{options.messages} sent", client.publish(b"deep", options.messages), "/s")
        rss = broker.rss_bytes() / MIB
        say("memory", rss, "MiB", rss <= rss_mib_max)
        say("disk", mib_in(broker.data / "journal") + mib_in(broker.data / "segments"), "MiB")
        ratios = []
        for number in range(ROUNDS):
            name = b"round%d" % number
            rates = []
            for one in (client, beside) if number % 2 else (beside, client):
                rates.append(one.publish(name, options.sample))
                one.take(name, options.sample)
            behind, empty = rates if number % 2 else reversed(rates)
            print(f"  round {number}: {behind:.0f}/s beside them, {empty:.0f}/s alone", flush=True)
            ratios.append(behind / empty)
        ratio = statistics.median(ratios)
        say("sent while they wait, of the rate when nothing does", ratio, "",
            ratio >= PUBLISH_WANTED)
        assert other.stop() == 0
        broker.kill()
        broker.start()
        say("kill -9 to ready", broker.start_seconds, "s")
        say("memory then", broker.rss_bytes() / MIB, "MiB")
        client = Stomp(broker.port)
        first, rate = client.take(b"deep", options.messages)
        seconds = broker.start_seconds + first
        say("to the first message", seconds, "s", seconds <= FIRST_SECONDS_MAX)
        say("all taken", rate, "/s")
        ratio = rate / statistics.median(in_memory)
        say("of the rate from memory", ratio, "", ratio >= DRAIN_WANTED)
        rss = broker.rss_bytes() / MIB
        say("memory", rss, "MiB", rss <= rss_mib_max)
        assert broker.stop() == 0
    assert not failed, f"missed: {', '.join(failed)}"


if __name__ == "__main__":
    harness.main(run)
