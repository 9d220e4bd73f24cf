#!/usr/bin/python3
"""Runs the JMS interoperability tests: the unmodified Java client against a broker."""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.control import ControlServer

PACKAGE = "interop.jms"
FOLDER = Path(__file__).resolve().parent / "jms"


# Tests that want a broker of their own, and its document.
DOCUMENTS = {"LinkStealingTest": "link_stealing.xml"}


def test_classes(wanted):
    names = sorted(source.stem for source in FOLDER.glob("*Test.java"))
    chosen = [name for name in names if re.search(wanted, name)]
    if not chosen:
        raise SystemExit(f"no test class matches {wanted!r}; there are: {', '.join(names)}")
    return [f"{PACKAGE}.{name}" for name in chosen]


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", metavar="REGEX", help="test classes to run")
    parser.add_argument("--kills", type=int, default=10, metavar="N",
                        help="how often tests that kill the broker over and over do so")
    options = parser.parse_args()
    classes = test_classes(options.filter)
    apart = [name for name in classes if name.rpartition(".")[2] in DOCUMENTS]
    shared = [name for name in classes if name not in apart]
    if shared:
        run_classes(options, shared, "activemq.xml")
    for name in apart if options.broker == "ternd" else []:
        run_classes(options, [name], DOCUMENTS[name.rpartition(".")[2]])


def run_classes(options, classes, document):
    with harness.broker_for(options, restarts=True, document=FOLDER / document) as (broker, java):
        with ControlServer(broker) as control:
            properties = {"broker.url": broker.url, "broker.name": broker.name,
                          "broker.control": control.port, "xa.kills": options.kills}
            command = java.command(f"{PACKAGE}.RunTests", *classes, heap_mib=1024,
                                   properties=properties)
            code = subprocess.run(command).returncode
        assert code == 0, "JMS tests failed, see above"
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
