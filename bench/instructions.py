#!/usr/bin/env python3
"""How many instructions the broker executes for a message on four paths, by callgrind, and whether
that is more than instructions.txt says: a guard that does not depend on how busy a machine is.

A path is the broker without sockets and threads on a simulated disk (paths/), and the clients of
`tern bench`; neither the clients' instructions count nor the simulator's. More than 3 % above the
recorded figure fails."""

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "bench" / "instructions.txt"
PROGRAM = ROOT / "build" / "dev" / "bin" / "broker_paths"
PATHS = ("openwire-persistent", "amqp10-transient", "mqtt-qos0", "amqp091-confirms")
MORE_AT_MOST = 0.03
WARM_UP = 320
MESSAGES = 960
SECONDS_MAX = 300
SIMULATOR = ("tern::sim::", "tern::Sim", "tern::paths::")
# The C library chooses how it copies by the processor: here always the same way.
TUNABLES = "glibc.cpu.hwcaps=" + ",".join(f"-{name}" for name in (
    "AVX512F", "AVX512VL", "AVX512BW", "AVX2", "AVX", "AVX_Fast_Unaligned_Load", "BMI1", "BMI2",
    "LZCNT", "MOVBE", "RTM", "ERMS", "FSRM", "Prefer_No_VZEROUPPER", "SSSE3", "SSE4_1", "SSE4_2",
    "Fast_Unaligned_Copy", "Fast_Copy_Backward", "Fast_Rep_String"))


def own_instructions(profile):
    """All that callgrind counted but what the simulator did itself."""
    total, function, of_call = 0, "", False
    for line in profile.read_text().splitlines():
        if line.startswith("fn="):
            function = line[3:]
        elif line.startswith("calls="):
            of_call = True  # the next line is what was called, which is counted where it stands
        elif line[:1].isdigit():
            if not of_call and not function.startswith(SIMULATOR):
                total += int(line.split()[1])
            of_call = False
    return total


def count(program, path):
    """Instructions for a message."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=no",
                   "--toggle-collect=tern::paths::SimulatedBroker::work_counted*",
                   "--compress-strings=no", "--compress-pos=no", "--dump-line=no",
                   f"--callgrind-out-file={folder}/out", str(program), path, str(WARM_UP),
                   str(MESSAGES)]
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
                       "GLIBC_TUNABLES": TUNABLES}
        done = subprocess.run(command, env=environment, capture_output=True, text=True,
                              timeout=SECONDS_MAX)
        found = own_instructions(Path(folder) / "out") if done.returncode == 0 else 0
    if found == 0:
        raise SystemExit(f"{path}: valgrind ended with {done.returncode}:\n{done.stderr}")
    return found / MESSAGES


def read_record():
    """{path: (figure, reason)}"""
    record = {}
    for line in RECORD.read_text().splitlines() if RECORD.exists() else ():
        if line and not line.startswith("#"):
            path, figure, reason = line.split(maxsplit=2)
            record[path] = (int(figure), reason)
    return record


def write_record(figures, old, reason):
    lines = ["# Instructions of the broker for a message (bench/instructions.py): path, figure, "
             "and why it is that."]
    for path in PATHS:
        figure, why = old.get(path, (0, ""))
        if path in figures and abs(figures[path] - figure) > 0.005 * figure:
            figure, why = round(figures[path]), reason
        lines.append(f"{path:20} {figure:6}  {why}")
    RECORD.write_text("\n".join(lines) + "\n")


def run():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=PROGRAM, help="broker_paths")
    parser.add_argument("--path", choices=PATHS, action="append", help="one of them (default: all)")
    parser.add_argument("--update", metavar="REASON",
                        help="record what is counted now, and why it differs")
    options = parser.parse_args()
    chosen = options.path or PATHS
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        figures = dict(zip(chosen, pool.map(lambda path: count(options.program, path), chosen)))
    record = read_record()
    if options.update:
        write_record(figures, record, options.update)
    more = []
    for path, figure in figures.items():
        recorded, _ = record.get(path, (0, ""))
        change = figure / recorded - 1 if recorded else float("inf")
        print(f"{path:20} {figure:8.0f} instructions a message, recorded {recorded}: "
              f"{change:+.2%}")
        if change > MORE_AT_MOST:
            more.append(path)
        elif change < -MORE_AT_MOST and not options.update:
            print("  less than recorded: record it (--update REASON), so that it stays so")
    if more and not options.update:
        print(f"\n{', '.join(more)}: more than {MORE_AT_MOST:.0%} above what is recorded. Find out "
              "why; if it has to be so,\n    python3 bench/instructions.py --update 'REASON'\n"
              "writes the new figures and the reason into bench/instructions.txt.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run())
