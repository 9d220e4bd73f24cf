#!/usr/bin/python3
"""Ten minutes of overload: tests/crash/overload.py with the release build, which takes the same
options."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TERND = ROOT / "build" / "release" / "bin" / "ternd"
SECONDS = 600

if __name__ == "__main__":
    command = [sys.executable, "-B", str(ROOT / "tests" / "crash" / "overload.py"),
               "--ternd", str(TERND), "--seconds", str(SECONDS), "--body", "1024", *sys.argv[1:]]
    os.execv(sys.executable, command)
