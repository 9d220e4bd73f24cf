#!/usr/bin/python3
"""Runs the tests of the C++ client library against a broker."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.control import ControlServer


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--program", required=True, metavar="PATH", help="the test program")
    parser.add_argument("--filter", default="*", metavar="PATTERN", help="tests to run")
    parser.add_argument("--kills", type=int, default=0, metavar="N",
                        help="of the broker in each test of a program that is about these")
    options = parser.parse_args()
    with (harness.broker_for(options, restarts=options.kills > 0) as (broker, _),
          ControlServer(broker) as control):
        code = subprocess.run(
            [options.program, "--gtest_brief=1", f"--gtest_filter={options.filter}"],
            env={**os.environ, "BROKER_URL": broker.url, "KILLS": str(options.kills),
                 "CONTROL_PORT": str(control.port)}).returncode
        assert code == 0, "client tests failed, see above"
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
