#!/usr/bin/python3
"""The broker writes something of every kind and is killed; the tools look at its store, take it to
an archive and back; the broker starts on what they made, and clients find everything."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "interop" / "amqp10")]

from harness import mqtt
from harness import options as harness
from harness.broker import BrokerFailed, TernBroker, stable_port
from harness.java import Java

import streaming

MIB = 1024 * 1024
LARGE_MIB = 20
DELAY_MS = 60_000
TOOL_SECONDS = 120
JAVA_SECONDS = 200
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core" schedulerSupport="true"/>"""


class Tools:
    """`tern store`, on one directory or another."""

    def __init__(self, program, options=()):
        self.program = str(program)
        self.options = options

    def run(self, verb, *arguments, expect=0, **more):
        command = [self.program, "store", verb, *map(str, arguments), *self.options]
        done = subprocess.run(command, capture_output=True, timeout=TOOL_SECONDS, check=False,
                              **more)
        assert done.returncode == expect, (
            f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}"
            f"{done.stdout.decode()[-2000:]}")
        return done

    def text(self, verb, *arguments, expect=0):
        return self.run(verb, *arguments, expect=expect).stdout.decode()

    def refused(self, verb, *arguments):
        return self.run(verb, *arguments, expect=1).stderr.decode()


class World:
    seed, large_mib = 7, LARGE_MIB  # of the large message

    def __init__(self, options, work, java, settings=None, tool_options=()):
        self.options, self.work, self.java = options, work, java
        self.settings = settings or {}
        self.document = work / "activemq.xml"
        self.document.write_text(DOCUMENT)
        self.tools = Tools(options.tern, tool_options)
        self.port = stable_port()

    def broker(self, data):
        """On that directory; it is not started."""
        settings = {"amqp.max_message_bytes": (LARGE_MIB + 1) * MIB,
                    "journal.file_bytes": 8 * MIB, "http.listen": "127.0.0.1:0", **self.settings}
        broker = TernBroker(self.work, self.options.ternd, self.port, settings, listener="auto",
                            document=self.document)
        broker.data = data
        broker.amqp_port = self.port
        return broker

    def contents(self, broker, verb):
        """Runs one of the verbs of StoreContents."""
        command = self.java.command("crash.load.StoreContents", broker.url, verb,
                                    self.options.backlog, DELAY_MS)
        done = subprocess.run(command, capture_output=True, timeout=JAVA_SECONDS, check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]

    def fill(self, broker):
        self.contents(broker, "fill")
        sender = streaming.Sender(broker, "large", self.large_mib, self.seed).run()
        assert sender.accepted, sender.problem
        client = mqtt.Client(broker.port)
        client.connect("keeper", clean=False)
        client.publish("weather", b"sunny", 1, retain=True)
        client.disconnect()

    def find(self, broker):
        self.contents(broker, "find")
        receiver = streaming.Receiver(broker, "large").run()
        assert receiver.problem is None, receiver.problem
        body = streaming.digest_of(self.seed, self.large_mib)
        assert receiver.digests == [body], "another body"
        client = mqtt.Client(broker.port)
        client.connect("reader")
        client.subscribe(("weather", 1))
        message = client.receive()
        assert (message.payload, message.retain) == (b"sunny", True), message
        client.disconnect()


def store_files(data):
    """What the tools must not change; names and bytes."""
    return {str(path.relative_to(data)): path.read_bytes() for path in sorted(data.rglob("*"))
            if path.is_file() and path.parent.name in ("journal", "segments", "large")}


def journal_files(broker):
    """As many as a start would read, says the broker."""
    with urllib.request.urlopen(f"http://127.0.0.1:{broker.http_port}/metrics") as answer:
        return int(re.search(r"^tern_journal_files (\d+)$", answer.read().decode(), re.M)[1])


def look(world, data, replayed):
    """info, check and dump, which change nothing."""
    before = store_files(data)
    facts = world.tools.text("info", data)
    assert re.search(rf"^replayed at start {replayed} files", facts, re.M), (replayed, facts)
    consumed = 100
    backlog = world.options.backlog - consumed
    assert re.search(rf"^queue://backlog +{backlog} ", facts, re.M), facts
    assert re.search(r"^topic://news for first:subscription +50 ", facts, re.M), facts
    assert re.search(r"^prepared +1 ", facts, re.M), facts
    assert re.search(r"^queue://\$schedule +1 ", facts, re.M), facts
    assert re.search(r"^oldest message +record \d+ in \S+, sent 20\S+, of queue://backlog", facts,
                     re.M), facts
    assert re.search(r"^segments +2 +[1-9]", facts, re.M), f"nothing in segments: {facts}"
    checked = world.tools.text("check", data)
    assert " 0 damages" in checked, checked
    lines = world.tools.text("dump", data, "--queue", "queue://held", "--body", 100).splitlines()
    assert lines and all("queue://held" in line for line in lines), lines
    file = next(name for name in before if name.startswith("segments/"))
    lines = world.tools.text("dump", data, "--file", file).splitlines()
    assert lines and all(line.startswith(file) for line in lines), lines[:3]
    assert store_files(data) == before, "a tool has changed something"


