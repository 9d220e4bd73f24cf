"""A broker with a port for AMQP 1.0, and those for OpenWire and AMQP 0-9-1."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from harness.broker import TernBroker, stable_port
from harness.options import show_log


class AmqpBroker(TernBroker):
    """Ports are known once the broker has started."""

    amqp_port = 0
    amqp091_port = 0
    amqps_port = None  # with TLS, if there are certificates

    def command(self):
        secure = ["--listen", "amqp10+ssl=127.0.0.1:0"] if "tls.key" in self.settings else []
        return [*super().command(), "--listen", f"amqp10=127.0.0.1:{self.amqp_port}",
                "--listen", f"amqp091=127.0.0.1:{self.amqp091_port}", *secure]

    def _parse_ready(self, line):
        addresses = dict(word.partition("=")[::2] for word in line.split()[1:])
        self.amqp_port = int(addresses["amqp10"].rpartition(":")[2])
        self.amqp091_port = int(addresses["amqp091"].rpartition(":")[2])
        if "amqp10+ssl" in addresses:
            self.amqps_port = int(addresses["amqp10+ssl"].rpartition(":")[2])
        return int(addresses["openwire"].rpartition(":")[2])


SCHEDULER = """<broker xmlns="http://activemq.apache.org/schema/core" schedulerSupport="true"/>"""


@contextlib.contextmanager
def running(ternd, settings=None, document=None, files=None):
    """`document`: the text of an activemq.xml. `files`: the texts of those beside it, by name."""
    work = Path(tempfile.mkdtemp(prefix="tern-amqp-"))
    path = None
    if document is not None:
        path = work / "activemq.xml"
        path.write_text(document)
        for name, text in (files or {}).items():
            (work / name).write_text(text)
    broker = AmqpBroker(work, ternd, stable_port(), settings, document=path)
    broker.amqp_port, broker.amqp091_port = stable_port(), stable_port()
    failed = True
    try:
        broker.start()
        yield broker
        failed = False
    finally:
        broker.close()
        if failed:
            show_log(broker)
        shutil.rmtree(work, ignore_errors=True)
