#!/usr/bin/python3
"""Listeners that are opened and closed while the broker runs, by the API, by `tern listeners` and
by ActiveMQ's MBeans, and what becomes of the connections that came by them."""

import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

import pika

from api import Api, refused
from harness import options as harness
from harness import stomp
from harness.options import settle
from run_admin import Stomp
from tern_command import Tern

SECONDS = 20
BROKER = "org.apache.activemq:type=Broker,brokerName=localhost"


def ends(client):
    """The broker closes the connection."""
    try:
        while True:
            client.frame()
    except (stomp.Closed, OSError):
        return


def await_end(connection):
    """Whatever it is told before; a timeout if the broker does not close it."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass


def is_refused(port):
    try:
        Stomp(port).socket.close()
    except OSError:
        return True
    return False


class Listeners:
    def __init__(self, broker, tern_path):
        self.api = Api(broker.http_port)
        self.tern = Tern(tern_path, broker.url)
        self.url = f"http://127.0.0.1:{broker.http_port}"

    def command(self, *arguments, expect=0):
        return self.tern.run(*arguments, "--http", self.url, expect=expect)[0].decode()

    def names(self):
        return {one["name"]: one["uri"] for one in self.api.get("listeners")["items"]}

    def bean(self, mbean, **request):
        answer = self.api.call("POST", "/api/jolokia", {"mbean": mbean, **request})
        assert answer["status"] == 200, answer
        return answer["value"]


def port_of(uri):
    return int(uri.rpartition(":")[2])


def by_the_api(world):
    before = world.names()
    opened = world.api.post("listeners", {"uri": "stomp://localhost:0"})
    assert opened["uri"].startswith("stomp://127.0.0.1:"), opened
    assert world.names() == {**before, opened["name"]: opened["uri"]}
    port = port_of(opened["uri"])
    with Stomp(port, client_id="guest") as guest:
        [connection] = world.api.get("connections?search=guest")["items"]
        assert connection["protocol"] == "stomp", connection
        name = f"{BROKER},connector=clientConnectors,connectorName={opened['name']}"
        assert world.bean(name, type="exec", operation="connectionCount()") == 1
        # One that has not said anything yet.
        stranger = socket.create_connection(("127.0.0.1", port), SECONDS)
        # Somebody has the port.
        refused("refused", world.api.post, "listeners", {"uri": f"mqtt://127.0.0.1:{port}"})
        assert world.api.delete(f"listeners/{opened['name']}") == {"removed": opened["name"]}
        ends(guest)
    with stranger:
        await_end(stranger)
    settle(lambda: is_refused(port))
    assert is_refused(port) and world.names() == before
    # The port is free again.
    again = world.api.post("listeners", {"uri": f"mqtt://127.0.0.1:{port}"})
    assert port_of(again["uri"]) == port, again
    world.api.delete(f"listeners/{again['name']}")
    refused("no_such_listener", world.api.delete, f"listeners/{again['name']}")


def what_is_refused(world):
    before = world.names()
    for uri in ("nonsense", "stomp://0.0.0.0:0", "ssl://127.0.0.1:0", "stomp://no.such.host.:1"):
        refused("refused", world.api.post, "listeners", {"uri": uri})
    refused("malformed", world.api.post, "listeners", {"uri": 1})
    # Operators do not lock themselves out.
    [http] = [name for name in before if name.startswith("http")]
    refused("no_such_listener", world.api.delete, f"listeners/{http}")
    assert world.names() == before


def by_the_command(world):
    said = world.command("listeners", "add", "auto://127.0.0.1:0").strip()
    name, _, uri = said.partition(" is open at ")
    assert name in world.names() and uri == world.names()[name], said
    second = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port_of(uri)))
    stranger = socket.create_connection(("127.0.0.1", port_of(uri)), SECONDS)
    with Stomp(port_of(uri)) as first:
        assert name in world.command("listeners", "list")
        assert world.command("listeners", "remove", name) == f"{name} is closed\n"
        ends(first)
    with stranger:
        await_end(stranger)
    try:
        second.process_data_events(SECONDS)
        raise AssertionError("the second connection goes on")
    except pika.exceptions.AMQPConnectionError:
        pass
    world.command("listeners", "remove", name, expect=1)


def by_mbeans(world):
    name = world.bean(BROKER, type="exec", operation="addConnector",
                      arguments=["stomp://127.0.0.1:0"])
    uri = world.names()[name]
    bean = f"{BROKER},connector=clientConnectors,connectorName={name}"
    assert world.bean(bean, type="read", attribute="ConnectURI") == uri
    assert world.bean(BROKER, type="read", attribute="TransportConnectors")[name] == uri
    assert world.bean(BROKER, type="exec", operation="removeConnector", arguments=[name]) is True
    assert world.bean(BROKER, type="exec", operation="removeConnector", arguments=[name]) is False
    name = world.bean(BROKER, type="exec", operation="addConnector",
                      arguments=["stomp://127.0.0.1:0"])
    bean = f"{BROKER},connector=clientConnectors,connectorName={name}"
    world.bean(bean, type="exec", operation="stop()")
    assert name not in world.names()


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"},
                            listener="auto", with_java=False) as (broker, _):
        world = Listeners(broker, options.tern)
        by_the_api(world)
        what_is_refused(world)
        by_the_command(world)
        by_mbeans(world)
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
