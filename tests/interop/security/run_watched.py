#!/usr/bin/python3
"""Users of files, those of one listener, and how long connections last: who is removed from a file,
has another password or other groups there has to go soon after, over each protocol with clients of
it, operators, too; all others stay. Connections may be made to end after a time. Each protocol says
why it ends.
"""

import http.client
import json
import re
import socket
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pika
import proton
from run_revoked import CLIENTS, PASSWORD, PROTOCOLS, Operator, expect_gone
from proton.utils import BlockingConnection

from harness import mqtt, openwire, stomp
from harness import options as harness
from harness.broker import TernBroker
from harness.java import Java

CHECK_MS = 100
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <jaasAuthenticationPlugin configuration="files"/>
</plugins></broker>
"""
DOMAINS_DOCUMENT = DOCUMENT.replace("</plugins>", """</plugins><transportConnectors>
  <transportConnector name="all" uri="auto://127.0.0.1:0"/>
  <transportConnector name="machines" uri="stomp://127.0.0.1:0?securityDomain=machines"/>
</transportConnectors>""")
STEALING_DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><transportConnectors>
  <transportConnector name="all" uri="auto://127.0.0.1:0" allowLinkStealing="true"/>
</transportConnectors></broker>
"""
LOGIN_CONFIG = """files {
  org.apache.activemq.jaas.PropertiesLoginModule required reload=true
    org.apache.activemq.jaas.properties.user="users.properties"
    org.apache.activemq.jaas.properties.group="groups.properties";
};
"""


class Files:
    def __init__(self, folder):
        self.folder = folder
        self.users = {name: PASSWORD for name in (*PROTOCOLS, "root", "other")}
        self.groups = {"users": set(PROTOCOLS), "admins": {"root"}}
        (folder / "activemq.xml").write_text(DOCUMENT)
        (folder / "login.config").write_text(LOGIN_CONFIG)
        self.write()

    def write(self):
        for name, lines in (
                ("users", self.users.items()),
                ("groups", [(group, ",".join(sorted(of))) for group, of in self.groups.items()])):
            # At once, as whoever changes a file that somebody reads has to.
            draft = self.folder / f"{name}.new"
            draft.write_text("".join(f"{key}={value}\n" for key, value in lines))
            draft.rename(self.folder / f"{name}.properties")


def users(broker, files, java, name):
    """Other groups, no user at all; another one is not disturbed."""
    with stomp.Client(broker.port) as other:
        other.connect(login="other", passcode=PASSWORD)
        client = CLIENTS[name](broker, java)
        try:
            assert client.send() is None
            client.receive()
            files.groups["more"] = {name}
            files.write()
            client.expect_end()
        finally:
            client.close()
        client = CLIENTS[name](broker, java)
        try:
            del files.users[name]
            files.write()
            client.expect_end()
        finally:
            client.close()
        other.sync("SEND", b"m", destination="/queue/others")
    expect_gone(broker, name)


def passwords(broker, files):
    with stomp.Client(broker.port) as client:
        client.connect(login="other", passcode=PASSWORD)
        files.users["other"] = "other-secret"
        files.write()
        client.expect_error("this login does not hold any more")
        client.expect_closed()
    with stomp.Client(broker.port) as client:
        client.connect(login="other", passcode="other-secret")


def operators(broker, files):
    operator = Operator(broker)
    try:
        assert operator.ask(operator.cookie)[0] == 200
        del files.users["root"]
        files.write()
        harness.settle(lambda: operator.ask(operator.cookie)[0] == 401)
        assert operator.ask(operator.cookie)[0] == 401, "an operator stays without being a user"
        while operator.stream.readline():  # until it ends
            pass
    finally:
        operator.close()


class TwoListeners(TernBroker):
    """One for all protocols, and one besides."""

    other_port = None

    def command(self):
        return [*super().command(), "--listen", "stomp=127.0.0.1:0"]

    def _parse_ready(self, line):
        self.other_port = int(re.search(r" stomp=\S+:(\d+)", line)[1])
        return super()._parse_ready(line)


def expiry(options, work):
    """Of connections to the listener that is meant, again and again, and of no others."""
    broker = TwoListeners(work, options.ternd, listener="auto", settings={
        "connections.expiry_s": 1, "connections.expiry_listeners": "auto",
        "logins.check_ms": CHECK_MS})
    with harness.running(broker):
        with stomp.Client(broker.other_port) as lasting:
            lasting.connect()
            for _ in range(2):
                with stomp.Client(broker.port) as client:
                    client.connect()
                    client.expect_error("this login does not hold any more")
                    client.expect_closed()
            modern = mqtt.Client(broker.port, 5)
            modern.connect("modern")
            modern.expect_closed(0x87)
            lasting.sync("SEND", b"m", destination="/queue/others")
        assert broker.wait_for_log("may not stay: the user was removed .*or its time is over", 3)
        assert broker.stop() == 0


