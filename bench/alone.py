#!/usr/bin/env python3
"""What is promised of TernMQ without a peer beside it: how close it comes to what disk and loopback
allow, how it starts, and what waits in it. The load is `tern bench`; results as JSON."""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import results
import store
import systems
from backlog import Stomp, mib_in

sys.path.insert(0, str(systems.REPOSITORY / "tests"))

from harness.broker import TernBroker, stable_port

KIB = 1024
WRITE = 1024 * KIB  # of the sequential writes that are the limit, as the journal's largest


class Bench:
    """Brokers and loads of one run."""

    def __init__(self, options):
        self.options = options

    @contextlib.contextmanager
    def broker(self, listener="auto", restarts=False, settings=None):
        work = Path(tempfile.mkdtemp(dir=self.options.work))
        port = stable_port() if restarts else 0
        broker = TernBroker(work, self.options.ternd, port, settings, listener)
        try:
            broker.start()
            yield broker
        finally:
            broker.close()
            shutil.rmtree(work, ignore_errors=True)

    def load(self, broker, *words):
        """What `tern bench` says."""
        command = [self.options.tern, "bench", "--json", "--quiet", "--url", broker.url,
                   "--broker-pid", broker.process.pid, *words]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if not done.stdout:
            raise systems.Failed(f"the load ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def timed(self):
        return ("--duration", self.options.seconds, "--warm-up", "1")

    def rounds(self):
        return range(self.options.rounds)


def pipelined(bench):
    """Durable messages that nobody takes, and the disk's limit in the same round."""
    rates, limits, shares, cpu = [], [], [], []
    for _ in bench.rounds():
        with bench.broker() as broker:
            got = bench.load(broker, "-p", 4, "-s", 0, "--window", 4000, *bench.timed())["measured"]
        folder = Path(tempfile.mkdtemp(dir=bench.options.work))
        try:
            limit = store.fio(folder, WRITE, bench.options.seconds, 1) * WRITE / KIB
        finally:
            shutil.rmtree(folder)
        rates.append(got["confirmed_per_second"])
        cpu.append(1e6 * got["broker_cpu_seconds"] / got["confirmed"])
        limits.append(limit)
        shares.append(got["confirmed_per_second"] / limit)
    yield results.figure("durable messages of 1 KiB, 4 publishers, none taken", rates, "/s",
                         "at least", 100_000)
    yield results.figure("the same, processor time of the broker", cpu, "µs each")
    yield results.figure("1 KiB of fio's writes of 1 MiB, each synced, into a file that was zeros",
                         limits, "/s")
    yield results.figure("share of that limit", shares, "", "at least", 0.6)


def through(bench):
    """Transient messages, and what the loopback lets through in the same round."""
    rates, limits, shares, cpu = [], [], [], []
    program = systems.find_binary("loopback_load")
    for _ in bench.rounds():
        with bench.broker() as broker:
            got = bench.load(broker, "--transient", "--ahead", 20_000, *bench.timed())["measured"]
        said = subprocess.run([program, str(KIB), str(bench.options.seconds)],
                              capture_output=True, text=True, check=True).stdout
        rates.append(got["received_per_second"])
        cpu.append(1e6 * got["broker_cpu_seconds"] / got["received"])
        limits.append(float(said))
        shares.append(got["received_per_second"] / float(said))
    yield results.figure("transient messages of 1 KiB, 1 → 1, OpenWire", rates, "/s")
    yield results.figure("the same, processor time of the broker", cpu, "µs each")
    yield results.figure("1 KiB through the loopback in writes of 64", limits, "/s")
    yield results.figure("share of that", shares, "", "at least", 0.3)


def durable(bench):
    """Processor time of a message that is stored, delivered and acknowledged."""
    cpu, rates = [], []
    for _ in bench.rounds():
        with bench.broker() as broker:
            got = bench.load(broker, "-p", 25, "-s", 25, "--window", 1, *bench.timed())["measured"]
        cpu.append(1e6 * got["broker_cpu_seconds"] / got["received"])
        rates.append(got["received_per_second"])
    yield results.figure("durable messages of 1 KiB, 25 → 25, each waits for its confirm", rates,
                         "/s")
    yield results.figure("the same, processor time of the broker in and out", cpu, "µs each",
                         "at most", 20)


def start(bench):
    """An empty broker with its console."""
    seconds, rss = [], []
    for _ in range(max(5, bench.options.rounds)):
        with bench.broker() as broker:
            seconds.append(broker.start_seconds * 1000)
            time.sleep(1)  # what it does once after its start
            rss.append(broker.rss_bytes() / KIB / KIB)
    yield results.figure("start of an empty broker, until it serves", seconds, "ms", "at most", 50)
    yield results.figure("memory of an idle broker with its console", rss, "MiB", "at most", 20)


def restart(bench):
    """After a kill with many messages waiting."""
    ready, first = [], []
    for _ in bench.rounds():
        with bench.broker("stomp", restarts=True) as broker:
            Stomp(broker.port).publish(b"deep", bench.options.messages, KIB)
            broker.kill()
            broker.start()
            ready.append(broker.start_seconds)
            first.append(broker.start_seconds + Stomp(broker.port).take(b"deep", 1, 1)[0])
    name = f"{bench.options.messages:,} messages of 1 KiB wait: kill -9 to"
    yield results.figure(f"{name} ready", ready, "s", "at most", 1)
    yield results.figure(f"{name} the first message", first, "s", "at most", 1)


def pinned(bench):
    """One message stays while many others pass."""
    files, mib = [], []
    count = max(2000, bench.options.messages * 6 // 10)
    for _ in bench.rounds():
        with bench.broker("stomp") as broker:
            client = Stomp(broker.port)
            client.publish(b"pinned", 2000, KIB)
            client.take(b"pinned", 1999, 1)
            for _ in range(max(1, count // 20_000)):
                client.publish(b"passing", min(count, 20_000), KIB)
                client.take(b"passing", min(count, 20_000))
            files.append(len(list((broker.data / "journal").glob("*.log"))))
            mib.append(mib_in(broker.data / "segments"))
    name = f"one message waits while {count:,} of 1 KiB pass"
    yield results.figure(f"{name}: files of the journal, spare ones too", files, "", "at most", 4)
    yield results.figure(f"{name}: segments", mib, "MiB")


def selector(bench):
    """A message that matches behind many that do not."""
    found, again = [], []
    for _ in bench.rounds():
        with bench.broker("stomp") as broker:
            client = Stomp(broker.port)
            client.publish(b"mixed", bench.options.messages)
            for times in (found, again):
                client.send(b"mixed", b"color:red\n")
                first, _ = Stomp(broker.port).take(b"mixed", 1, 1, b"selector:color = 'red'\n")
                times.append(first * 1000)
    name = f"a match behind {bench.options.messages:,} that are none:"
    yield results.figure(f"{name} the first time", found, "ms", "at most", 1000)
    yield results.figure(f"{name} once the selector is known", again, "ms", "at most", 5)


PARTS = {one.__name__: one for one in (pipelined, through, durable, start, restart, pinned,
                                       selector)}


def parser_of(name, about, parts, rounds, seconds):
    """The options of what measures the broker alone; two are defaults that it says."""
    parser = argparse.ArgumentParser(prog=f"dev bench {name}", description=about)
    parser.add_argument("--part", action="append", choices=parts, help="default: all of them")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seconds", type=int, default=seconds, help="of each measurement")
    parser.add_argument("--ternd", type=Path, default=systems.find_binary("ternd"))
    parser.add_argument("--tern", type=Path, default=systems.find_binary("tern"))
    parser.add_argument("--work", type=Path,
                        default=systems.REPOSITORY / "build" / f"bench-{name}",
                        help="on the disk that is measured")
    return parser


def run():
    parser = parser_of("alone", __doc__, PARTS, rounds=5, seconds=5)
    parser.add_argument("--messages", type=int, default=1_000_000, help="that wait")
    parser.add_argument("--json-out", type=Path)
    parser.add_argument("--check", action="store_true", help="fail if a target is missed")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in options.part or PARTS:
        for row in PARTS[name](Bench(options)):
            results.say(row)
            rows.append({"part": name, **row})
    if options.json_out:
        results.save(options.json_out, "alone", {"rounds": options.rounds,
                                                 "seconds": options.seconds, "figures": rows},
                     options.work)
    return 1 if options.check and not all(row.get("met", True) for row in rows) else 0


if __name__ == "__main__":
    sys.exit(run())
