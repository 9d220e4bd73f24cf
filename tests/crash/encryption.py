#!/usr/bin/env python3
"""A store is encrypted: its files show nothing of what the broker was given, other keys are refused
in one line, a broker that was killed finds everything, and keys can be changed and taken away, with
the journal's files that are archived."""

import os
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS)]

from harness import options as harness
from harness import stomp
from harness.broker import TernBroker, stable_port

MARKER = "plain-to-see"
MESSAGES = 3000
TOOL_SECONDS = 120
SEGMENT_SECONDS = 20


def make_key(path):
    path.write_text(os.urandom(32).hex() + "\n")
    path.chmod(0o600)
    return path


class World:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.data = work / "data"
        self.port = stable_port()
        self.keys = [make_key(work / f"key-{name}") for name in "abc"]

    def broker(self, key=None):
        # What waits goes to segments soon.
        settings = {"queue.memory_bytes": 65536, "journal.file_bytes": 1 << 18, "shards": 1,
                    "journal.archive": "true", "http.listen": "off"}
        document = None
        if key is not None:
            document = self.work / "activemq.xml"
            document.write_text(
                '<broker xmlns="http://activemq.apache.org/schema/core"><persistenceAdapter>'
                f'<kahaDB encryptionKeyFile="{key}"/></persistenceAdapter></broker>')
        return TernBroker(self.work, self.options.ternd, self.port, settings, listener="stomp",
                          document=document)

    def store(self, verb, *arguments, expect=0):
        command = [self.options.tern, "store", verb, str(self.data), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, timeout=TOOL_SECONDS, check=False)
        assert done.returncode == expect, (command, done.stdout, done.stderr)
        return (done.stdout + done.stderr).decode()

    def refused(self, key, *words):
        """The broker ends with one line that has these words, and its files are as they were."""
        broker = self.broker(key)
        before = self.content()
        done = subprocess.run(broker.command(), capture_output=True, timeout=TOOL_SECONDS,
                              check=False)
        lines = [line for line in done.stderr.decode().splitlines() if line.startswith("ternd: ")]
        assert done.returncode == 2 and len(lines) == 1, (done.returncode, done.stderr)
        for word in words:
            assert word in lines[0], (word, lines)
        assert self.content() == before, "a refused start has changed something"

    def content(self):
        return {path.relative_to(self.data): path.read_bytes()
                for folder in ("journal", "journal-archive", "segments", "large")
                for path in sorted((self.data / folder).glob("*"))}

    def shown(self):
        """Files that show the marker."""
        return [str(path) for path in self.data.rglob("*")
                if path.is_file() and MARKER.encode() in path.read_bytes()]


def send(port):
    with stomp.Client(port) as client:
        client.connect()
        for number in range(MESSAGES):
            client.send("SEND", f"{MARKER} {number} {'.' * 500}".encode(), persistent="true",
                        destination=f"/queue/{MARKER}", key=MARKER)
        client.sync("SEND", b"last", persistent="true", destination=f"/queue/{MARKER}")


def browse(port):
    """All messages, which stay."""
    with stomp.Client(port) as client:
        client.connect()
        client.send("SUBSCRIBE", id="1", destination=f"/queue/{MARKER}", browser="true", ack="auto")
        numbers = []
        while True:
            frame = client.expect("MESSAGE")
            if frame.headers.get("browser") == "end":
                break
            if frame.body != b"last":
                numbers.append(int(frame.body.split()[1]))
    assert numbers == list(range(MESSAGES)), (len(numbers), numbers[:5])


def expect_all(world, key):
    broker = world.broker(key)
    with harness.running(broker):
        browse(broker.port)
        assert broker.stop() == 0


def fill_and_kill(world, key):
    broker = world.broker(key)
    with harness.running(broker):
        send(broker.port)
        deadline = time.monotonic() + SEGMENT_SECONDS
        while not any((world.data / "journal-archive").glob("*")):
            assert time.monotonic() < deadline, "no file of the journal was archived"
            time.sleep(0.05)
        broker.kill()


def run_in(world):
    first, second, third = world.keys
    fill_and_kill(world, first)
    assert not world.shown(), world.shown()
    world.refused(second, "is encrypted under key", "not key")
    world.refused(None, "is encrypted under key", "no key is given")
    first.chmod(0o640)
    world.refused(first, "may be read by others")
    first.chmod(0o600)
    expect_all(world, first)

    assert "--key-file" in world.store("check", expect=1)
    assert " 0 damages" in world.store("check", "--key-file", first)
    assert "is encrypted under key" in world.store("info", "--key-file", second, expect=1)
    assert MARKER in world.store("info", "--key-file", first)

    before = world.content()
    world.store("rekey", "--key-file", first, "--new-key-file", second, "--keep-data-keys")
    assert world.content() == before, "no file was to be written anew"
    world.refused(first, "is encrypted under key", "not key")
    expect_all(world, second)
    before = world.content()
    world.store("rekey", "--key-file", second, "--new-key-file", third)
    after = world.content()
    assert before.keys() == after.keys() and all(before[name] != after[name] for name in before)
    expect_all(world, third)
    assert not world.shown(), world.shown()

    world.store("rekey", "--key-file", third)
    shown = world.shown()
    for folder in ("segments", "journal-archive"):
        assert any(f"/{folder}/" in path for path in shown), f"{folder} cannot be read: {shown}"
    expect_all(world, None)
    world.refused(first, "not encrypted", "tern store rekey")
    world.store("rekey", "--new-key-file", first)
    assert not world.shown(), world.shown()
    expect_all(world, first)


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    options = parser.parse_args()
    with harness.scratch_for(options, "tern-encryption-") as work:
        run_in(World(options, work))


if __name__ == "__main__":
    harness.main(run)
