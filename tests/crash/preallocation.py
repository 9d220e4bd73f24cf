#!/usr/bin/env python3
"""Whatever the document says of making journal files ahead and of cleaning up at the end: files
have their whole length and all their blocks before they are written to, what nobody needs is gone
after a stop, and the log says once that the settings have no effect, and why."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness import stomp
from harness.broker import TernBroker, stable_port

FILE_BYTES = 1 << 20
FILES_LEFT = 4
BODY = b"." * 10_000
SECONDS = 60
WITHOUT_EFFECT = {"preallocationScope": "none", "preallocationStrategy": "sparse_file",
                  "cleanupOnStop": "false"}


def journal(broker):
    return {file: file.stat() for file in (broker.data / "journal").glob("*.log")}


def await_file_ahead(broker):
    """A file of the journal that was never begun: it has no header yet."""
    deadline = time.monotonic() + SECONDS
    while True:
        for file, about in journal(broker).items():
            if file.read_bytes()[:8] == bytes(8):
                return file, about
        assert time.monotonic() < deadline, f"no file is made ahead: {journal(broker)}"
        time.sleep(0.05)


def pass_through(port, count):
    with stomp.Client(port) as client:
        client.connect()
        for number in range(count):
            put = client.sync if number == count - 1 else client.send
            put("SEND", BODY, destination="/queue/q", persistent="true")
        client.send("SUBSCRIBE", id="1", destination="/queue/q", ack="client")
        frames = [client.expect("MESSAGE") for _ in range(count)]
        client.send("BEGIN", transaction="t")
        client.send("ACK", id=frames[-1].headers["ack"], transaction="t")
        client.sync("COMMIT", transaction="t")


def run_in(options, work):
    document = work / "activemq.xml"
    attributes = " ".join(f'{name}="{value}"' for name, value in WITHOUT_EFFECT.items())
    document.write_text('<broker xmlns="http://activemq.apache.org/schema/core">'
                        f'<persistenceAdapter><kahaDB journalMaxFileLength="{FILE_BYTES}" '
                        f'{attributes}/></persistenceAdapter></broker>')
    broker = TernBroker(work, options.ternd, stable_port(), {"http.listen": "off"},
                        listener="stomp", document=document)
    with harness.running(broker):
        for name in WITHOUT_EFFECT:
            lines = broker.wait_for_log(f"without effect: .*kahaDB@{name}: .+")
            assert len(lines) == 1, (name, lines)
        pass_through(broker.port, 10)
        file, about = await_file_ahead(broker)
        assert about.st_size == FILE_BYTES, (file, about)
        assert about.st_blocks * 512 >= FILE_BYTES, f"{file} has holes: {about.st_blocks} blocks"
        for _ in range(10):
            pass_through(broker.port, 100)
        assert broker.stop() == 0
        assert len(journal(broker)) <= FILES_LEFT, sorted(journal(broker))


def run():
    options = harness.parser(__doc__).parse_args()
    with harness.scratch_for(options, "tern-preallocation-") as work:
        run_in(options, work)


if __name__ == "__main__":
    harness.main(run)
