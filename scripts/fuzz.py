#!/usr/bin/env python3
"""Runs each fuzz target of build/asan for a while, as many at a time as there are processors.

Starts from the seeds in corpus/<target>/ beside the target's source. New inputs are kept in
build/asan/corpus/<target>/; one that fails is kept in build/asan/failures/ and shown with the
command that replays it.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "asan"
FAILURES = BUILD / "failures"
INPUT_SECONDS_MAX = 10
INPUT_BYTES_MAX = 65536
MEMORY_MIB_MAX = 2048
OUTPUT_LINES_SHOWN = 60
SANITIZER_OPTIONS = {"ASAN_OPTIONS": "allow_addr2line=1", "UBSAN_OPTIONS": "print_stacktrace=1"}


def run(target, folder, seconds):
    """Returns (passed, what to print)."""
    found = BUILD / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    corpora = [str(path) for path in (found, folder / "corpus" / target) if path.is_dir()]
    program = BUILD / "bin" / target
    done = subprocess.run(
        [str(program), f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS_MAX}",
         f"-max_len={INPUT_BYTES_MAX}", f"-rss_limit_mb={MEMORY_MIB_MAX}", "-print_final_stats=1",
         f"-artifact_prefix={FAILURES}/{target}-", *corpora],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", env={**SANITIZER_OPTIONS, **os.environ})
    if done.returncode == 0:
        runs = re.search(r"number_of_executed_units: (\d+)", done.stdout)
        return True, f"{target:<32} ok, {int(runs[1]) if runs else 0:,} inputs"
    lines = done.stdout.splitlines()[-OUTPUT_LINES_SHOWN:]
    artifact = re.search(r"Test unit written to (\S+)", done.stdout)
    replay = f"\nreplay: {program} {artifact[1]}" if artifact else ""
    return False, "\n".join((f"{target:<32} FAILED", *lines)) + replay


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--count", type=Path, help='where to write "passed failed"')
    options = parser.parse_args()

    targets = [line.split(" ", 1) for line in (BUILD / "fuzz_targets").read_text().splitlines()]
    if not targets:
        sys.exit("no fuzz targets")
    FAILURES.mkdir(parents=True, exist_ok=True)
    passed = []

    def run_one(target):
        good, text = run(target[0], Path(target[1]), options.seconds)
        passed.append(good)
        print(text, flush=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run_one, targets))
    failed = passed.count(False)
    if options.count:
        options.count.write_text(f"{len(passed) - failed} {failed}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
