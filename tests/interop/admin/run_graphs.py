#!/usr/bin/python3
"""The files that connectionDotFilePlugin and destinationDotFilePlugin draw for GraphViz."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness import stomp
from harness.broker import TernBroker
from harness.options import settle

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">
  <plugins><connectionDotFilePlugin file="{}"/><destinationDotFilePlugin/></plugins>
</broker>
"""


def drawn(options, work):
    """Files for GraphViz, with a name of its own and with the usual one."""
    other = work / "pictures" / "clients.dot"
    document = work / "activemq.xml"
    document.write_text(DOCUMENT.format(other))
    with harness.running(TernBroker(work, options.ternd, 0, {"http.listen": "127.0.0.1:0"}, "auto",
                                    document)) as broker:
        clients = Picture(other)
        destinations = Picture(broker.data / "ActiveMQDestinations.dot")
        assert destinations.shows("Queues") and clients.shows("localhost"), clients.text()
        with stomp.Client(broker.port) as client:
            client.connect(client_id="artist")
            client.sync("SUBSCRIBE", id=1, destination="/queue/drawn.here")
            client.sync("SUBSCRIBE", id=2, destination="/topic/drawn.there")
            for name in ("drawn.here", "drawn.there"):
                assert clients.joins(name, "artist"), clients.text()
            assert destinations.joins("drawn", "here"), destinations.text()
            assert destinations.joins("drawn", "there"), destinations.text()
        assert clients.hides("artist"), clients.text()
        assert destinations.shows("here"), destinations.text()


def settles(reached):
    settle(reached)
    return reached()


class Picture:
    """A graph in a file, which may take its time."""

    def __init__(self, path):
        self.path = path

    def text(self):
        return self.path.read_text() if self.path.exists() else ""

    def labels(self):
        return dict(re.findall(r'^"([^"]*)" \[label="([^"]*)"', self.text(), re.MULTILINE))

    def edges(self):
        return re.findall(r'^"([^"]*)" -> "([^"]*)";$', self.text(), re.MULTILINE)

    def shows(self, word):
        return settles(lambda: any(word in label for label in self.labels().values()))

    def hides(self, word):
        return settles(lambda: not any(word in label for label in self.labels().values()))

    def joins(self, begin, end):
        """Whether there is an edge from a node with the one label to a node with the other."""
        def found():
            labels = self.labels()
            return any(begin in labels.get(one, "") and end in labels.get(other, "")
                       for one, other in self.edges())
        return settles(found)


def run():
    options = harness.parser(__doc__).parse_args()
    with harness.scratch_for(options) as work:
        drawn(options, work)


if __name__ == "__main__":
    harness.main(run)
