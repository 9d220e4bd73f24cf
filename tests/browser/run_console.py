#!/usr/bin/python3
"""The web console in Debian's Chromium, driven by playwright-core, against a real broker with real
clients."""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.node import Node


def run():
    options = harness.parser(__doc__).parse_args()
    chromium = shutil.which("chromium")
    assert chromium, "there is no chromium: install Debian's package"
    node = Node(Path(__file__).resolve().parent)
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                            with_java=False,
                            document=Path(__file__).with_name("activemq.xml")) as (broker, _):
        node.run("console.js", chromium, broker.http_port, broker.port)


if __name__ == "__main__":
    harness.main(run)
