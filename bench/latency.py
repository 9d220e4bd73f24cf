#!/usr/bin/env python3
"""How late messages are under load: at half and at four fifths of the most that goes through, and
whether the broker ever pauses. Each message counts from when it was due. While it runs, a second
program asks the same disk for a sync now and then, and the kernel how long processes that could run
had to wait: what is as late there is not the broker's."""

import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import alone
import results

SHARES = (0.5, 0.8)
PAUSE_MS_MAX = 50
LOADS = {"persistent": ("--persistent", "-p", 10, "-s", 10, "--window", 2000),
         "transient": ("--transient", "-p", 10, "-s", 10)}


class Witness:
    """How long the machine takes for what the broker needs of it: a sync of 4 KiB on the same disk,
    and being woken. The longest of each, in milliseconds, and when that was."""

    EVERY_S = 0.02

    def __init__(self, folder):
        self.folder = folder
        self.ended = threading.Event()
        self.syncs = []
        self.wakes = []
        self.threads = [threading.Thread(target=one, daemon=True)
                        for one in (self.sync, self.wake)]

    def __enter__(self):
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def note(self, into, began):
        into.append((time.monotonic() - began, began - self.began))

    def sync(self):
        with tempfile.TemporaryFile(dir=self.folder) as file:
            file.write(bytes(1 << 20))
            os.fsync(file.fileno())
            while not self.ended.wait(self.EVERY_S):
                began = time.monotonic()
                os.pwrite(file.fileno(), b"x" * 4096, 0)
                os.fdatasync(file.fileno())
                self.note(self.syncs, began)

    def wake(self):
        while not self.ended.is_set():
            due = time.monotonic() + self.EVERY_S
            time.sleep(self.EVERY_S)
            self.note(self.wakes, due)

    @staticmethod
    def summary(times):
        ordered = sorted(seconds * 1000 for seconds, _ in times)
        at = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
        return {"count": len(ordered), "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": ordered[-1],
                "max_at_s": max(times)[1]}

    def document(self):
        return {"sync": self.summary(self.syncs), "wake": self.summary(self.wakes)}


def log_times(path):
    """The longest time of each interval of a log of HdrHistogram, in milliseconds."""
    rows = [line.split(",") for line in path.read_text().splitlines()
            if line and line[0] not in '#"']
    return [(float(begin), float(most)) for begin, _, most, _ in rows]


def lateness(bench, kind, rate, seconds):
    """One run at a rate."""
    log = bench.options.work / "times.hlog"
    with bench.broker() as broker, Witness(bench.options.work) as witness:
        got = bench.load(broker, *LOADS[kind], "--rate", max(1, round(rate)), "--warm-up", "2",
                         "--duration", seconds, "--hdr-log", log)
    times = got["latency_us"]
    return {"rate": rate, "seconds": seconds,
            "received_per_second": got["measured"]["received_per_second"],
            **{f"{key}_ms": times[key] / 1000 for key in ("p50", "p99", "p99.9", "max")},
            "broker_cpu_us": 1e6 * got["measured"]["broker_cpu_seconds"]
                             / max(1, got["measured"]["received"]),
            "rss_mib": got["rss_kib"] / 1024, "lost": got["total"]["lost"],
            "intervals": log_times(log), "witness": witness.document()}


def most(bench, kind):
    """What goes through when nobody waits for anything but the broker."""
    with bench.broker() as broker:
        got = bench.load(broker, *LOADS[kind], "--ahead", 5000, "--warm-up", "2", "--duration",
                         bench.options.seconds)
    return got["measured"]["received_per_second"]


def load(bench):
    """Percentiles at shares of the most, of which each round has its own."""
    for kind in LOADS:
        for number in bench.rounds():
            top = most(bench, kind)
            for share in SHARES:
                run = lateness(bench, kind, share * top, bench.options.seconds)
                yield {"kind": kind, "round": number, "share": share, "most": top, **run}


def pauses(bench):
    """A long run of each."""
    for kind in LOADS:
        top = most(bench, kind)
        run = lateness(bench, kind, 0.5 * top, bench.options.long_seconds)
        yield {"kind": kind, "round": 0, "share": 0.5, "most": top, **run}


PARTS = {one.__name__: one for one in (load, pauses)}


def run():
    parser = alone.parser_of("latency", __doc__, PARTS, rounds=5, seconds=10)
    parser.add_argument("--long-seconds", type=int, default=600, help="of the run for pauses")
    parser.add_argument("--json-out", type=Path, metavar="FOLDER",
                        help="where each part's results go, as latency-PART.json")
    parser.add_argument("--check", action="store_true", help="fail if there was a pause")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    good = True
    for name in options.part or PARTS:
        runs = []
        for one in PARTS[name](alone.Bench(options)):
            runs.append(one)
            machine = max(one["witness"][what]["max_ms"] for what in ("sync", "wake"))
            paused = one["max_ms"] > PAUSE_MS_MAX
            ours = paused and machine < PAUSE_MS_MAX
            good = good and not one["lost"] and not (name == "pauses" and ours)
            print(f"{name} {one['kind']} {one['share']:.0%} of {one['most']:.0f}/s: "
                  + ", ".join(f"{key} {one[f'{key}_ms']:.2f} ms"
                              for key in ("p50", "p99", "p99.9", "max"))
                  + f"; meanwhile a sync took up to {one['witness']['sync']['max_ms']:.1f} ms, "
                  f"waking up {one['witness']['wake']['max_ms']:.1f} ms", flush=True)
        if options.json_out:
            results.save(options.json_out / f"latency-{name}.json", f"latency-{name}",
                         {"rounds": options.rounds, "runs": runs}, options.work)
    shutil.rmtree(options.work)
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(run())
