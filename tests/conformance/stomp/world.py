"""What the checks are written in: `check`, and the connections and destinations of one check."""

import itertools

from harness.stomp import Client

CHECKS = []
NAMES = itertools.count(1)


def check(*statements):
    """Marks a check and the statements it stands for, as `section: requirement`."""
    def mark(function):
        CHECKS.append((function, statements))
        return function
    return mark


class World:
    """One check's connections, and destinations of its own."""

    def __init__(self, port):
        self.port = port
        self.clients = []
        self.queue = f"/queue/stomp.{next(NAMES)}"
        self.topic = f"/topic/stomp.{next(NAMES)}"

    def open(self):
        self.clients.append(Client(self.port))
        return self.clients[-1]

    def client(self, version="1.2", **headers):
        client = self.open()
        client.connect(version, **headers)
        return client

    def close(self):
        for client in self.clients:
            client.socket.close()


def ack(client, message, command="ACK", **headers):
    got = message.headers
    if client.version == "1.2":
        client.sync(command, id=got["ack"], **headers)
    elif client.version == "1.1":
        client.sync(command, **{"message-id": got["message-id"]},
                    subscription=got["subscription"], **headers)
    else:
        client.sync(command, **{"message-id": got["message-id"]}, **headers)


def subscribe(client, destination, **headers):
    client.sync("SUBSCRIBE", id="s", destination=destination, **headers)
