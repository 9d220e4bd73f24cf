#!/usr/bin/env python3
"""Runs the README's JMS example as a reader would: copied, compiled by its own command line."""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness

README = Path(__file__).resolve().parents[2] / "README.md"
PORT_IN_README = "61616"
SECONDS_MAX = 60


def block(language, containing):
    """The one block of code in the README in `language` that contains a text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"),
                        re.MULTILINE | re.DOTALL)
    found = [block for block in blocks if containing in block]
    assert len(found) == 1, f"{len(found)} {language} blocks of the README contain {containing!r}"
    return found[0]


def run():
    options = harness.parser(__doc__).parse_args()
    program = block("java", "public class Hello")
    assert f"localhost:{PORT_IN_README}" in program, "the example must use the default port"
    commands = "\n".join(line for line in block("sh", "Hello.java").splitlines()
                         if "apt-get" not in line)
    with harness.broker_for(options) as (broker, _):
        source = broker.work / "Hello.java"
        source.write_text(program.replace(PORT_IN_README, str(broker.port)), encoding="utf-8")
        done = subprocess.run(["bash", "-euc", commands], cwd=broker.work, text=True,
                              stdout=subprocess.PIPE, timeout=SECONDS_MAX)
    print(done.stdout, end="")
    assert done.returncode == 0, f"the example ended with exit code {done.returncode}"
    assert done.stdout == "Hello from TernMQ\n", f"the example printed {done.stdout!r}"


if __name__ == "__main__":
    harness.main(run)
