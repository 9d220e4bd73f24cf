#!/usr/bin/env python3
"""How rates, processor time, memory and lateness depend on the number of queues and connections, on
the size of messages, on shards, and on what waits. Each part can be run alone; results as JSON."""

import shutil
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import alone
import results
from backlog import Stomp, mib_in

KIB = 1024
MIB = KIB * KIB
BACKLOG_BYTES_MAX = 16 << 30  # of the messages' bodies


def point(x, got, **more):
    """What a load says of one place on a curve."""
    measured = got["measured"]
    count = max(1, measured["received"])
    return {"x": x, "rate": measured["received_per_second"],
            "broker_cpu_us": 1e6 * measured["broker_cpu_seconds"] / count,
            "client_cpu_us": 1e6 * measured["client_cpu_seconds"] / count,
            "rss_mib": got["rss_kib"] / KIB, "p50_us": got["latency_us"]["p50"],
            "p99_us": got["latency_us"]["p99"], "lost": got["total"]["lost"], **more}


def queues(bench):
    """The same clients on more and more queues."""
    clients = 1000
    for kind in ("persistent", "transient"):
        for count in (1, 10, 100, 1000):
            with bench.broker() as broker:
                got = bench.load(broker, f"--{kind}", "-p", clients, "-s", clients,
                                 "--destinations", count, "--window", 1, "--ahead", 2000,
                                 *bench.timed())
            yield point(count, got, series=kind)


def connections(bench):
    """A load of ten clients beside connections that do nothing."""
    for kind in ("persistent", "transient"):
        for count in (1, 10, 100, 1000, 5000):
            with bench.broker() as broker:
                got = bench.load(broker, f"--{kind}", "-p", 5, "-s", 5, "--idle", count,
                                 "--window", 100, "--ahead", 2000, *bench.timed())
            yield point(count, got, series=kind)


def active(bench):
    """More and more connections that all send or receive, on one queue."""
    for kind in ("persistent", "transient"):
        for count in (2, 20, 200, 2000, 5000):
            half = count // 2
            with bench.broker() as broker:
                got = bench.load(broker, f"--{kind}", "-p", half, "-s", half, "--window", 1,
                                 "--ahead", 2000, *bench.timed())
            yield point(count, got, series=kind)


def sizes(bench):
    """Messages of 100 B to 1 MiB."""
    for kind in ("persistent", "transient"):
        for size in (100, KIB, 10 * KIB, 100 * KIB, MIB):
            # So that not more than some MiB are under way.
            ahead = max(4, min(2000, 16 * MIB // size))
            with bench.broker() as broker:
                got = bench.load(broker, f"--{kind}", "-p", 4, "-s", 4, "--size", size, "--window",
                                 max(1, ahead // 4), "--ahead", ahead, *bench.timed())
            yield point(size, got, series=kind,
                        mib_s=got["measured"]["received_per_second"] * size / MIB)


def shards(bench):
    """The same load on 1 to 4 shards."""
    for kind in ("persistent", "transient"):
        for count in (1, 2, 3, 4):
            with bench.broker(settings={"shards": count}) as broker:
                got = bench.load(broker, f"--{kind}", "-p", 16, "-s", 16, "--destinations", 8,
                                 "--window", 100, "--ahead", 4000, *bench.timed())
            yield point(count, got, series=kind)


def backlog(bench):
    """So many messages wait: memory, disk, another queue's traffic beside them, and their drain."""
    for size in (100, KIB):
        count = 0
        while count <= bench.options.most and count * size <= BACKLOG_BYTES_MAX:
            with bench.broker("stomp") as broker:
                client = Stomp(broker.port)
                client.publish(b"warm", 100_000, size)
                client.take(b"warm", 100_000)
                empty = broker.rss_bytes()
                filled = client.publish(b"deep", count, size) if count else 0
                rss = broker.rss_bytes() - empty
                disk = mib_in(broker.data / "journal") + mib_in(broker.data / "segments")
                got = bench.load(broker, "--protocol", "stomp", "-d", "beside", "--rate", 2000,
                                 *bench.timed())
                taken = client.take(b"deep", min(count, bench.options.taken))[1] if count else 0
            yield point(count, got, series=f"{size} B", fill_rate=filled, rss_growth_mib=rss / MIB,
                        disk_mib=disk, drain_rate=taken)
            count = count * 10 if count else 10_000


PARTS = {one.__name__: one for one in (queues, connections, active, sizes, shards, backlog)}


def run():
    parser = alone.parser_of("curves", __doc__, PARTS, rounds=3, seconds=5)
    parser.add_argument("--most", type=int, default=10_000_000, help="messages that wait")
    parser.add_argument("--taken", type=int, default=1_000_000,
                        help="of those that wait, to know how quickly they are taken")
    parser.add_argument("--json-out", type=Path, metavar="FOLDER",
                        help="where each part's results go, as curve-PART.json")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    lost = 0
    for name in options.part or PARTS:
        points = []
        for number in range(options.rounds):
            for one in PARTS[name](alone.Bench(options)):
                lost += one["lost"]
                points.append({"round": number, **one})
                print(f"{name} round {number + 1} {one['series']} {one['x']}: "
                      f"{one['rate']:.0f}/s, broker {one['broker_cpu_us']:.1f} µs each, "
                      f"p99 {one['p99_us'] / 1000:.2f} ms, {one['rss_mib']:.0f} MiB", flush=True)
        if options.json_out:
            results.save(options.json_out / f"curve-{name}.json", f"curve-{name}",
                         {"about": PARTS[name].__doc__, "seconds": options.seconds,
                          "rounds": options.rounds, "points": points}, options.work)
    shutil.rmtree(options.work)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(run())
