#!/usr/bin/python3
"""Runs all that README.md and docs/guides/cli.md, bench.md, cpp-client.md and rabbitmq.md show of
the command and the library, against brokers. What other guides show is run beside what they are
about; there is no example that nobody runs."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from guides import BLOCK, blocks, matches, programs, transcript
from harness import options as harness
from harness.broker import TernBroker
from harness.options import running
from tern_command import SECONDS, Tern

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ROOT / "docs" / "guides"
# Console blocks are run as they stand; run_admin.py has those of operating.md.
RUN = {"cli.md", "bench.md", "operating.md", "rabbitmq.md"}
# Besides: run_admin.py runs the block of operating.md, this program that of README.md.
SHELL = {"operating.md", "README.md"}


def check_all_are_run():
    """That nothing shows what to type where no test would read it."""
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for language, block in BLOCK.findall(document.read_text()):
            typed = re.search(r"^(\$ )?(\S*/)?tern ", block, re.MULTILINE)
            if not typed:
                continue
            known = {"console": RUN, "sh": SHELL}.get(language, set())
            assert document.name in known, f"{document} shows what no test runs:\n{block}"


def check_transcript(guides, environment, cwd=None):
    for guide in guides:
        steps = transcript(GUIDES / guide)
        assert len(steps) >= 5, f"the examples of {guide} were not found"
        for command, expected in steps:
            done = subprocess.run(["bash", "-c", command], env=environment, timeout=SECONDS,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  cwd=cwd)
            assert matches(expected, done.stdout), (
                f"{guide}: $ {command}\n{done.stdout}--- expected:\n{expected}")


def check_readme(environment):
    [script] = [block for block in blocks(ROOT / "README.md", "sh") if "bin/tern " in block]
    said = subprocess.run(["bash", "-euc", script.replace("build/release/bin/", "")],
                          env=environment, timeout=SECONDS, stdout=subprocess.PIPE, text=True)
    assert (said.returncode, said.stdout) == (0, "Hello from the shell\n"), said


def check_rabbitmq(options, environment):
    with tempfile.TemporaryDirectory(prefix="tern-guides-") as work:
        broker = TernBroker(Path(work), options.ternd, listener="amqp091",
                            settings={"management.listen": "127.0.0.1:0"})
        with running(broker):
            where = f"http://guest:guest@127.0.0.1:{broker.management_port}"
            check_transcript(["rabbitmq.md"], {**environment, "TERN_RABBITMQ": where}, work)
            assert '"capped"' in (Path(work) / "all.json").read_text()


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
    check_all_are_run()
    folder = Path(options.tern).resolve().parent
    with harness.broker_for(options) as (broker, _):
        tern = Tern(options.tern, broker.url)
        environment = {**tern.environment, "PATH": f"{folder}:{os.environ['PATH']}"}
        check_transcript(["cli.md", "bench.md"], environment)
        check_readme(environment)
        check_programs(folder, tern)
    if options.broker == "ternd":
        check_rabbitmq(options, environment)


if __name__ == "__main__":
    harness.main(run)
