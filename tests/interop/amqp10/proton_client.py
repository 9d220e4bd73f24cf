"""What the tests say to the broker by way of python3-qpid-proton."""

import uuid

from proton import PropertyDict, symbol
from proton.reactor import Container, LinkOption
from proton.utils import BlockingConnection, LinkDetached

TIMEOUT_SECONDS = 10


def unique(prefix):
    return f"{prefix}.{uuid.uuid4().hex[:12]}"


class Capability(LinkOption):
    """Says what kind of node a link's remote end is."""

    def __init__(self, *names):
        self.names = names

    def apply(self, link):
        terminus = link.source if link.is_receiver else link.target
        if len(self.names) == 1:
            terminus.capabilities.put_symbol(symbol(self.names[0]))
            return
        terminus.capabilities.put_array(False, terminus.capabilities.SYMBOL)
        terminus.capabilities.enter()
        for name in self.names:
            terminus.capabilities.put_symbol(symbol(name))
        terminus.capabilities.exit()


def remote_capabilities(link):
    terminus = link.remote_source if link.is_receiver else link.remote_target
    data = terminus.capabilities
    data.rewind()
    if not data.next():
        return []
    found = data.get_object()
    return [str(name) for name in getattr(found, "elements", [found])]


def connect(broker, **options):
    return BlockingConnection(f"amqp://127.0.0.1:{broker.amqp_port}", timeout=TIMEOUT_SECONDS,
                              **options)


def container(container_id):
    """Options of a connection that comes back as the same client."""
    made = Container()
    made.container_id = container_id
    return {"container": made}


def texts(receiver, count):
    """The bodies of the next messages, each accepted."""
    bodies = []
    for _ in range(count):
        bodies.append(receiver.receive(TIMEOUT_SECONDS).body)
        receiver.accept()
    return bodies


__all__ = ["Capability", "LinkDetached", "PropertyDict", "TIMEOUT_SECONDS", "connect",
           "container",
           "remote_capabilities", "symbol", "texts", "unique"]
