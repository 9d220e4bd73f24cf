#!/usr/bin/env python3
"""Runs clang-tidy over the product's sources, as a build directory compiles them, in parallel.

Tests and fuzz targets are left out: gcc's warnings and the sanitizers look at them already.

A source whose text, headers of ours, command line and configuration were found clean before is
not looked at again: `--cache` keeps a name for each such state. Findings in other people's headers
do not count, as they are not ours to repair.

usage: tidy.py [--build DIR] [--jobs N] [--cache DIR] [FILE ...]
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
TIDY = "clang-tidy-19"
# gcc's warnings that clang does not know are no finding. The analyzer's default limit lets a
# visitor over a hundred structures run for minutes; ordinary functions stay far below this one.
EXTRA_ARGUMENTS = ("-Wno-unknown-warning-option", "-Xclang", "-analyzer-config",
                   "-Xclang", "max-nodes=5000")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
FINDING = re.compile(r"^(/[^:\n]+):\d+:\d+: (?:warning|error): .*\[([\w.,-]+)\]$")


def sources_of(build):
    """{file: compile command} of our product sources."""
    commands = json.loads((build / "compile_commands.json").read_text())
    return {Path(entry["file"]): entry["command"] for entry in commands
            if Path(entry["file"]).is_relative_to(SOURCE) and "_tests.dir/" not in entry["command"]}


def closure(path, seen):
    """Adds `path` and all headers of ours that it includes, directly or not."""
    if path in seen or not path.exists():
        return
    text = path.read_bytes()
    seen[path] = text
    for name in INCLUDE.findall(text.decode()):
        closure(SOURCE / name, seen)


def state_of(path, command, base):
    """A name for everything that decides about the findings in `path`."""
    files = {}
    closure(path, files)
    digest = hashlib.sha256(base)
    options = [word for word in shlex.split(command) if word.startswith(("-D", "-std", "-m", "-f"))
               and str(ROOT) not in word]
    digest.update(" ".join(options).encode())
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + files[file])
    return digest.hexdigest()


def check(path, build):
    """clang-tidy's output for `path` as far as it counts; empty when clean."""
    extra = [f"--extra-arg={argument}" for argument in EXTRA_ARGUMENTS]
    run = subprocess.run([TIDY, "--quiet", "-p", str(build), *extra, str(path)],
                         capture_output=True, text=True)
    kept, findings, keep = [], 0, False
    for line in run.stdout.splitlines():
        match = FINDING.match(line)
        if match:
            ours = Path(os.path.normpath(match[1])).is_relative_to(ROOT)
            keep = ours or "clang-diagnostic-error" in match[2]
            findings += 1
        if keep:
            kept.append(line.replace(f"{ROOT}/", ""))
    if run.returncode != 0 and findings == 0:
        kept.append(f"{path}: {TIDY} ended with {run.returncode}\n{run.stderr}")
    return "\n".join(kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=ROOT / "build" / "dev", type=Path)
    parser.add_argument("--jobs", default=os.cpu_count(), type=int)
    parser.add_argument("--cache", type=Path, default=Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tern-tidy")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()

    options.cache.mkdir(parents=True, exist_ok=True)
    base = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    base += (ROOT / ".clang-tidy").read_bytes() + " ".join(EXTRA_ARGUMENTS).encode()
    commands = sources_of(options.build)
    wanted = {path.resolve() for path in options.files} or set(commands)

    def examine(path):
        clean = options.cache / state_of(path, commands[path], base)
        if clean.exists():
            return None
        found = check(path, options.build)
        if not found:
            clean.touch()
        else:
            print(found, flush=True)
        return found

    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(examine, sorted(wanted & set(commands))))
    unclean = sum(1 for result in results if result)
    known = sum(1 for result in results if result is None)
    print(f"{len(results)} sources, {known} of them known to be clean; {unclean} with findings")
    return 1 if unclean else 0


if __name__ == "__main__":
    sys.exit(main())
