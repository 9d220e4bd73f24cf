#!/usr/bin/python3
"""Opens many connections that do nothing, and tells what each costs the broker."""

import selectors
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import openwire
from harness import options as harness

BATCH = 100  # connections being opened at a time
ANSWER_SECONDS = 60
KIB_PER_CONNECTION_AIM = 20
SLACK = 5


class IdleClient:
    """A client that registers its connection and then does nothing."""

    def __init__(self, port, name):
        self.name = name
        self.registered = False
        self._frames = openwire.FrameReader()
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(openwire.wire_format_info())

    def read(self):
        """Takes what has come, and answers where the handshake wants it."""
        data = self.socket.recv(65536)
        assert data, "the broker closed an idle connection"
        for kind, _ in self._frames.feed(data):
            if kind == openwire.WIRE_FORMAT_INFO:
                self.socket.sendall(openwire.connection_info(self.name))
            elif kind == openwire.RESPONSE:
                self.registered = True

    def is_open(self):
        self.socket.setblocking(False)
        try:
            return bool(self.socket.recv(65536))
        except BlockingIOError:
            return True
        except ConnectionError:
            return False


def open_batch(broker, first, count):
    """Connects `count` clients and returns them when the broker has registered each."""
    clients = [IdleClient(broker.port, f"idle-{i}") for i in range(first, first + count)]
    deadline = time.monotonic() + ANSWER_SECONDS
    with selectors.DefaultSelector() as waiting:
        for client in clients:
            waiting.register(client.socket, selectors.EVENT_READ, client)
        while waiting.get_map():
            assert time.monotonic() < deadline, "a connection was not answered in time"
            for key, _ in waiting.select(1):
                key.data.read()
                if key.data.registered:
                    waiting.unregister(key.fileobj)
    return clients


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--connections", type=int, default=5000)
    options = parser.parse_args()
    with harness.broker_for(options) as (broker, _):
        clients = open_batch(broker, 0, BATCH)  # warm-up: pools, threads, first allocations
        before = broker.rss_bytes()
        for first in range(BATCH, BATCH + options.connections, BATCH):
            clients += open_batch(broker, first, BATCH)
        each = (broker.rss_bytes() - before) / options.connections / 1024
        print(f"{len(clients)} connections, {each:.1f} KiB each "
              f"(aim: {KIB_PER_CONNECTION_AIM} KiB)")
        dropped = sum(1 for client in clients if not client.is_open())
        assert not dropped, f"{dropped} connections were dropped"
        if options.broker == "ternd":
            assert each <= SLACK * KIB_PER_CONNECTION_AIM, "an idle connection costs too much"
        for client in clients:
            client.socket.close()
        open_batch(broker, len(clients), 1)[0].socket.close()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
