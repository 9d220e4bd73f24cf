#!/usr/bin/env python3
"""A broker with gigabytes that wait, in messages small and large, is killed, and what the system
remembers of its files is dropped: how long a start takes for each gigabyte. There is no file beside
the journal and the messages that a start could use: nothing is derived."""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).resolve().parent)]

from harness import options as harness

from backlog import CHUNK, MIB, Stomp, mib_in

GB = 1_000_000_000
SIZES = (100, 10_000, 200_000)
PER_GB_SECONDS_MAX = 2


def store_bytes(broker):
    return sum(mib_in(broker.data / folder) for folder in ("journal", "segments", "large")) * MIB


def drop_from_memory(folder):
    """What is written stays in the system's memory, whoever wrote it has been killed."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def run():
    parser = harness.parser(__doc__)
    parser.set_defaults(ternd=str(ROOT / "build" / "release" / "bin" / "ternd"))
    parser.add_argument("--gb", type=float, default=4)
    options = parser.parse_args()
    with harness.broker_for(options, restarts=True, listener="stomp",
                            with_java=False) as (broker, _):
        client = Stomp(broker.port)
        for number, size in enumerate(SIZES, 1):
            sent = 0
            while store_bytes(broker) < options.gb * GB * number / len(SIZES):
                client.publish(b"size%d" % size, CHUNK, size)
                sent += CHUNK
            print(f"{sent} messages of {size} B wait", flush=True)
        broker.kill()
        there = store_bytes(broker) / GB
        drop_from_memory(broker.data)
        broker.start()
        client = Stomp(broker.port)
        began = time.monotonic()
        client.take(b"size%d" % SIZES[0], 1, 1)
        seconds = broker.start_seconds + time.monotonic() - began
        print(f"{there:.2f} GB: kill -9 to ready {broker.start_seconds:.2f} s, to the first "
              f"message {seconds:.2f} s, {seconds / there:.2f} s for each GB")
        assert broker.stop() == 0
        assert seconds <= PER_GB_SECONDS_MAX * there, f"more than {PER_GB_SECONDS_MAX} s for a GB"


if __name__ == "__main__":
    harness.main(run)
