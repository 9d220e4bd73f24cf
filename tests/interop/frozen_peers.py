#!/usr/bin/python3
"""Clients that freeze while they hold a message: the broker sees by the signs of life that their
protocol promises that they are gone, and what they held goes to others. And connections over which
nothing goes, where they may not be idle for long."""

import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "admin"))

from api import Api
from harness import mqtt, stomp
from harness import options as harness
from harness.jms_peer import JmsPeer

CLIENTS = Path(__file__).resolve().parent / "holding_clients.py"
WAIT_SECONDS = 60
IDLE_MS = 2000
ATTEMPTS = 10
# Of those who say how often they will be heard; of AMQP 1.0 it is the broker that says so.
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">
  <transportConnectors>
    <transportConnector name="auto" uri="auto://127.0.0.1:0?amqp.idleTimeout=2000"/>
  </transportConnectors>
</broker>
"""


@contextmanager
def client_process(kind, port, queue):
    process = subprocess.Popen([sys.executable, "-B", str(CLIENTS), kind, str(port), queue],
                               stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline()
        assert said == "held\n", said
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def freeze(process, api):
    """Returns when the broker has none but the others' connections any more."""
    others = api.get("connections")["total"] - 1
    process.send_signal(signal.SIGSTOP)
    deadline = time.monotonic() + WAIT_SECONDS
    while api.get("connections")["total"] > others:
        assert time.monotonic() < deadline, "the frozen client still has its connection"
        time.sleep(0.05)


def expect_goes_to_others(port, queue):
    with stomp.Client(port) as other:
        other.socket.settimeout(WAIT_SECONDS)
        other.connect()
        other.sync("SUBSCRIBE", destination=f"/queue/{queue}", id=1)
        assert other.expect("MESSAGE").body == b"held"


def send(port, queue):
    with stomp.Client(port) as client:
        client.connect()
        client.sync("SEND", b"held", destination=f"/queue/{queue}", persistent="true")


def settled(api):
    """Connections that have ended are not counted any more."""
    harness.settle(lambda: api.get("connections")["total"] == 0)


def frozen(kind, port, api):
    queue = f"FROZEN.{kind}"
    send(port, queue)
    settled(api)
    with client_process(kind, port, queue) as process:
        freeze(process, api)
        expect_goes_to_others(port, queue)


def frozen_mqtt(port, api):
    """Its will is published."""
    heir = mqtt.Client(port)
    heir.connect("heir")
    heir.subscribe(("WILL/FROZEN", 1))
    with client_process("mqtt", port, "FROZEN") as process:
        freeze(process, api)
        assert heir.receive().payload == b"gone"
    heir.disconnect()


def frozen_openwire(port, api, java):
    queue = "FROZEN.openwire"
    send(port, queue)
    settled(api)
    peer = JmsPeer(java, f"tcp://127.0.0.1:{port}?wireFormat.maxInactivityDuration=1000"
                         "&wireFormat.maxInactivityDurationInitalDelay=1000")
    try:
        assert peer.ask("subscribe", f"queue://{queue}") == "subscribed"
        harness.settle(lambda: api.queue(queue)["unsettled"] == 1)
        freeze(peer.process, api)
        expect_goes_to_others(port, queue)
    finally:
        peer.process.kill()
        peer.process.wait()


def idle(port, broker):
    """Who is used stays; one not heard in time because this machine was busy is no proof."""
    for _ in range(ATTEMPTS):
        with stomp.Client(port) as used, stomp.Client(port) as unused:
            used.connect()
            unused.connect()
            local = unused.socket.getsockname()[1]
            line = re.compile(rf":{local}: .*nothing went over it for too long")
            if outlives(used, lambda: line.search(broker.log_text())):
                unused.expect_closed()
                return
    raise AssertionError("this machine is too busy to send anything in time")


def outlives(used, other_is_gone):
    """False if it was closed because we were too slow."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not other_is_gone():
        began = time.monotonic()
        assert began < deadline, "the connection that is not used still is there"
        try:
            used.sync("SEND", b"x", destination="/queue/IDLE")
            time.sleep(0.02)
            used.sync("SEND", b"x", destination="/queue/IDLE")
        except (stomp.Closed, ConnectionError):
            assert time.monotonic() - began >= IDLE_MS / 1000, "a used connection was closed"
            return False
    return True


def run():
    parser = harness.parser(__doc__)
    options = parser.parse_args()
    settings = {"http.listen": "127.0.0.1:0"}
    with tempfile.TemporaryDirectory(prefix="tern-frozen-") as folder:
        document = Path(folder) / "activemq.xml"
        document.write_text(DOCUMENT)
        with harness.broker_for(options, listener="auto", document=document,
                                settings=settings) as (broker, java):
            api = Api(broker.http_port)
            for kind in ("stomp", "amqp10", "amqp091"):
                frozen(kind, broker.port, api)
                print(f"ok {kind}", flush=True)
            frozen_mqtt(broker.port, api)
            print("ok mqtt", flush=True)
            frozen_openwire(broker.port, api, java)
            print("ok openwire", flush=True)
            assert broker.stop() == 0
    with harness.broker_for(options, listener="auto", with_java=False,
                            settings={"connections.idle_ms": IDLE_MS}) as (broker, _):
        idle(broker.port, broker)
        print("ok idle", flush=True)
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
