#!/usr/bin/env python3
"""How often the journal is synced, as `strace` counts it: with every send, once in each interval,
or never; and whatever it is, a broker that is killed has lost nothing."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness import stomp
from harness.broker import TernBroker

MESSAGES = 100
INTERVAL_MS = 250
QUIET_SECONDS = 1  # longer than any interval, and than filling a file ahead takes


class Traced(TernBroker):
    """Every sync of a file is a line in `traced`."""

    def __init__(self, work, ternd, strategy):
        document = work / "activemq.xml"
        document.write_text(
            '<broker xmlns="http://activemq.apache.org/schema/core"><persistenceAdapter>'
            f'<kahaDB journalDiskSyncStrategy="{strategy}" '
            f'journalDiskSyncInterval="{INTERVAL_MS}"/></persistenceAdapter></broker>')
        settings = {"journal.file_bytes": 1 << 20, "http.listen": "off", "shards": 1}
        super().__init__(work, ternd, 0, settings, listener="stomp", document=document)
        self.traced = work / "traced"

    def command(self):
        # -D: the process is the broker's, not that of strace.
        return ["strace", "-D", "-f", "-qq", "-e", "trace=fdatasync", "-o", str(self.traced),
                *super().command()]

    def syncs(self):
        text = self.traced.read_text() if self.traced.exists() else ""
        return sum("fdatasync(" in line for line in text.splitlines())

    def quiet_syncs(self):
        """Once none comes any more."""
        count = -1
        while count != self.syncs():
            count = self.syncs()
            time.sleep(QUIET_SECONDS)
        return count


def send(port, queue, count):
    """One after the other, each when the one before is confirmed. Returns how long it took."""
    with stomp.Client(port) as client:
        client.connect()
        began = time.monotonic()
        for number in range(count):
            client.sync("SEND", b"%d" % number, destination=f"/queue/{queue}", persistent="true")
        return time.monotonic() - began


def take(port):
    with stomp.Client(port) as client:
        client.connect()
        client.send("SUBSCRIBE", id="1", destination="/queue/synced", ack="auto")
        bodies = [int(client.expect("MESSAGE").body) for _ in range(MESSAGES)]
    assert bodies == list(range(MESSAGES)), bodies


def measure(options, strategy):
    work = Path(tempfile.mkdtemp(prefix="tern-sync-"))
    broker = Traced(work, options.ternd, strategy)
    try:
        broker.start()
        send(broker.port, "first", 1)  # makes files, which are synced whatever is wanted
        before = broker.quiet_syncs()
        seconds = send(broker.port, "synced", MESSAGES)
        syncs = broker.quiet_syncs() - before
        broker.kill()
        broker.start()
        take(broker.port)
        assert broker.stop() == 0
        return syncs, seconds
    except BaseException:
        harness.show_log(broker)
        raise
    finally:
        broker.close()
        shutil.rmtree(work, ignore_errors=True)


def run():
    options = harness.parser(__doc__).parse_args()
    always, _ = measure(options, "always")
    assert always >= MESSAGES, f"{always} syncs for {MESSAGES} sends"
    periodic, seconds = measure(options, "periodic")
    intervals = seconds * 1000 / INTERVAL_MS + 2
    assert 1 <= periodic <= intervals, f"{periodic} syncs in {intervals:.1f} intervals"
    never, _ = measure(options, "never")
    assert never == 0, f"{never} syncs"
    print(f"{MESSAGES} sends: {always} syncs always, {periodic} in {seconds:.1f} s with one in "
          f"{INTERVAL_MS} ms, {never} with never")


if __name__ == "__main__":
    harness.main(run)
