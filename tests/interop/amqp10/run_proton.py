#!/usr/bin/python3
"""Runs the AMQP 1.0 interoperability tests with python3-qpid-proton against a broker."""

import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

from harness import options as harness

import amqp_broker
import proton_test


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", metavar="TEXT", help="names of tests to run")
    options = parser.parse_args()
    loader = unittest.TestLoader()
    if options.filter:
        loader.testNamePatterns = [f"*{options.filter}*"]
    with amqp_broker.running(options.ternd) as broker:
        proton_test.Story.broker = broker
        suite = loader.loadTestsFromModule(proton_test)
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        assert result.testsRun > 0 and result.wasSuccessful(), "AMQP tests failed, see above"
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
