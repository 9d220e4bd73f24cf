#!/usr/bin/env python3
"""While a sync of the disk takes as long as it likes (failing_sync.cc, preloaded) confirms wait for
it and nothing else does: clients come and go, consumers go on with what waits and acknowledge it,
and messages that are not persistent pass. Then everything is confirmed, and health names the disk
that was slow. Also where the disk was so quick before that an idle shard syncs it itself."""

import os
import re
import select
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop" / "admin"))

from api import Api
from harness import options as harness
from harness import stomp

BACKLOG = 500
PREFETCH = 10
SENDERS = 5
TRANSIENT = 200
ROUNDS = 3
IDLE_SECONDS = 0.1  # by then the shard has nothing else to do
# What is told is told of a disk that takes half a second.
SLOW_SECONDS = 1


def connected(port):
    client = stomp.Client(port)
    client.connect()
    return client


def is_quiet(client):
    """No frame came; there may be the end of a line behind an earlier one."""
    client.data = client.data.lstrip(b"\n")
    return not client.data and not select.select([client.socket], [], [], 0)[0]


def transient_round_trips(port, name):
    """Of a client that comes while the disk stands still."""
    with connected(port) as client:
        client.send("SUBSCRIBE", id="1", destination=f"/queue/{name}", ack="auto")
        for number in range(TRANSIENT):
            body = b"%d" % number
            client.send("SEND", body, destination=f"/queue/{name}", persistent="false")
            assert client.expect("MESSAGE").body == body


def one_round(port, number, gate):
    backlog = f"/queue/backlog-{number}"
    # A first consumer would have to wait for the disk: whatever it gets counts as delivered then.
    consumer = connected(port)
    consumer.sync("SUBSCRIBE", id="1", destination=backlog, ack="client-individual",
                  activemq__prefetchSize=PREFETCH)
    with connected(port) as client:
        for index in range(BACKLOG):
            send = client.sync if index == BACKLOG - 1 else client.send
            send("SEND", b"%d" % index, destination=backlog, persistent="true")
    # The queue is there: making one is durable, and so waits for the disk.
    transient_round_trips(port, f"transient-{number}")
    senders = [connected(port) for _ in range(SENDERS)]
    gate.touch()
    for index, sender in enumerate(senders):
        sender.send("SEND", b"%d" % index, destination="/queue/late", persistent="true",
                    receipt="late")
    time.sleep(IDLE_SECONDS)
    transient_round_trips(port, f"transient-{number}")
    for index in range(BACKLOG):
        frame = consumer.expect("MESSAGE")
        assert frame.body == b"%d" % index, frame
        consumer.send("ACK", id=frame.headers["ack"])
    consumer.socket.close()
    for sender in senders:
        assert is_quiet(sender), f"before the sync had returned came {sender.frame()}"
    gate.unlink()
    for sender in senders:
        assert sender.expect("RECEIPT").headers["receipt-id"] == "late"
        sender.socket.close()


def named_by_health(broker, gate):
    """Operators are told, with how long it took."""
    with connected(broker.port) as client:
        client.sync("SEND", b"", destination="/queue/slow", persistent="true")
        gate.touch()
        client.send("SEND", b"", destination="/queue/slow", persistent="true", receipt="slow")
        time.sleep(SLOW_SECONDS)
        gate.unlink()
        client.expect("RECEIPT")
    [found] = [one for one in Api(broker.http_port).get("health")["findings"]
               if one["id"] == "disk_latency"]
    [took_ms] = map(int, re.findall(r"take up to (\d+) ms", found["cause"]))
    assert found["about"] and found["remedy"] and took_ms >= SLOW_SECONDS * 900, found


def some_rounds(broker, environment):
    gate = broker.work / "gate"
    os.environ.update(SYNC_WAITS_WHILE=str(gate), **environment)
    broker.start()
    for name in environment:
        del os.environ[name]
    try:
        for number in range(ROUNDS):
            one_round(broker.port, number, gate)
        named_by_health(broker, gate)
    finally:
        gate.unlink(missing_ok=True)
    broker.kill()
    broker.start()
    with connected(broker.port) as client:
        client.send("SUBSCRIBE", id="1", destination="/queue/late", ack="auto")
        for _ in range(SENDERS * ROUNDS):
            client.expect("MESSAGE")
    assert "leaves service" not in broker.log_text()
    assert broker.stop() == 0


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--preload", required=True, help="the library that holds syncs up")
    options = parser.parse_args()
    with harness.broker_for(options, restarts=True, listener="stomp", with_java=False,
                            settings={"journal.file_bytes": 1 << 20,
                                      "http.listen": "127.0.0.1:0"}) as (broker, _):
        assert broker.stop() == 0
        for disk in ({}, {"SYNC_IS_LEFT_OUT": "1"}):
            some_rounds(broker, {"LD_PRELOAD": options.preload, **disk})


if __name__ == "__main__":
    harness.main(run)
