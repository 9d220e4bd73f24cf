#!/usr/bin/env python3
"""What the journal makes of the disk: appends that are synced, one at a time and in batches of
64 KiB, plain and encrypted, beside what fio gets of the same disk in the same minute."""

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
JOURNAL_LOAD = ROOT / "build" / "release" / "bin" / "journal_load"
FILE_BYTES = 32 * 1024 * 1024
SMALL = 1024
BATCH = 64 * 1024
BATCHES = 16  # of 64 KiB that share a sync: as many as the journal writes at once
DEPTH = 2 * BATCHES  # under way, as with several connections: some wait while others are synced
SYNCS_WANTED = 0.9
BANDWIDTH_WANTED = 0.7


def fio(folder, block, seconds, sync_every):
    """Writes into a file that is there already, from front to back and again; so many writes share
    a sync, or none has any. Returns writes per second."""
    file = folder / "fio"
    if not file.exists():
        file.write_bytes(bytes(FILE_BYTES))
        subprocess.run(["sync", str(file)], check=True)
    command = ["fio", "--name=store", f"--filename={file}", "--rw=write", f"--bs={block}",
               f"--size={FILE_BYTES}", "--ioengine=psync", "--time_based", f"--runtime={seconds}",
               "--overwrite=1", "--output-format=json", "--end_fsync=1"]
    if sync_every:
        command.append(f"--fdatasync={sync_every}")
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    job = json.loads(said)["jobs"][0]
    # A sync is no part of the time that fio counts for the writes.
    return job["write"]["total_ios"] / (job["job_runtime"] / 1000)


def journal(program, folder, seconds, *options):
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        said = subprocess.run([program, place, "--seconds", str(seconds), *options],
                              stdout=subprocess.PIPE, check=True, text=True).stdout
    finally:
        shutil.rmtree(place)
    return {name: float(value) for name, value in map(str.split, said.splitlines())}


def measure(program, folder, seconds):
    """One round: everything once, one after the other."""
    small = ("--bytes", str(SMALL))
    large = ("--bytes", str(BATCH), "--depth", str(DEPTH))
    found = {"fio, 1 KiB": fio(folder, SMALL, seconds, 1)}
    for name, sealed in (("journal", ()), ("encrypted", ("--sealed",))):
        got = journal(program, folder, seconds, *small, *sealed)
        found[f"{name}, 1 KiB"] = got["batches_per_s"]
    mib = BATCH / 1024 / 1024
    found["fio, 64 KiB"] = fio(folder, BATCH, seconds, BATCHES) * mib
    for name, sealed in (("journal", ()), ("encrypted", ("--sealed",))):
        got = journal(program, folder, seconds, *large, *sealed)
        found[f"{name}, 64 KiB"] = got["mib_per_s"]
    found["fio, 64 KiB, unsynced"] = fio(folder, BATCH, seconds, 0) * mib
    return found


def run():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench-store",
                        help="on the disk that is measured")
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", type=Path, default=JOURNAL_LOAD, help="journal_load")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        rounds = [measure(options.program, options.folder, options.seconds)
                  for _ in range(options.rounds)]
    finally:
        shutil.rmtree(options.folder)
    print(f"{'':24}{'median':>10}   each round")
    for name in rounds[0]:
        values = [one[name] for one in rounds]
        unit = "synced/s" if "1 KiB" in name else "MiB/s"
        print(f"{name:24}{statistics.median(values):10.0f} {unit}"
              f"  {' '.join(f'{value:.0f}' for value in values)}")
    failed = False
    for what, of, wanted in (("journal, 1 KiB", "fio, 1 KiB", SYNCS_WANTED),
                             ("journal, 64 KiB", "fio, 64 KiB", BANDWIDTH_WANTED),
                             ("encrypted, 1 KiB", "journal, 1 KiB", None),
                             ("encrypted, 64 KiB", "journal, 64 KiB", None)):
        ratio = statistics.median(one[what] / one[of] for one in rounds)
        missed = wanted is not None and ratio < wanted
        failed = failed or missed
        goal = "" if wanted is None else f", wanted: {wanted:.2f}{' MISSED' if missed else ''}"
        print(f"{what} / {of}: {ratio:.2f}{goal}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(run())
