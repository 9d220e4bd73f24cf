#!/usr/bin/python3
"""Each part of an activemq.xml that a running broker takes over, at once with all others: a
document with one thing wrong in it changes none of them."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "admin"))

from api import Api, Refused
from config_reload import REFUSED, TAKEN_OVER, Broker
from harness import stomp

WAIT_SECONDS = 20
DAY_MS = 86_400_000
# What the two documents say otherwise.
RING = {"a": 2, "b": 3}
LIFE_MS = {"a": 10 * DAY_MS, "b": 1000 * DAY_MS}
STORE_MB = {"a": 300, "b": 400}


def document(version, wrong=""):
    return f"""<broker xmlns="http://activemq.apache.org/schema/core" {wrong}>
  <destinations>
    <queue physicalName="free.made.{version}"/>
    <queue physicalName="free.{version}.one.VT.news"/>
    <topic physicalName="told.{version}"/>
  </destinations>
  <destinationInterceptors><virtualDestinationInterceptor><virtualDestinations>
    <virtualTopic name="VT.&gt;" prefix="free.{version}.*."/>
    <compositeQueue name="free.in"><forwardTo>
      <queue physicalName="free.copy.{version}"/></forwardTo></compositeQueue>
  </virtualDestinations></virtualDestinationInterceptor></destinationInterceptors>
  <diverts><divert address="free.from" forwardingAddress="free.diverted.{version}"/></diverts>
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue="free.ring.&gt;" ringSize="{RING[version]}"/>
  </policyEntries></policyMap></destinationPolicy>
  <systemUsage><systemUsage>
    <storeUsage><storeUsage limit="{STORE_MB[version]} mb"/></storeUsage>
  </systemUsage></systemUsage>
  <plugins>
    <timeStampingBrokerPlugin zeroExpirationOverride="{LIFE_MS[version]}"/>
    <simpleAuthenticationPlugin><users>
      <authenticationUser username="ann" password="{version}-secret" groups="users"/>
      <authenticationUser username="root" password="root-secret" groups="admins"/>
    </users></simpleAuthenticationPlugin>
    <authorizationPlugin><map><authorizationMap><authorizationEntries>
      <authorizationEntry queue="free.&gt;" read="users" write="users" admin="users"/>
      <authorizationEntry topic="&gt;" read="users" write="users" admin="users"/>
      <authorizationEntry queue="only.{version}" read="users" write="users" admin="users"/>
    </authorizationEntries></authorizationMap></map></authorizationPlugin>
  </plugins>
</broker>
"""


def until(holds):
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "nothing has changed"
        time.sleep(0.02)


class World:
    """The broker with one document after the other, and what shows which of them is in force."""

    def __init__(self, broker):
        self.broker = broker
        self.api = Api(int(broker.http.rpartition(":")[2]), ("root", "root-secret"))
        self.rings = 0

    def login(self, version):
        client = stomp.Client(self.broker.port)
        client.connect(login="ann", passcode=f"{version}-secret")
        return client

    def arrived(self, queue):
        try:
            return self.api.queue(queue)["enqueued"]
        except Refused:
            return 0

    def expect(self, version, other):
        names = {one["name"] for one in self.api.get("queues?limit=1000")["items"]}
        assert f"free.made.{version}" in names, names
        topics = {one["name"] for one in self.api.get("topics")["items"]}
        assert f"told.{version}" in topics and f"told.{other}" not in topics, topics
        assert self.api.get("broker")["flow"]["store"]["limit_bytes"] == STORE_MB[version] << 20
        self.expect_logins(version, other)
        with self.login(version) as client:
            self.expect_ways(client, version, other)
            self.rings += 1
            ring = f"free.ring.{self.rings}"
            for _ in range(RING["b"] + 1):
                client.sync("SEND", b"r", destination=f"/queue/{ring}", persistent="true")
            until(lambda: self.api.queue(ring)["ready"] == RING[version])
            client.sync("SEND", b"x", destination=f"/queue/only.{version}")
            client.send("SEND", b"x", destination=f"/queue/only.{other}", receipt="no")
            client.expect("ERROR")

    def expect_logins(self, version, other):
        with stomp.Client(self.broker.port) as stranger:
            stranger.send("CONNECT", accept_version="1.2", host="localhost", login="ann",
                          passcode=f"{other}-secret")
            stranger.expect("ERROR")
        self.login(version).socket.close()

    def expect_ways(self, client, version, other):
        """Where messages go, and how long they live there."""
        ways = {"/queue/free.in": "free.copy.{}", "/queue/free.from": "free.diverted.{}",
                "/topic/VT.news": "free.{}.one.VT.news"}
        for sent, got in ways.items():
            before = [self.arrived(got.format(one)) for one in (version, other)]
            client.sync("SEND", b"m", destination=sent, persistent="true")
            until(lambda: self.arrived(got.format(version)) == before[0] + 1)
            assert self.arrived(got.format(other)) == before[1], (sent, other)
        messages = self.api.queue(f"free.copy.{version}", "/messages?limit=1000")["items"]
        left_ms = messages[-1]["expires_at_ms"] - time.time() * 1000
        assert LIFE_MS[version] - DAY_MS < left_ms <= LIFE_MS[version] + DAY_MS, left_ms


def run(binary, folder):
    broker = Broker(binary, folder, listener="stomp")
    broker.write(document("a"))
    broker.start()
    world = World(broker)
    world.expect("a", "b")
    for wrong in ('persistent="perhaps"', 'schedulePeriodForDestinationPurge="often"', "oops='1'"):
        broker.write(document("b", wrong))
        broker.reload()
        broker.wait_for(REFUSED)
        world.expect("a", "b")
    broker.write(document("b"))
    broker.reload()
    broker.wait_for(TAKEN_OVER)
    world.expect("b", "a")
    broker.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ternd", required=True, metavar="PATH", help="the daemon under test")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-test-") as folder:
        run(options.ternd, Path(folder))


if __name__ == "__main__":
    main()
