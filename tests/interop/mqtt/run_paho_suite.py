#!/usr/bin/env python3
"""Eclipse Paho's interoperability suites for 3.1.1 and 5.0, as they are, against the daemon.

    git clone https://github.com/eclipse-paho/paho.mqtt.testing
    run_paho_suite.py --suite paho.mqtt.testing --ternd build/release/bin/ternd
"""

import contextlib
import importlib
import io
import logging
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness

DOCUMENT = Path(__file__).resolve().parent / "paho_suite.xml"
WAIT_SECONDS = 20
TOPICS = ("TopicA", "TopicA/B", "Topic/C", "TopicA/C", "/TopicA")
WILD_TOPICS = ("TopicA/+", "+/C", "#", "/#", "/+", "+/+", "TopicA/#")
OTHERWISE = {
    # As in ActiveMQ whoever may read everything, which the other tests do, may read each topic.
    "client_test": {"test_subscribe_failure"},
    # A message that two filters of a client match comes once for each (MQTT-3.3.4-5).
    "client_test5": {"test_subscribe_failure", "test_subscribe_identifiers"},
}


def start(options, folder):
    daemon = subprocess.Popen(
        [options.ternd, "--data", str(folder / "data"), "--config", str(DOCUMENT), "--set",
         "http.listen=off"], stdout=subprocess.PIPE, text=True)
    ready = daemon.stdout.readline()
    found = re.search(r" mqtt=\S+?:(\d+)", ready)
    assert found, f"no port in: {ready}"
    return daemon, int(found[1])


def run_suite(name, port):
    """The tests that failed."""
    suite = importlib.import_module(name)
    suite.host, suite.port, suite.topic_prefix = "localhost", port, ""
    suite.topics, suite.wildtopics = TOPICS, WILD_TOPICS
    suite.nosubscribe_topics = ("test/nosubscribe",)
    logging.getLogger().setLevel(logging.CRITICAL)
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(suite.Test)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        result = unittest.TextTestRunner(stream=output, verbosity=2).run(tests)
    failed = {test.id().rpartition(".")[2] for test, _ in result.failures + result.errors}
    print(f"{name}: {result.testsRun} tests, {len(failed)} failed: {sorted(failed)}", flush=True)
    if failed - OTHERWISE.get(name, set()):
        print(output.getvalue())
    return failed - OTHERWISE.get(name, set())


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--suite", type=Path, required=True, metavar="DIR",
                        help="a clone of github.com/eclipse-paho/paho.mqtt.testing")
    options = parser.parse_args()
    sys.path.insert(0, str(options.suite / "interoperability"))
    with tempfile.TemporaryDirectory(prefix="tern-paho-") as folder:
        daemon, port = start(options, Path(folder))
        try:
            failed = {name: run_suite(name, port) for name in ("client_test", "client_test5")}
        finally:
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(WAIT_SECONDS)
            daemon.stdout.close()
    assert not any(failed.values()), failed
    assert code == 0, f"the broker ended with exit code {code}"


if __name__ == "__main__":
    harness.main(run)
