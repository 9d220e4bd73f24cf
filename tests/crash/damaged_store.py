#!/usr/bin/env python3
"""What becomes of a store that somebody, or the disk, has damaged while no broker ran: what a start
says of it, by what the document allows, and which messages are there then."""

import re
import shutil
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness import stomp
from harness.broker import BrokerFailed, TernBroker

MESSAGES = 40
BODY_BYTES = 8000
FILE_KIB = 64
STILL_SECONDS = 0.3  # nothing has changed for so long: the broker is done with what it had
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><persistenceAdapter>
<kahaDB journalMaxFileLength="{file_kib} kb" checkForCorruptJournalFiles="{check}"
        ignoreMissingJournalfiles="{ignore}"/>
</persistenceAdapter></broker>"""
HEADER_BYTES = 64  # of a file of the journal
VERSION_AT = 8
CHECKSUM_AT = 60


def body(number):
    return (b"message-%03d " % number).ljust(BODY_BYTES, b".")


def mark(number):
    return b"message-%03d " % number


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Story:
    """A store that was left by `kill -9`, copies of it, and brokers on these."""

    def __init__(self, options, work):
        self.options, self.work = options, work
        self.original = work / "original"
        self.copies = 0

    def broker(self, data, check="false", ignore="false"):
        work = self.work / f"broker-{self.copies}-{check}-{ignore}"
        work.mkdir()
        document = work / "activemq.xml"
        document.write_text(DOCUMENT.format(file_kib=FILE_KIB, check=check, ignore=ignore))
        broker = TernBroker(work, self.options.ternd, 0, {"http.listen": "off"}, listener="stomp",
                            document=document)
        broker.data = data
        return broker

    def fill(self):
        """Each message is a commit; the first ones have left the journal."""
        broker = self.broker(self.original)
        with harness.running(broker):
            with stomp.Client(broker.port) as client:
                client.connect()
                for number in range(MESSAGES):
                    client.sync("SEND", body(number), destination="/queue/q", persistent="true")
            last = mark(MESSAGES - 1)
            before = None

            def is_settled():
                """Files that are moved right now, or wait for that, are there twice."""
                nonlocal before
                time.sleep(STILL_SECONDS)
                earlier, before = before, contents(self.original)
                moved = find(self.original, "segments", mark(0))
                active = find(self.original, "journal", last)
                numbers = sorted(self.original.glob("journal/*.log"))
                return (moved and not find(self.original, "journal", mark(0)) and active
                        and numbers[0] < active[0] < numbers[-1] and before == earlier)

            harness.settle(is_settled)
            assert is_settled(), sorted(self.original.rglob("*.*"))
            broker.kill()

    def copy(self):
        self.copies += 1
        data = self.work / f"data-{self.copies}"
        shutil.copytree(self.original, data)
        return data

    def refused(self, data, words, **flags):
        broker = self.broker(data, **flags)
        before = contents(data)
        try:
            broker.start()
        except BrokerFailed:
            log = broker.log_text()
            assert re.search(words, log), f"the log does not say {words!r}: {log[-2000:]}"
            assert contents(data) == before, "a start that was refused has changed something"
        else:
            raise AssertionError(f"the broker has started, with {flags}")
        finally:
            broker.close()

    def starts(self, data, words, **flags):
        """Returns the numbers of the messages that are there, which are in their order."""
        broker = self.broker(data, **flags)
        with harness.running(broker):
            with stomp.Client(broker.port) as client:
                client.connect()
                client.sync("SEND", b"end", destination="/queue/q", persistent="true")
                client.send("SUBSCRIBE", id="1", destination="/queue/q", ack="auto")
                found = []
                while (frame := client.expect("MESSAGE")).body != b"end":
                    number = int(frame.body[8:11])
                    assert frame.body == body(number), f"message {number} is another one"
                    found.append(number)
            assert broker.stop() == 0
        log = broker.log_text()
        assert re.search(words, log), f"the log does not say {words!r}: {log[-2000:]}"
        assert found == sorted(set(found)), f"not in order: {found}"
        return set(found)


def find(data, folder, text):
    """The files with it."""
    files = sorted(data.glob(f"{folder}/*.log")) + sorted(data.glob(f"{folder}/*.seg"))
    return [file for file in files if text in file.read_bytes()]


def contents(data):
    return {str(path.relative_to(data)): path.read_bytes() for path in sorted(data.rglob("*"))
            if path.parent.name in ("journal", "segments")}


def replace(path, at, content):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(content)


def flip(path, text):
    """A bit of a body."""
    at = path.read_bytes().rindex(text) + 100
    replace(path, at, b"/")


ALL = set(range(MESSAGES))
DAMAGED = r"journal/\d+\.log is damaged at offset \d+"
LEFT_OUT = r"damage was left out: \d+ messages are there"


def flipped_bit_in_the_journal(story):
    number = MESSAGES - 2  # another commit follows, which says that it had been durable
    data = story.copy()
    flip(find(data, "journal", mark(number))[0], mark(number))
    story.refused(data, DAMAGED)
    story.refused(data, r"journal/\d+\.log is damaged at \d+.*tern store check", check="true")
    aside = contents(data)
    assert story.starts(data, LEFT_OUT, ignore="true") == ALL - {number}
    kept = next(data.glob("aside-*"))
    assert contents(kept) == aside, "what was there is not kept as it was"


def missing_file(story):
    data = story.copy()
    victim = find(data, "journal", mark(MESSAGES - 1))[0]
    victim.unlink()
    left = {number for number in ALL
            if find(data, "journal", mark(number)) + find(data, "segments", mark(number))}
    assert left and left != ALL, left
    story.refused(data, rf"{victim.name} is missing")
    assert story.starts(data, LEFT_OUT, ignore="true") == left


def flipped_bit_in_a_segment(story):
    data = story.copy()
    flip(find(data, "segments", mark(0))[0], mark(0))
    other = story.work / "second"
    shutil.copytree(data, other)
    third = story.work / "third"
    shutil.copytree(data, third)
    # Seen when it is read, unless everything is looked at before.
    assert story.starts(data, r"segments/\d+\.seg") == ALL - {0}
    story.refused(other, r"segments/\d+\.seg is damaged at \d+", check="true")
    assert story.starts(other, LEFT_OUT, check="true", ignore="true") == ALL - {0}
    assert story.starts(third, r"segments/\d+\.seg", ignore="true") == ALL - {0}


def nothing_wrong(story):
    data = story.copy()
    assert story.starts(data, f"{MESSAGES} messages were checked", check="true",
                        ignore="true") == ALL
    assert not list(data.glob("aside-*")), "repaired without need"


def cut_off_commit(story):
    """The last commit is not whole, as when the power fails: nobody can have been told of it."""
    data = story.copy()
    path = find(data, "journal", mark(MESSAGES - 1))[0]
    replace(path, path.read_bytes().rindex(mark(MESSAGES - 1)) + BODY_BYTES // 2, b"\0" * 2000)
    assert story.starts(data, "recovered") == ALL - {MESSAGES - 1}


def foreign_files(story):
    data = story.copy()
    for name in ("journal/notes.txt", "segments/notes.txt"):
        (data / name).write_text("not ours")
    assert story.starts(data, r"journal/notes\.txt is none of ours and is left alone") == ALL
    assert (data / "journal" / "notes.txt").read_text() == "not ours"
    assert (data / "segments" / "notes.txt").read_text() == "not ours"


def another_version(story):
    """Nothing is left out of what cannot be understood."""
    data = story.copy()
    path = sorted(data.glob("journal/*.log"))[0]
    header = bytearray(path.read_bytes()[:HEADER_BYTES])
    header[VERSION_AT:VERSION_AT + 4] = struct.pack(">I", 99)
    header[CHECKSUM_AT:] = struct.pack(">I", crc32c(header[:CHECKSUM_AT]))
    replace(path, 0, bytes(header))
    story.refused(data, rf"{path.name} was written by another version")
    story.refused(data, "version", check="true", ignore="true")


def run():
    options = harness.parser(__doc__).parse_args()
    with harness.scratch_for(options, "tern-damaged-") as work:
        story = Story(options, work)
        story.fill()
        for part in (nothing_wrong, flipped_bit_in_the_journal, missing_file,
                     flipped_bit_in_a_segment, cut_off_commit, foreign_files, another_version):
            part(story)
            print(part.__name__.replace("_", " "))


if __name__ == "__main__":
    harness.main(run)
