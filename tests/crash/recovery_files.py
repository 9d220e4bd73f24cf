#!/usr/bin/env python3
"""How many files of the journal a start would read, as operators are told by the names that Amazon
MQ has, is how many the next one reads, after a kill and after a stop."""

import json
import re
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness import stomp

FILE_BYTES = 1 << 20
BODY = b"." * 10_000
SETTLE_SECONDS = 60
QUIET_LOOKS = 20
# Messages that wait, more or less than a file of them.
ROUNDS = (10, 150, 400)


def fetch(broker, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{broker.http_port}{path}") as answer:
        return answer.read().decode()


def shown(broker):
    """What Jolokia and Prometheus say of a start after a stop, and of one after a kill."""
    bean = "org.apache.activemq:type=Broker,brokerName=*"
    names = ("JournalFilesForFastRecovery", "JournalFilesForFullRecovery")
    answer = json.loads(fetch(broker, f"/api/jolokia/read/{bean}/{','.join(names)}"))
    [values] = answer["value"].values()
    metrics = fetch(broker, "/metrics")
    for name, metric in zip(names, ("fast", "full")):
        found = re.search(rf"^tern_journal_files_for_{metric}_recovery (\d+)$", metrics, re.M)
        if int(found[1]) != values[name]:
            return None  # it has changed in between
    return tuple(values[name] for name in names)


def settled(broker):
    """The same, once nothing is being moved or removed any more."""
    deadline = time.monotonic() + SETTLE_SECONDS
    last, looks = None, 0
    while looks < QUIET_LOOKS:
        assert time.monotonic() < deadline, f"it goes on changing: {last}"
        found = shown(broker)
        looks = looks + 1 if found is not None and found == last else 0
        last = found
        time.sleep(0.05)
    return last


def files_read(broker, starts):
    """By the latest start, of so many that found anything."""
    lines = broker.wait_for_log("the journal was read: ", starts)
    assert len(lines) == starts, lines
    return int(re.search(r"records of (\d+) files", lines[-1])[1])


def run():
    options = harness.parser(__doc__).parse_args()
    settings = {"journal.file_bytes": FILE_BYTES, "segment.bytes": FILE_BYTES,
                "http.listen": "127.0.0.1:0"}
    starts, figures = 0, []
    with harness.broker_for(options, restarts=True, settings=settings, listener="stomp",
                            with_java=False) as (broker, _):
        for count in ROUNDS:
            with stomp.Client(broker.port) as client:
                client.connect()
                for number in range(count):
                    send = client.sync if number == count - 1 else client.send
                    send("SEND", BODY, destination="/queue/waits", persistent="true")
            for stop in (broker.kill, broker.stop):
                fast, full = settled(broker)
                stop()
                broker.start()
                starts += 1
                told = full if stop == broker.kill else fast
                read = files_read(broker, starts)
                assert read == told, f"{read} files were read, {told} were told"
                figures.append(read)
        assert max(figures) > min(figures), f"always the same: {figures}"
        print(f"files read, as told before: {figures}")
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
