#!/usr/bin/python3
"""What Terraform's provider for RabbitMQ does with the management API, by the Go library that it is
built on: what was seen lies in terraform_expected.txt. With --reference RabbitMQ has to be seen so,
too (--record writes it down again)."""

import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import options as harness
from harness.rabbitmq import RabbitMq
from management_api import Management

HERE = Path(__file__).resolve().parent
EXPECTED = HERE / "terraform_expected.txt"
SECONDS = 120


def built(work):
    program = Path(work) / "client"
    try:
        subprocess.run(["go", "build", "-o", str(program), "."], cwd=HERE / "go", check=True)
    except FileNotFoundError:
        raise SystemExit("missing go: install golang-go") from None
    return program


def told(program, port):
    done = subprocess.run([str(program), f"http://127.0.0.1:{port}"], capture_output=True,
                          text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare(seen):
    expected = EXPECTED.read_text()
    lines = difflib.unified_diff(expected.splitlines(), seen.splitlines(), lineterm="")
    assert seen == expected, "\n".join(lines)


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--reference", action="store_true",
                        help="RabbitMQ, too, which has to be installed")
    parser.add_argument("--record", action="store_true",
                        help="with --reference: write down what is seen of RabbitMQ")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        program = built(work)
        if options.reference:
            with RabbitMq(Path(work) / "rabbitmq") as peer:
                theirs = told(program, peer.http_port)
            if options.record:
                EXPECTED.write_text(theirs)
            compare(theirs)
        with Management.running(Path(work) / "ternd", options) as broker:
            compare(told(program, broker.api_port))
    print("ok")


if __name__ == "__main__":
    harness.main(main)
