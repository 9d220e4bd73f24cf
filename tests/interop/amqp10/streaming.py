"""Messages that are never whole in this process either, by python3-qpid-proton's own streaming."""

import hashlib
import random
import struct

from proton import Delivery, Handler
from proton.reactor import Container

BLOCK_BYTES = 1024 * 1024
AHEAD_BYTES = 2 * BLOCK_BYTES
DURABLE = b"\x00\x53\x70\xc0\x02\x01\x41"  # a header
DATA = b"\x00\x53\x75\xb0"
HEAD_BYTES_MAX = 1024
TICK_SECONDS = 0.002


def block_of(seed):
    """Without a seed: zeros, which are nothing in an archive."""
    return bytes(BLOCK_BYTES) if seed is None else random.Random(seed).randbytes(BLOCK_BYTES)


def digest_of(seed, mib):
    """Of the content that `Sender` sends."""
    digest, block = hashlib.sha256(), block_of(seed)
    for number in range(mib):
        digest.update(struct.pack(">I", number) + block[4:])
    return digest.hexdigest()


class Peer(Handler):
    """One connection with one link, until `done`."""

    def __init__(self, broker, address):
        super().__init__()
        self.url = f"amqp://127.0.0.1:{broker.amqp_port}"
        self.address = address
        self.problem = None

    def run(self):
        Container(self).run()
        return self

    def on_reactor_init(self, event):
        self.container = event.container
        self.connection = self.container.connect(self.url, reconnect=False, heartbeat=60)
        self.link = self.attach()

    def attach(self):
        raise NotImplementedError

    def done(self, problem=None):
        self.problem = self.problem or problem
        self.connection.close()

    def on_link_remote_close(self, event):
        self.done(f"the link was closed: {event.link.remote_condition}")

    def on_transport_error(self, event):
        self.done(f"the connection broke: {event.transport.condition}")

    def on_transport_tail_closed(self, _):
        if self.problem is None and not self.finished():
            self.done("the connection ended early")

    def finished(self):
        raise NotImplementedError


class Sender(Peer):
    """Sends one message of `mib` MiB; breaks it off after `abort_at` of them, if given."""

    def __init__(self, broker, address, mib, seed=1, abort_at=None):
        super().__init__(broker, address)
        self.mib, self.abort_at = mib, abort_at
        self.block = block_of(seed)
        self.sent = 0
        self.delivery = None
        self.outcome = None
        self.aborted = False

    def attach(self):
        return self.container.create_sender(self.connection, self.address)

    def finished(self):
        return self.outcome is not None or self.aborted

    def on_link_flow(self, _):
        if self.delivery is None and self.link.credit > 0:
            self.delivery = self.link.delivery(self.link.delivery_tag())
            self.link.stream(DURABLE + DATA + struct.pack(">I", self.mib * BLOCK_BYTES))
            self.container.schedule(0, self)

    def on_timer_task(self, _):
        while self.sent < self.mib and self.link.session.outgoing_bytes < AHEAD_BYTES:
            if self.sent == self.abort_at:
                self.aborted = True
                self.delivery.abort()
                self.done()
                return
            self.link.stream(struct.pack(">I", self.sent) + self.block[4:])
            self.sent += 1
        if self.sent == self.mib:
            self.link.advance()
        elif not self.problem:
            self.container.schedule(TICK_SECONDS, self)

    def on_delivery(self, event):
        delivery = event.delivery
        if delivery.updated and delivery.remote_state:
            self.outcome = delivery.remote_state
            delivery.settle()
            self.done()

    @property
    def accepted(self):
        return self.outcome == Delivery.ACCEPTED


class Receiver(Peer):
    """Receives `count` messages and accepts them."""

    def __init__(self, broker, address, count=1):
        super().__init__(broker, address)
        self.left = count
        self.head = b""
        self.digest = None
        self.digests = []
        self.redelivered = []

    def attach(self):
        link = self.container.create_receiver(self.connection, self.address)
        link.flow(self.left)
        return link

    def finished(self):
        return self.left == 0

    def on_delivery(self, event):
        # Events may be of one that waits behind it.
        while self.left and self.take_current(event.link):
            pass

    def take_current(self, link):
        """What has come of the first delivery; True when that was all of it."""
        delivery = link.current
        if delivery is None:
            return False
        while delivery.pending:
            self.take(link.recv(min(delivery.pending, BLOCK_BYTES)))
        if delivery.partial:
            return False
        assert self.digest is not None, self.head
        assert self.missing == 0, self.missing
        self.digests.append(self.digest.hexdigest())
        self.head, self.digest = b"", None
        delivery.update(Delivery.ACCEPTED)
        delivery.settle()  # which goes on to the next one
        self.left -= 1
        if self.left == 0:
            self.done()
        return True

    def take(self, data):
        if self.digest is None:
            self.head += data
            at = self.head.find(DATA)
            if at < 0 or len(self.head) < at + 8:
                assert len(self.head) < HEAD_BYTES_MAX, self.head
                return
            self.missing = struct.unpack(">I", self.head[at + 4:at + 8])[0]
            self.digest = hashlib.sha256()
            data = self.head[at + 8:]
        self.digest.update(data)
        self.missing -= len(data)
