#!/usr/bin/python3
"""Runs the AMQP 1.0 interoperability tests with python3-qpid-proton against a broker."""

import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

from harness import feature_table
from harness import options as harness

import amqp_broker
import connections_test
import duplicates_test
import large_test
import letters_test
import limits_test
import logins_test
import proton_test
import story
import subscriptions_test
import transactions_test
import transformers_test
import wire_test

MODULES = (connections_test, duplicates_test, large_test, letters_test, limits_test, logins_test,
           proton_test, subscriptions_test, transactions_test, transformers_test, wire_test)


class Results(unittest.TextTestResult):
    """Remembers the class of each test that passed."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.passed = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed.append(("ok", type(test).__name__))


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", metavar="TEXT", help="names of tests to run")
    parser.add_argument("--table", type=Path, help="the file whose table gets proton's column")
    options = parser.parse_args()
    loader = unittest.TestLoader()
    if options.filter:
        loader.testNamePatterns = [f"*{options.filter}*"]
    with amqp_broker.running(options.ternd) as broker:
        story.Story.broker = broker
        suite = unittest.TestSuite(map(loader.loadTestsFromModule, MODULES))
        result = unittest.TextTestRunner(verbosity=2, resultclass=Results).run(suite)
        assert result.testsRun > 0 and result.wasSuccessful(), "AMQP tests failed, see above"
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"
    if options.table:
        feature_table.enter(options.table, "proton Python 0.37",
                            feature_table.count(result.passed))


if __name__ == "__main__":
    harness.main(run)
