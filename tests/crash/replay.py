#!/usr/bin/env python3
"""Messages that were consumed are taken from the journal's archive, those of a time and a queue,
and come to a client again, once, in their order; those that still wait are not among them."""

import datetime
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness import stomp
from harness.broker import TernBroker, stable_port

TOOL_SECONDS = 120
ARCHIVE_SECONDS = 60
ROUND = 300
FILL = "." * 2000
# Nobody is quicker than the disk.
DOCUMENT = ('<broker xmlns="http://activemq.apache.org/schema/core"><persistenceAdapter>'
            '<kahaDB concurrentStoreAndDispatchQueues="false" archiveDataLogs="true"{key}/>'
            '</persistenceAdapter></broker>')


class World:
    def __init__(self, options, work, key):
        self.options, self.work, self.key = options, work, key
        self.document = work / "activemq.xml"
        self.document.write_text(
            DOCUMENT.format(key=f' encryptionKeyFile="{key}"' if key else ""))
        self.port = stable_port()

    def broker(self, data):
        broker = TernBroker(self.work, self.options.ternd, self.port,
                            {"journal.file_bytes": 1 << 18, "queue.memory_bytes": 65536,
                             "http.listen": "off"},
                            listener="stomp", document=self.document)
        broker.data = data
        return broker

    def store(self, verb, *arguments, expect=0):
        command = [self.options.tern, "store", verb, *map(str, arguments)]
        if self.key:
            command += ["--key-file", str(self.key)]
        done = subprocess.run(command, capture_output=True, timeout=TOOL_SECONDS, check=False)
        assert done.returncode == expect, (command, done.stdout, done.stderr)
        return (done.stdout + done.stderr).decode()


def now():
    """For the tool's options; nothing else is sent in the same millisecond."""
    time.sleep(0.01)
    text = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    time.sleep(0.01)
    return text.replace("+00:00", "Z")


def send(client, queue, name, count):
    for number in range(count):
        put = client.sync if number == count - 1 else client.send
        put("SEND", f"{name} {number} {FILL}".encode(), destination=f"/queue/{queue}",
            persistent="true")


def consume(port, queue, count, step=1):
    """So many come, and each step'th is accepted. What all say of themselves, and whether they may
    have come before."""
    with stomp.Client(port) as client:
        client.connect()
        client.send("SUBSCRIBE", id="1", destination=f"/queue/{queue}", ack="client-individual",
                    activemq__prefetchSize=count)
        frames = [client.expect("MESSAGE") for _ in range(count)]
        client.send("BEGIN", transaction="t")
        for frame in frames[::step]:
            client.send("ACK", id=frame.headers["ack"], transaction="t")
        client.sync("COMMIT", transaction="t")
    return [" ".join(frame.body.decode().split()[:2]) for frame in frames], {
        frame.headers.get("redelivered", "false") for frame in frames}


def fill(broker):
    """Three rounds are consumed, of the second on one queue every other message. Its times."""
    with stomp.Client(broker.port) as client:
        client.connect()
        for queue in ("orders", "other"):
            send(client, queue, "early", ROUND)
            consume(broker.port, queue, ROUND)
        since = now()
        for queue, step in (("orders", 2), ("other", 1)):
            send(client, queue, "wanted", ROUND)
            consume(broker.port, queue, ROUND, step)
        before = now()
        send(client, "other", "late", ROUND)
        consume(broker.port, "other", ROUND)
    return since, before


def archived(broker):
    deadline = time.monotonic() + ARCHIVE_SECONDS
    while len(list((broker.data / "journal-archive").glob("*"))) < 3:
        assert time.monotonic() < deadline, "the journal's files are not archived"
        time.sleep(0.05)


def run_in(world):
    broker = world.broker(world.work / "data")
    again = world.broker(world.work / "again")
    with harness.running(broker):
        since, before = fill(broker)
        archived(broker)
        broker.kill()
        archive = world.work / "again.tern"
        world.store("export", "--consumed", "--since", since, "--before", before, "--queue",
                    "orders", broker.data, archive)
        world.store("import", archive, again.data)
        with harness.running(again):
            expected = [f"wanted {n}" for n in range(0, ROUND, 2)]
            found, flags = consume(again.port, "orders", len(expected))
            assert found == expected, found
            assert flags == {"true"}, flags
            with stomp.Client(again.port) as client:
                client.connect()
                send(client, "orders", "new", 1)
            assert consume(again.port, "orders", 1)[0] == ["new 0"], "more came than was asked for"
            assert again.stop() == 0
        # What never was consumed is where it was.
        broker.start()
        left, _ = consume(broker.port, "orders", ROUND // 2)
        assert left == [f"wanted {n}" for n in range(1, ROUND, 2)], left
        assert broker.stop() == 0
        refused = world.work / "refused.tern"
        assert "no queue" in world.store("export", "--consumed", "--queue", "nobody", broker.data,
                                         refused, expect=1)
        assert "no time" in world.store("export", "--consumed", "--since", "noon", broker.data,
                                        refused, expect=1)
        assert not refused.exists(), "half an archive was left"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    options = parser.parse_args()
    for encrypted in (False, True):
        with harness.scratch_for(options, "tern-replay-") as work:
            key = work / "store.key" if encrypted else None
            if key:
                key.write_text(os.urandom(32).hex())
                key.chmod(0o600)
            run_in(World(options, work, key))


if __name__ == "__main__":
    harness.main(run)
