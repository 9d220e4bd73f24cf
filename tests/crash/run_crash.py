#!/usr/bin/python3
"""Kills the broker at random moments under load and judges what the clients saw."""

import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crash.ledger import judge
from harness import options as harness

# A kill waits for this much news in the ledger, so that it meets clients at work ...
NEWS_BYTES = 20_000
NEWS_SECONDS = 60
# ... and for some more time; but some kills come while clients are still reconnecting.
UNDER_LOAD_SECONDS_MAX = 1.0
EARLY_SHARE = 0.2
EARLY_SECONDS_MAX = 0.15
FINISH_SECONDS = 180
VIOLATIONS_SHOWN = 20
# So small that messages leave memory and the journal all the time.
SCANT = {"journal.file_bytes": 262_144, "segment.bytes": 65_536, "queue.memory_bytes": 65_536,
         "memory.limit_bytes": 1_048_576}


class Load:
    """The Java producers and consumers."""

    def __init__(self, java, broker):
        self.ledger = broker.work / "ledger"
        self.process = subprocess.Popen(
            java.command("crash.load.Load", broker.url, self.ledger, heap_mib=1024),
            stdin=subprocess.PIPE)

    def wait_for_news(self):
        began = self.size()
        deadline = time.monotonic() + NEWS_SECONDS
        while self.size() < began + NEWS_BYTES:
            assert self.process.poll() is None, "the load ended by itself"
            assert time.monotonic() < deadline, f"clients did no work for {NEWS_SECONDS} s"
            time.sleep(0.005)

    def finish(self):
        self.process.stdin.close()
        try:
            code = self.process.wait(FINISH_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"queues not empty after {FINISH_SECONDS} s") from None
        assert code == 0, f"the load ended with exit code {code}"

    def size(self):
        return self.ledger.stat().st_size if self.ledger.exists() else 0

    def close(self):
        self.process.kill()
        self.process.wait()


def crash(broker, load, chance):
    """One round: waits for a random moment, kills, restarts; returns the seconds to ready."""
    if chance.random() < EARLY_SHARE:
        time.sleep(chance.uniform(0, EARLY_SECONDS_MAX))
    else:
        load.wait_for_news()
        time.sleep(chance.uniform(0, UNDER_LOAD_SECONDS_MAX))
    broker.check_alive()
    broker.kill()
    broker.start()
    return broker.start_seconds


def report(verdict, starts):
    print(f"restart to ready: median {statistics.median(starts):.3f} s, max {max(starts):.3f} s")
    print(", ".join(f"{count} {what}" for what, count in sorted(verdict.counts.items())))
    for violation in verdict.violations[:VIOLATIONS_SHOWN]:
        print(violation)


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--ample", action="store_true",
                        help="as much memory and as large files as by default")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.rounds} rounds", flush=True)
    chance = random.Random(options.seed)
    settings = {} if options.ample else SCANT
    with harness.broker_for(options, restarts=True, settings=settings) as (broker, java):
        load = Load(java, broker)
        try:
            load.wait_for_news()
            starts = [crash(broker, load, chance) for _ in range(options.rounds)]
            load.wait_for_news()
            load.finish()
        finally:
            load.close()
        broker.check_alive()
        with open(load.ledger) as lines:
            verdict = judge(lines, broker.flags_redelivery_after_crash)
        report(verdict, starts)
        if verdict.violations:
            options.keep = True
        assert not verdict.violations, f"{len(verdict.violations)} violations"
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
