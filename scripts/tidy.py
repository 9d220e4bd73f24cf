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
    """What clang-tidy finds in `path` and its headers, as far as it counts."""
    extra = [f"--extra-arg={argument}" for argument in EXTRA_ARGUMENTS]
    run = subprocess.run([TIDY, "--quiet", "-p", str(build), *extra, str(path)],
                         capture_output=True, text=True)
    findings, counts = [], []
    for line in run.stdout.splitlines():
        if match := FINDING.match(line):
            ours = Path(os.path.normpath(match[1])).is_relative_to(ROOT)
            counts.append(ours or "clang-diagnostic-error" in match[2])
            findings.append("")
        if findings:
            findings[-1] += line.replace(f"{ROOT}/", "") + "\n"
    if run.returncode != 0 and not findings:
        return [f"{path}: {TIDY} ended with {run.returncode}\n{run.stderr}"]
    return [finding for finding, counted in zip(findings, counts) if counted]


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
    named = {path.resolve() for path in options.files} or set(commands)
    chosen = sorted(named & set(commands))

    def examine(path):
        clean = options.cache / state_of(path, commands[path], base)
        if clean.exists():
            return None
        found = check(path, options.build)
        if not found:
            clean.touch()
        return found

    known, shown = 0, set()  # many sources show the same finding in a header
    with ThreadPoolExecutor(options.jobs) as pool:
        for found in pool.map(examine, chosen):
            known += found is None
            new = set(found or ()) - shown
            shown |= new
            print(*sorted(new), sep="", end="", flush=True)
    print(f"{len(chosen)} sources, {known} of them known to be clean; {len(shown)} findings")
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main())
