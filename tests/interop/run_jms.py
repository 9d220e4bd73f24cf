#!/usr/bin/python3
"""Runs the JMS interoperability tests: unmodified Java clients against a broker."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import feature_table
from harness import options as harness
from harness.control import ControlServer
from harness.java import DEBIAN_CLIENT, MAVEN_FOLDER, TESTS

PACKAGE = "interop.jms"
FOLDER = Path(__file__).resolve().parent / "jms"


# Tests that want a broker of their own, and its document.
DOCUMENTS = {"ConnectionLimitsTest": "connection_limits.xml",
             "DestinationPoliciesTest": "destination_policies.xml",
             "LinkStealingTest": "link_stealing.xml",
             "OneByOneTest": "gathering.xml",
             "VirtualDemandTest": "virtual_demand.xml"}


def test_classes(wanted, client):
    folders = [FOLDER] if client == DEBIAN_CLIENT else [FOLDER, TESTS / MAVEN_FOLDER]
    names = sorted(source.stem for folder in folders for source in folder.glob("*Test.java"))
    chosen = [name for name in names if re.search(wanted, name)]
    if not chosen:
        raise SystemExit(f"no test class matches {wanted!r}; there are: {', '.join(names)}")
    return [f"{PACKAGE}.{name}" for name in chosen]


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", metavar="REGEX", help="test classes to run")
    parser.add_argument("--kills", type=int, default=10, metavar="N",
                        help="how often tests that kill the broker over and over do so")
    parser.add_argument("--table", metavar="FILE", type=Path,
                        help="enter what passed into this file's table, a column per client")
    options = parser.parse_args()
    classes = test_classes(options.filter, options.client)
    apart = [name for name in classes if name.rpartition(".")[2] in DOCUMENTS]
    shared = [name for name in classes if name not in apart]
    counts = {}
    if shared:
        counts |= run_classes(options, shared, "activemq.xml")
    for name in apart if options.broker == "ternd" else []:
        counts |= run_classes(options, [name], DOCUMENTS[name.rpartition(".")[2]])
    if options.table:
        feature_table.enter(options.table, f"ActiveMQ client {options.client}", counts)


def run_classes(options, classes, document):
    """Passed and skipped tests of each feature; a failed one ends the run."""
    with tempfile.NamedTemporaryFile(mode="r", prefix="tern-results-") as results:
        run_in_java(options, classes, document, results.name)
        return feature_table.count(line.split("\t")[:2] for line in results)


def run_in_java(options, classes, document, results):
    with harness.broker_for(options, restarts=True, document=FOLDER / document,
                            settings={"http.listen": "127.0.0.1:0"}) as (broker, java):
        with ControlServer(broker) as control:
            properties = {"broker.url": broker.url, "broker.name": broker.name,
                          "broker.control": control.port, "kills": options.kills,
                          "results": results}
            command = java.command(f"{PACKAGE}.RunTests", *classes, heap_mib=1024,
                                   properties=properties)
            code = subprocess.run(command).returncode
        assert code == 0, "JMS tests failed, see above"
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
