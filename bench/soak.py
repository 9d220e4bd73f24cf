#!/usr/bin/python3
"""Overload, for ten minutes in all unless told otherwise: 50 producers at full speed and consumers
that take a tenth, with 64 MiB for messages; persistent and transient ones, a limited store, a disk
that becomes full, and consumers that take what they can. What each part has to show is judged by
tests/crash/overload.py."""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TERND = ROOT / "build" / "release" / "bin" / "ternd"
# What, its share of the time, and how.
PARTS = (("persistent messages", 0.35, []),
         ("transient messages", 0.2, ["--transient"]),
         ("a limited store", 0.15, ["--store-mib", "256", "--body", "8192"]),
         ("a full disk", 0.15, ["--disk-mib", "512", "--body", "8192"]),
         ("consumers that do what they can", 0.15, ["--transient", "--share", "1"]))


def run():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600,
                        help="in which messages are sent; what is left then comes after it")
    parser.add_argument("--ternd", default=str(TERND), metavar="PATH")
    parser.add_argument("--body", type=int, default=1024)
    parser.add_argument("--only", metavar="PART,...", help="some parts, by their names")
    options, rest = parser.parse_known_args()
    failed = []
    for name, share, arguments in PARTS:
        if options.only and name not in options.only.split(","):
            continue
        seconds = max(1, round(options.seconds * share))
        print(f"\n{name}, {seconds} s:", flush=True)
        command = [sys.executable, "-B", str(ROOT / "tests" / "crash" / "overload.py"), "--ternd",
                   options.ternd, "--seconds", str(seconds), "--body", str(options.body),
                   *arguments, *rest]
        if subprocess.run(command).returncode != 0:
            failed.append(name)
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall parts passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run())
