"""What the checks are written in: `check`, and the connections and topics of one check."""

import itertools

from harness.mqtt import Client

CHECKS = []
NAMES = itertools.count(1)


def check(*versions, guarded=False):
    """Marks a check and the versions it is run in: 3 (of 3.1), 4 (of 3.1.1) and 5; all if none.
    `guarded`: the broker has users with rights."""
    def mark(function):
        CHECKS.append((function, versions or (3, 4, 5), guarded))
        return function
    return mark


class World:
    """One check in one version."""

    def __init__(self, port, version):
        self.port = port
        self.version = version
        self.five = version == 5
        self.clients = []
        self.name = f"check{next(NAMES)}v{version}"
        self.topic = f"mqtt/{self.name}"

    def open(self):
        """A connection that has sent nothing yet."""
        self.clients.append(Client(self.port, self.version))
        return self.clients[-1]

    def client(self, client_id="", clean=True, **more):
        client = self.open()
        client.connack = client.connect(client_id, clean, **more)
        return client

    def lasting(self, client_id=None, **more):
        """A client whose session outlives its connections."""
        if self.five:
            more.setdefault("session_expiry_interval", 1000)
        return self.client(client_id or self.name, clean=False, **more)

    def refused(self, packet, *codes):
        """A first packet that ends the connection, with one of these codes or without a word."""
        client = self.open()
        client.raw(packet(client) if callable(packet) else packet)
        if codes:
            answer = client.expect("connack")
            assert answer.code in codes and not answer.session_present, answer
        client.expect_closed()

    def breaks(self, packet, *reasons, **more):
        """A packet that ends a connection, in version 5 with one of these reasons."""
        client = self.client(**more)
        client.raw(packet)
        client.expect_closed(*reasons)

    def retained(self, options=1):
        """What a new subscription to `topic` and below is sent because it is retained, up to a
        marker whose name comes last. What was published just before may come as well."""
        marker = self.topic + "/~"
        self.client().publish(marker, "end", 1, retain=True)
        reader, messages = self.client(), []
        reader.subscribe((self.topic + "/#", options))
        while not (message := reader.receive()).retain or message.topic != marker:
            messages.append(message)
        return [message for message in messages if message.retain]

    def close(self):
        for client in self.clients:
            client.socket.close()