def refuse_broken_archives(world, archive):
    content = archive.read_bytes()
    broken = world.work / "broken.tern"
    for damaged, words in ((content[:-1], "too early"), (content[:MIB], "too early"),
                           (content[:MIB] + b"?" + content[MIB + 1:], "damaged at byte"),
                           (b"?" * 100, "not an archive"), (content + b"?", "follows")):
        broken.write_bytes(damaged)
        target = world.work / "refused"
        error = world.tools.refused("import", broken, target)
        assert words in error and error.count("\n") == 1, error
        assert not store_files(target), "something was left"
        shutil.rmtree(target)


def move_by_archive(world, data):
    archive = world.work / "store.tern"
    world.tools.run("export", data, archive)
    assert "is there already" in world.tools.refused("export", data, archive)
    piped = world.tools.run("export", data, "-").stdout
    # All but when it was written, and that checksum.
    assert piped[48:] == archive.read_bytes()[48:], "another archive on standard output"
    refuse_broken_archives(world, archive)
    target = world.work / "imported"
    world.tools.run("import", archive, target)
    assert "has a store already" in world.tools.refused("import", archive, target)
    assert " 0 damages" in world.tools.text("check", target)
    with open(archive, "rb") as stream:
        world.tools.run("import", "-", world.work / "piped", stdin=stream)
    assert " 0 damages" in world.tools.text("check", world.work / "piped")
    return target


def damage(data):
    """A byte of a record in the middle of the oldest journal file."""
    journal = sorted((data / "journal").glob("*.log"))[0]
    with open(journal, "r+b") as file:
        file.seek(journal.stat().st_size // 4)
        old = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([old[0] ^ 0xFF]))


def repair(world, data):
    damaged = world.work / "damaged"
    shutil.copytree(data, damaged)
    damage(damaged)
    before = store_files(damaged)
    broker = world.broker(damaged)
    try:
        broker.start()
        raise AssertionError("the broker has started on a damaged journal")
    except BrokerFailed:
        broker.close()
    if "store.key_file" not in world.settings:
        assert store_files(damaged) == before, "a start that was refused has changed something"
    before = store_files(damaged)  # the same content, encrypted anew where a start makes sure of it
    said = world.tools.text("check", damaged, expect=1)
    assert re.search(r"^damage: journal/\d+\.log at \d+: ", said, re.M), said
    assert "damaged at" in world.tools.refused("export", damaged, world.work / "none.tern")
    assert store_files(damaged) == before, "check has changed something"
    said = world.tools.text("check", damaged, "--repair")
    aside = damaged / re.search(r"is in \S+/(aside-\d+)$", said, re.M)[1]
    assert store_files(aside) == before, "what was there is not kept whole"
    assert " 0 damages" in world.tools.text("check", damaged)
    broker = world.broker(damaged)
    broker.start()
    assert broker.stop() == 0


def run_in(world):
    data = world.work / "data"
    broker = world.broker(data)
    brokers = [broker]
    try:
        broker.start()
        world.fill(broker)
        error = world.tools.refused("info", data)
        assert "in use" in error and f"process {broker.process.pid}" in error, error
        replayed = journal_files(broker)
        broker.kill()
        look(world, data, replayed)
        imported = move_by_archive(world, data)
        repair(world, data)
        for place in (imported, data):
            last = world.broker(place)
            brokers.append(last)
            last.start()
            if place == imported:
                world.find(last)
            assert last.stop() == 0
    except BaseException:
        harness.show_log(broker)
        raise
    finally:
        for one in brokers:
            one.close()


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    parser.add_argument("--encrypted", action="store_true", help="the store is")
    parser.add_argument("--backlog", type=int, default=40_000, help="messages of 1 KiB")
    options = parser.parse_args()
    java = Java(options.classes, options.client)
    java.compile()
    with harness.scratch_for(options, "tern-store-") as work:
        settings, tool_options = {}, ()
        if options.encrypted:
            key = work / "store.key"
            key.write_text(os.urandom(32).hex())
            key.chmod(0o600)
            settings, tool_options = {"store.key_file": key}, ("--key-file", str(key))
        run_in(World(options, work, java, settings, tool_options))


if __name__ == "__main__":
    harness.main(run)
