#!/usr/bin/python3
"""The OpenAPI file that a broker serves is valid, and its answers are as that describes them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness import stomp
from harness.node import Node


def run():
    options = harness.parser(__doc__).parse_args()
    here = Path(__file__).resolve().parent
    document = here.parents[1] / "browser" / "activemq.xml"
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                            with_java=False, document=document) as (broker, _):
        with stomp.Client(broker.port) as client:
            client.connect(client_id="cook")
            client.send("SEND", b"soup", destination="/queue/ORDERS", persistent="true",
                        reply__to="x", receipt=1)
            client.expect("RECEIPT")
            client.send("SEND", b"later", destination="/queue/ORDERS",
                        AMQ_SCHEDULED_DELAY=3_600_000, receipt=2)
            client.expect("RECEIPT")
            client.send("SUBSCRIBE", id=1, destination="/topic/news", receipt=3,
                        activemq__subscriptionName="daily")
            client.expect("RECEIPT")
            Node(here).run("openapi.js", broker.http_port)


if __name__ == "__main__":
    harness.main(run)
