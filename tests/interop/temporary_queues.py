#!/usr/bin/python3
"""Requests with a temporary queue of its own for each answer leave nothing behind in the broker."""

import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "admin"))

from api import Api
from harness import options as harness

WAIT_SECONDS = 60

# Far less than one byte per request in the long run; the allocator keeps what it had at its peak.
GROWTH_BYTES_MAX = 4 * 2**20


def storm(java, broker, requests):
    command = java.command("interop.jms.RequestStorm", requests,
                           properties={"broker.url": broker.url})
    assert subprocess.run(command).returncode == 0, "requests were not answered, see above"
    broker.check_alive()


def disk_bytes(broker):
    return sum(file.stat().st_size for file in broker.data.rglob("*") if file.is_file())


def expect_nothing(broker):
    """Once the clients are gone there is nothing but the queue of requests, and that is empty."""
    api = Api(broker.http_port)
    deadline = time.monotonic() + WAIT_SECONDS
    while api.get("connections")["total"] > 0:
        assert time.monotonic() < deadline, "clients do not leave"
        time.sleep(0.1)
    assert api.get("queues?temporary=true")["total"] == 0, "temporary queues are left"
    queues = api.get("queues")
    assert [one["name"] for one in queues["items"]] == ["requests"], queues
    requests = api.queue("requests")
    assert (requests["ready"], requests["unsettled"], requests["consumers"]) == (0, 0, 0), requests
    topics = [one["name"] for one in api.get("topics")["items"]]
    assert not [name for name in topics if "ID:" in name], f"advisories are kept: {topics}"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--warm-up", type=int, default=3_000)
    options = parser.parse_args()
    with harness.broker_for(options, restarts=True,
                            settings={"http.listen": "127.0.0.1:0"}) as (broker, java):
        storm(java, broker, options.warm_up)
        expect_nothing(broker)
        memory, disk, files = broker.rss_bytes(), disk_bytes(broker), broker.open_files()
        storm(java, broker, options.requests)
        expect_nothing(broker)
        growth = broker.rss_bytes() - memory
        more_disk = disk_bytes(broker) - disk
        print(f"{options.requests} requests; memory grew by {growth / 2**20:+.1f} MiB, "
              f"files by {more_disk / 2**20:+.1f} MiB, {broker.open_files() - files:+} open files")
        assert growth <= GROWTH_BYTES_MAX, "memory grew"
        assert more_disk <= GROWTH_BYTES_MAX, "files grew"
        assert broker.stop() == 0, "the broker did not end in order"
        broker.start()
        found = broker.wait_for_log(r"queues with \d+ messages recovered", 2)[-1]
        assert re.search(r"\b[01] queues with 0 messages", found), f"left behind: {found}"


if __name__ == "__main__":
    harness.main(run)
