"""A broker with a port for AMQP 1.0 beside the one for OpenWire."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from harness.broker import TernBroker
from harness.options import show_log


class AmqpBroker(TernBroker):
    """`amqp_port` is known once the broker has started."""

    amqp_port = 0

    def command(self):
        return super().command() + ["--listen", f"amqp10=127.0.0.1:{self.amqp_port}"]

    def _parse_ready(self, line):
        addresses = dict(word.partition("=")[::2] for word in line.split()[1:])
        self.amqp_port = int(addresses["amqp10"].rpartition(":")[2])
        return int(addresses["openwire"].rpartition(":")[2])


@contextlib.contextmanager
def running(ternd, settings=None):
    work = Path(tempfile.mkdtemp(prefix="tern-amqp-"))
    broker = AmqpBroker(work, ternd, settings=settings)
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
