#!/usr/bin/python3
"""Stores that earlier versions wrote, one archive each in `stores`: the broker starts on them, and
clients find something of every kind. `--make` writes the archive of the version under test."""

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crash.store_tools import World
from harness import options as harness
from harness.java import Java

STORES = Path(__file__).with_name("stores")
FOLDERS = ("journal", "segments", "large")
# So that the archive is small, and something of it lies in segments.
SCANT = {"journal.file_bytes": 262_144, "segment.bytes": 262_144, "queue.memory_bytes": 65_536}


class OldWorld(World):
    seed, large_mib = None, 2


def make(options, work, java):
    world = OldWorld(options, work, java, SCANT)
    broker = world.broker(work / "data")
    try:
        broker.start()
        world.fill(broker)
        broker.kill()
    finally:
        broker.close()
    with tarfile.open(options.make, "x:xz") as archive:
        for folder in FOLDERS:
            assert list((broker.data / folder).iterdir()), f"there is nothing in {folder}"
            archive.add(broker.data / folder, folder)


def find(options, work, java, store):
    with tarfile.open(store) as archive:
        archive.extractall(work / "data")
    world = OldWorld(options, work, java)
    broker = world.broker(work / "data")
    with harness.running(broker):
        world.find(broker)
        assert broker.stop() == 0


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--make", metavar="ARCHIVE", help="write one instead of reading all")
    parser.add_argument("--backlog", type=int, default=2000, help="messages of 1 KiB")
    options = parser.parse_args()
    options.tern = None  # the command has no part in it
    java = Java(options.classes, options.client)
    java.compile()
    stores = sorted(STORES.glob("*.tar.xz"))
    for store in [None] if options.make else stores:
        work = Path(tempfile.mkdtemp(prefix="tern-old-"))
        try:
            if options.make:
                make(options, work, java)
            else:
                find(options, work, java, store)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    assert options.make or stores, "no stores"


if __name__ == "__main__":
    harness.main(run)
