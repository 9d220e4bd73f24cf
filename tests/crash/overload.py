#!/usr/bin/python3
"""Producers at full speed, consumers that cannot keep up, and a limit of memory: the broker stays
within it and nothing is lost. By default so many messages; with --seconds for so long."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop" / "admin"))

from api import Api
from harness import options as harness

# What the process has besides messages: itself, buffers of sockets and of the journal, and what
# the allocator keeps.
CONSTANT_MIB = 128
# What may be on disk above the limit: messages leave the journal for segments a file at a time,
# and are in both until all of it is done; and of a small limit, files of the journal that wait to
# be used again are no part.
STORE_CONSTANT_MIB = 96
UNLIMITED_MIB = 102_400
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">
  <systemUsage><systemUsage>
    <memoryUsage><memoryUsage limit="{memory} mb"/></memoryUsage>
    <storeUsage><storeUsage limit="{store} mb"/></storeUsage>
  </systemUsage></systemUsage>
</broker>
"""


class Watch:
    """Looks at the broker's memory and files, and at what its health names, until told to stop."""

    def __init__(self, broker):
        self.broker = broker
        self.memory = 0
        self.disk = 0
        self.named = set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self):
        while not self.over.wait(0.05):
            self.memory = max(self.memory, self.broker.rss_bytes())
            self.disk = max(self.disk, bytes_below(self.broker.data))
            if self.broker.http_port:
                findings = Api(self.broker.http_port).get("health")["findings"]
                self.named |= {one["id"] for one in findings}

    def stop(self):
        self.over.set()
        self.thread.join()


def bytes_below(folder):
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.stat(os.path.join(where, name)).st_size
    return total


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--producers", type=int, default=50)
    parser.add_argument("--consumers", type=int, default=5)
    parser.add_argument("--body", type=int, default=8192)
    parser.add_argument("--share", type=int, default=10,
                        help="consumers take one of so many, and have to get half of that; 1: as "
                             "fast as they can")
    parser.add_argument("--transient", action="store_true", help="messages are not persistent")
    parser.add_argument("--memory-mib", type=int, default=64)
    parser.add_argument("--store-mib", type=int, default=UNLIMITED_MIB)
    parser.add_argument("--disk-mib", type=int, default=0, metavar="MIB",
                        help="a file system of that size for the broker's data")
    options = parser.parse_args()
    with small_disk(options.disk_mib), tempfile.NamedTemporaryFile("w", suffix=".xml") as document:
        document.write(DOCUMENT.format(memory=options.memory_mib, store=options.store_mib))
        document.flush()
        overload(options, Path(document.name))


@contextlib.contextmanager
def small_disk(mib):
    """What is temporary lies on a disk of that size meanwhile."""
    if mib == 0:
        yield
        return
    if os.geteuid() != 0:
        command = ["unshare", "--map-root-user", "--mount", sys.executable, "-B", *sys.argv]
        os.execvp(command[0], command)
    with tempfile.TemporaryDirectory(prefix="tern-disk-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tern-test", folder],
                       check=True)
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = None
            subprocess.run(["umount", folder], check=True)


def overload(options, document):
    settings = {"http.listen": "127.0.0.1:0"}
    with harness.broker_for(options, document=document, settings=settings) as (broker, java):
        watch = Watch(broker)
        messages = 0 if options.seconds else options.messages
        command = java.command("crash.load.Overload", broker.url, options.producers,
                               options.consumers, messages, options.seconds, options.body,
                               options.share, "transient" if options.transient else "persistent",
                               heap_mib=512)
        try:
            load = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        finally:
            watch.stop()
        print(load.stdout, end="")
        assert load.returncode == 0, "messages were lost or came twice, see above"
        print(f"at most {watch.memory >> 20} MiB in memory, limit {options.memory_mib} MiB for"
              f" messages; {watch.disk >> 20} MiB in files")
        if options.broker == "ternd":
            judge(options, broker, watch, load.stdout)
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


def judge(options, broker, watch, said):
    limit = options.memory_mib + CONSTANT_MIB
    assert watch.memory <= limit << 20, f"more than {limit} MiB in memory"
    sent, received = (int(number) for number in
                      re.search(r"sent (\d+) received (\d+)", said).groups())
    assert received * options.share * 2 >= sent, "consumers get less than half of what they take"
    if options.store_mib < UNLIMITED_MIB:
        assert broker.wait_for_log("have to wait"), "nobody had to wait for the disk"
        limit = options.store_mib + STORE_CONSTANT_MIB
        assert watch.disk <= limit << 20, f"more than {limit} MiB in files"
        assert "store_limit" in watch.named, f"health named {watch.named}"
    if options.disk_mib:
        assert broker.wait_for_log("the disk has only"), "the disk never was full"
        assert "disk_full" in watch.named, f"health named {watch.named}"
        assert broker.wait_for_log("the disk has space again"), "it stayed so"


if __name__ == "__main__":
    harness.main(run)
