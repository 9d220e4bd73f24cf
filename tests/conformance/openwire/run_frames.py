"""Lets the Java implementation of OpenWire judge our codec.

Java writes random commands for every version and encoding; recode_frames decodes them and writes
them again; Java reads those and compares. A failure prints the seed, which replays it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from harness.java import MissingPackages, jar_path  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recode", required=True, help="the program recode_frames")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100, help="frames per version and encoding")
    options = parser.parse_args()
    try:
        jars = jar_path()
    except MissingPackages as missing:
        print(missing, file=sys.stderr)
        return 1

    with tempfile.TemporaryDirectory() as folder:
        sources = sorted(str(source) for source in HERE.glob("*.java"))
        subprocess.run(["javac", "-nowarn", "-encoding", "UTF-8", "-cp", jars, "-d", folder,
                        *sources], check=True)
        java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                os.pathsep.join((folder, jars)), "FrameOracle"]
        theirs, ours = Path(folder, "theirs"), Path(folder, "ours")
        print(f"replay with --seed {options.seed} --count {options.count}", flush=True)
        arguments = [str(options.seed), str(options.count)]
        for command in (java + ["generate", *arguments, str(theirs)],
                        [options.recode, str(theirs), str(ours)],
                        java + ["verify", *arguments, str(ours)]):
            if subprocess.run(command).returncode != 0:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
