#!/usr/bin/env python3
"""Measures everything, part by part, and makes docs/benchmarks/ of it. A part that was measured
already (its JSON is there) is left out, so that a run that was ended goes on where it was;
`--part` picks some, `--again` measures them anew. Hours: see `--list`."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import page
from results import ROOT

RESULTS = ROOT / "docs" / "benchmarks" / "results"
# Those beside a peer: the program, and about how many minutes five rounds of five seconds take.
PEERS = {"classic": 50, "openwire": 12, "stomp": 6, "mqtt": 14, "nats": 8, "amqp": 12, "amqp091": 8}
CURVES = {"queues": 4, "connections": 5, "active": 5, "sizes": 5, "shards": 5, "backlog": 30}
LATENCY = {"load": 8, "pauses": 22}


def peer(name):
    def words(options, to):
        more = ["--minutes", "600"] if name == "classic" else []
        return [f"{name}.py", "--rounds", options.rounds, "--seconds", options.seconds, *more,
                "--json-out", to]
    return words


def curve(name):
    def words(options, _):
        return ["curves.py", "--part", name, "--rounds", options.rounds, "--seconds",
                options.seconds, "--json-out", RESULTS]
    return words


def latency(name):
    def words(options, _):
        return ["latency.py", "--part", name, "--rounds", options.rounds, "--seconds",
                options.seconds, "--json-out", RESULTS]
    return words


def alone(options, to):
    return ["alone.py", "--rounds", options.rounds, "--seconds", options.seconds, "--json-out", to]


PARTS = {**{name: (minutes, peer(name)) for name, minutes in PEERS.items()},
         "alone": (15, alone),
         **{f"curve-{name}": (minutes, curve(name)) for name, minutes in CURVES.items()},
         **{f"latency-{name}": (minutes, latency(name)) for name, minutes in LATENCY.items()}}


def run():
    parser = argparse.ArgumentParser(prog="dev bench all", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="default: all of them")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--again", action="store_true", help="also what was measured already")
    parser.add_argument("--list", action="store_true", help="the parts, and their minutes")
    options = parser.parse_args()
    if options.list:
        for name, (minutes, _) in PARTS.items():
            print(f"{name:20} {minutes:3} minutes"
                  f"{'  (measured)' if (RESULTS / f'{name}.json').exists() else ''}")
        return 0
    failed = []
    for name in options.part or PARTS:
        to = RESULTS / f"{name}.json"
        if to.exists() and not options.again:
            continue
        RESULTS.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        program, *words = PARTS[name][1](options, to)
        command = [sys.executable, "-B", ROOT / "bench" / program, *words]
        print(f"\n{name}: {' '.join(map(str, command[2:]))}", flush=True)
        if subprocess.run(list(map(str, command))).returncode != 0:
            failed.append(name)
        print(f"{name}: {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
    page.write(RESULTS)
    if failed:
        print(f"\nfailed, or found a message lost: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run())
