#!/usr/bin/python3
"""Runs the tests of the C++ client library against a broker."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--program", required=True, metavar="PATH", help="the test program")
    parser.add_argument("--filter", default="*", metavar="PATTERN", help="tests to run")
    options = parser.parse_args()
    with harness.broker_for(options) as (broker, _):
        code = subprocess.run(
            [options.program, "--gtest_brief=1", f"--gtest_filter={options.filter}"],
            env={**os.environ, "BROKER_URL": broker.url}).returncode
        assert code == 0, "client tests failed, see above"
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