def domains(options, work):
    """A listener's own entry of login.config: its users are not let in elsewhere, nor others
    there."""
    files = Files(Path(work))
    (files.folder / "activemq.xml").write_text(DOMAINS_DOCUMENT)
    (files.folder / "login.config").write_text(
        LOGIN_CONFIG + LOGIN_CONFIG.replace("files", "machines").replace("users.", "machines."))
    (files.folder / "machines.properties").write_text(f"robot={PASSWORD}\n")
    broker = TwoListeners(work, options.ternd, listener="auto",
                          document=files.folder / "activemq.xml")
    with harness.running(broker):
        for port, welcome, stranger in ((broker.port, "other", "robot"),
                                        (broker.other_port, "robot", "other")):
            with stomp.Client(port) as client:
                client.connect(login=welcome, passcode=PASSWORD)
                client.sync("SEND", b"m", destination="/queue/domains")
            with stomp.Client(port) as client:
                client.send("CONNECT", accept_version="1.2", login=stranger, passcode=PASSWORD)
                client.expect_error(f"User name [{stranger}] or password is invalid.")
        assert broker.stop() == 0


def stolen_name(options, work):
    """What a client of STOMP is told when one of OpenWire takes its client id."""
    document = Path(work) / "activemq.xml"
    document.write_text(STEALING_DOCUMENT)
    broker = TernBroker(work, options.ternd, listener="auto", document=document)
    with harness.running(broker):
        with stomp.Client(broker.port) as client:
            client.connect(client_id="one")
            with socket.create_connection(("127.0.0.1", broker.port), 20) as thief:
                thief.sendall(openwire.wire_format_info() + openwire.connection_info("one"))
                client.expect_error("Another connection took the client id one")
                client.expect_closed()
        assert broker.stop() == 0


def api(broker, method, path):
    link = http.client.HTTPConnection("127.0.0.1", broker.http_port, timeout=20)
    link.request(method, path)
    answer = link.getresponse()
    body = answer.read()
    link.close()
    return json.loads(body) if body else None


def close(broker, search):
    """As somebody does it in the console."""
    def find():
        return api(broker, "GET", f"/api/v1/connections?search={search}")["items"]

    harness.settle(lambda: len(find()) == 1)  # one that was ended may be there for a moment
    found = find()
    assert len(found) == 1, found
    api(broker, "DELETE", f"/api/v1/connections/{found[0]['id']}")


def reasons(options, work):
    """What a client is told when another one takes its place, and when somebody closes it."""
    broker = TernBroker(work, options.ternd, listener="auto",
                        settings={"http.listen": "127.0.0.1:0"})
    with harness.running(broker):
        first, second = mqtt.Client(broker.port, 5), mqtt.Client(broker.port, 5)
        first.connect("one")
        second.connect("one")
        first.expect_closed(0x8E)
        close(broker, "one")
        second.expect_closed(0x98)

        client = stomp.Client(broker.port)
        client.connect(client_id="two")
        close(broker, "two")
        client.expect_error("an operator closed this connection")
        client.expect_closed()

        link = BlockingConnection(f"127.0.0.1:{broker.port}", timeout=20)
        close(broker, "amqp10")
        try:
            link.wait(lambda: False, timeout=20)
            raise AssertionError("still connected")
        except proton.ConnectionException as ended:
            assert "amqp:connection:forced" in str(ended), ended
            assert "an operator closed this connection" in str(ended), ended

        link = pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", broker.port))
        close(broker, "amqp091")
        try:
            harness.settle(lambda: link.process_data_events(0.1))
            raise AssertionError("still connected")
        except pika.exceptions.ConnectionClosedByBroker as ended:
            assert ended.reply_code == 320, ended
            assert "an operator closed this connection" in ended.reply_text, ended
        assert broker.stop() == 0


def run():
    options = harness.parser(__doc__).parse_args()
    java = Java(options.classes, options.client)
    java.compile()
    with tempfile.TemporaryDirectory(prefix="tern-watched-") as work:
        folder = Path(work)
        files = Files(folder)
        broker = TernBroker(work, options.ternd, listener="auto", document=folder / "activemq.xml",
                            settings={"http.listen": "127.0.0.1:0", "logins.check_ms": CHECK_MS})
        with harness.running(broker):
            for name in PROTOCOLS:
                users(broker, files, java, name)
                print(f"{name}: users go as the files say", flush=True)
            passwords(broker, files)
            operators(broker, files)
            assert broker.stop() == 0
    for part in (expiry, reasons, stolen_name, domains):
        with tempfile.TemporaryDirectory(prefix="tern-watched-") as work:
            part(options, work)
            print(f"{part.__name__}: as told", flush=True)


if __name__ == "__main__":
    harness.main(run)
