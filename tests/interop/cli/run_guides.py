#!/usr/bin/python3
"""Runs all that docs/guides/cli.md, bench.md and cpp-client.md show, against a broker."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from guides import matches, programs, transcript
from harness import options as harness
from tern_command import SECONDS, Tern

GUIDES = Path(__file__).resolve().parents[3] / "docs" / "guides"


def check_transcript(environment):
    steps = transcript(GUIDES / "cli.md") + transcript(GUIDES / "bench.md")
    assert len(steps) >= 8, "the guide's examples were not found"
    for command, expected in steps:
        done = subprocess.run(["bash", "-c", command], env=environment, timeout=SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert matches(expected, done.stdout), (
            f"$ {command}\n{done.stdout}--- expected:\n{expected}")


def check_programs(folder, tern):
    def run(name):
        found.remove(f"{name}.cc")
        return subprocess.run([folder / f"guide_{name}"], env=tern.environment, timeout=SECONDS,
                              stdout=subprocess.PIPE, text=True, check=True).stdout

    found = set(programs(GUIDES / "cpp-client.md"))
    assert run("hello") == "hello\n"
    tern.produce("TABLE.ORDERS", ["soup"])
    assert run("transfer") == "committed\n"
    assert tern.browse("TABLE.ORDERS") == []
    assert tern.consume("TABLE.BILLS", 1) == ["bill for soup"]
    assert run("request_reply") == "hello, hello\n"
    assert run("failover") == "sent\n"
    assert tern.browse("KITCHEN") == ["soup", "salad"]
    assert run("coroutine") == "6\n"
    assert not found, f"programs without a test: {found}"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    options = parser.parse_args()
    folder = Path(options.tern).resolve().parent
    with harness.broker_for(options) as (broker, _):
        tern = Tern(options.tern, broker.url)
        check_transcript({**tern.environment, "PATH": f"{folder}:{os.environ['PATH']}"})
        check_programs(folder, tern)


if __name__ == "__main__":
    harness.main(run)
