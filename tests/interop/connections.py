#!/usr/bin/python3
"""Who is let in: limits of connections, proxies that speak for others, protocols that a port leaves
out, IPv6; and what broken connections hear and leave behind."""

import base64
import contextlib
import json
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "admin"))

from api import Api
from harness import mqtt
from harness import options as harness
from harness.broker import open_sockets
from harness.certificates import Certificates
from harness.openwire import wire_format_info

WAIT_SECONDS = 20
# Of the broker with the silent: longer than a slow machine takes to say something.
PATIENCE_MS = 2500
STOMP_CONNECT = b"CONNECT\naccept-version:1.2\nhost:h\n\n\0"
MQTT_CONNECT = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me"
AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
PROXY_2 = b"\r\n\r\n\x00\r\nQUIT\n"


# Everybody who is known may read, nobody may write.
READERS = """
    <plugins>
      <simpleAuthenticationPlugin>
        <users><authenticationUser username="u" password="p" groups="readers"/></users>
      </simpleAuthenticationPlugin>
      <authorizationPlugin>
        <map><authorizationMap><authorizationEntries>
          <authorizationEntry topic=">" read="readers" write="nobody" admin="readers"/>
          <authorizationEntry queue=">" read="readers" write="nobody" admin="readers"/>
        </authorizationEntries></authorizationMap></map>
      </authorizationPlugin>
    </plugins>"""
FULL_SOON = """
    <systemUsage><systemUsage sendFailIfNoSpace="true">
      <storeUsage><storeUsage limit="8 mb"/></storeUsage>
    </systemUsage></systemUsage>"""
HAPROXY = """defaults
    mode tcp
    timeout connect 20s
    timeout client 60s
    timeout server 60s
listen first
    bind 127.0.0.1:{}
    server broker 127.0.0.1:{broker} send-proxy
listen second
    bind 127.0.0.1:{}
    server broker 127.0.0.1:{broker} send-proxy-v2
"""


def document(connectors, more=""):
    uris = "".join(f'<transportConnector uri="{uri}"/>' for uri in connectors)
    kept = "true" if more == FULL_SOON else "false"
    return (f'<broker xmlns="http://activemq.apache.org/schema/core" persistent="{kept}">{more}'
            f"<transportConnectors>{uris}</transportConnectors></broker>")


class Daemon:
    """`ternd` as its arguments make it; where it listens, and its log."""

    def __init__(self, options, folder, *arguments, connectors=None, settings=(), more=""):
        command = [options.ternd, "--data", str(folder / "data"), *arguments]
        if connectors is not None:
            path = folder / "activemq.xml"
            path.write_text(document(connectors, more))
            command += ["--config", str(path), "--set", "http.listen=off"]
        for name, value in dict(settings).items():
            command += ["--set", f"{name}={value}"]
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            self.await_ready()
        except BaseException:
            self.end()
            raise

    def await_ready(self):
        self.ready = self.process.stdout.readline()
        told = re.search(r"with the password (\S+),", self.ready)
        if told:  # of who has none yet
            self.password = told[1]
            self.ready = self.process.stdout.readline()
        assert self.ready.startswith("ready"), self.log.read_text()
        self.sockets = self.open_sockets()

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(WAIT_SECONDS)
        finally:
            self.end()
        assert error or code == 0, code

    def end(self):
        """Whatever failed, nothing stays behind."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def port(self, name):
        return int(re.search(rf" {re.escape(name)}=\S+?:(\d+)(?= |$)", self.ready)[1])

    def ports(self):
        """Where clients are served, in the order of the configuration."""
        listeners = [word.rpartition(":") for word in self.ready.split()[1:]]
        return [int(port) for name, _, port in listeners if not name.startswith("http=")]

    def open_sockets(self):
        return open_sockets(self.process.pid)

    def expect_log(self, pattern, count=1):
        harness.settle(lambda: len(re.findall(pattern, self.log.read_text())) >= count)
        found = len(re.findall(pattern, self.log.read_text()))
        assert found == count, (pattern, found, self.log.read_text())

    def expect_nothing_left(self):
        harness.settle(lambda: self.open_sockets() <= self.sockets)
        assert self.open_sockets() <= self.sockets


def connect(port, first=b"", host="127.0.0.1", source=""):
    connection = socket.create_connection((host, port), WAIT_SECONDS, (source, 0))
    connection.sendall(first)
    return connection


def answer(connection, size=4):
    """The first bytes of what comes; nothing if the broker closes."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while len(data) < size and (more := connection.recv(65536)):
            data += more
    return data[:size]


def read_until(connection, wanted):
    data = b""
    while wanted not in data and (more := connection.recv(65536)):
        data += more
    return data


def read_to_end(connection):
    data = b""
    with contextlib.suppress(ConnectionError):
        while more := connection.recv(65536):
            data += more
    return data


def limits(options, folder):
    exceeded = "exceeded the maximum number of allowed client connections"
    connectors = ("stomp://127.0.0.1:0?maximumConnections=2", "mqtt://127.0.0.1:0")
    with Daemon(options, folder, connectors=connectors, settings={"max_connections": 3}) as broker:
        port = broker.port("stomp")
        held = [connect(port, STOMP_CONNECT) for _ in range(2)]
        assert all(answer(one) == b"CONN" for one in held)
        with connect(port) as refused:
            assert answer(refused) == b""
        broker.expect_log(rf"refused: {exceeded} \(2 at this listener\)")
        # Another listener has room, until the broker as a whole has none.
        held.append(connect(broker.port("mqtt"), MQTT_CONNECT))
        assert answer(held[-1]) == b"\x20\x02\x00\x00"
        with connect(broker.port("mqtt")) as refused:
            assert answer(refused) == b""
        broker.expect_log(rf"refused: {exceeded} \(3 at this broker\)")
        # A place is free again with its connection gone; who looked and left keeps none.
        held.pop(0).close()
        held.pop().close()
        for _ in range(20):
            connect(port).close()
        harness.settle(lambda: broker.open_sockets() == broker.sockets + len(held))
        answers = []

        def is_served():
            with connect(port, STOMP_CONNECT) as again:
                answers.append(answer(again))
            return answers[-1] == b"CONN"
        harness.settle(is_served)
        assert answers[-1] == b"CONN"
        for one in held:
            one.close()
        broker.expect_nothing_left()


def probes(options, folder):
    """Whoever only looks whether the broker is there leaves no trace, by TLS or without."""
    names = ("auto", "mqtt", "stomp+ssl")
    listen = [word for name in names for word in ("--listen", f"{name}=127.0.0.1:0")]
    with Daemon(options, folder, *listen, settings=Certificates(folder).pem_settings) as broker:
        before = broker.log.read_text()
        for name in names:
            for _ in range(1000):
                connect(broker.port(name)).close()
        broker.expect_nothing_left()
        assert broker.log.read_text() == before


def proxies(options, folder):
    """A client is known by the address that its proxy names."""
    listen = ("--listen", "auto+proxy=127.0.0.1:0", "--listen", "mqtt+proxy=127.0.0.1:0")
    settings = {"proxy.trusted": "127.0.0.0/8", "detection_timeout_ms": PATIENCE_MS}
    source = socket.inet_aton("10.1.2.3") + socket.inet_aton("10.0.0.1") + struct.pack(">HH", 77, 1)
    version_2 = PROXY_2 + b"\x21\x11" + struct.pack(">H", len(source)) + source
    with Daemon(options, folder, *listen, settings=settings) as broker:
        port = broker.port("auto+proxy")
        for header, then in ((b"PROXY TCP4 10.1.2.3 10.0.0.1 77 1\r\n", STOMP_CONNECT),
                             (version_2, STOMP_CONNECT),
                             (b"PROXY TCP6 fd00::3 ::1 77 1\r\n", STOMP_CONNECT),
                             (b"PROXY UNKNOWN\r\n", STOMP_CONNECT)):
            with connect(port, header + then) as client:
                assert answer(client) == b"CONN"
                client.sendall(b"NONSENSE\n\n\0")
                read_to_end(client)
        broker.expect_log(r" 10\.1\.2\.3:77: connection closed: ", 2)
        broker.expect_log(r" \[fd00::3\]:77: connection closed: ", 1)
        # Byte by byte, in front of a port of its own.
        with connect(broker.port("mqtt+proxy")) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in version_2 + MQTT_CONNECT:
                client.sendall(bytes([byte]))
            assert answer(client) == b"\x20\x02\x00\x00"
        # The proxy looks by itself whether the broker is there, and leaves.
        with connect(port, PROXY_2 + b"\x20\x00\x00\x00") as look:
            look.shutdown(socket.SHUT_WR)
            assert read_to_end(look) == b""
        for bad, said in ((STOMP_CONNECT, "no PROXY header"),
                          (b"PROXY TCP4 nobody\r\n", "malformed PROXY header"),
                          (version_2[:-4], "nobody knows its protocol in time")):
            with connect(port, bad) as client:
                assert read_to_end(client) == b""
            broker.expect_log(said)
        broker.expect_nothing_left()
    with Daemon(options, folder, *listen, settings={"proxy.trusted": "10.0.0.0/8"}) as broker:
        with connect(broker.port("mqtt+proxy")) as stranger:
            assert answer(stranger) == b""
        broker.expect_log("it comes from none of the proxies that this listener trusts")
    done = subprocess.run([options.ternd, "--data", str(folder / "data"), *listen],
                          capture_output=True, text=True, timeout=WAIT_SECONDS)
    assert done.returncode == 2 and "needs the setting proxy.trusted" in done.stderr, done


class HaProxy:
    """Debian's, in front of a port, by version 1 and version 2 of its header."""

    def __init__(self, folder, port):
        program = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
        assert program, "there is no haproxy: install Debian's package"
        with contextlib.ExitStack() as stack:
            free = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
            self.ports = [one.getsockname()[1] for one in free]
        path = folder / "haproxy.cfg"
        path.write_text(HAPROXY.format(*self.ports, broker=port))
        self.process = subprocess.Popen([program, "-db", "-f", str(path)])

    def __enter__(self):
        def listens():
            with contextlib.suppress(OSError):
                for port in self.ports:
                    connect(port).close()
                return True
            return False
        harness.settle(listens)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(WAIT_SECONDS)


def through_haproxy(options, folder):
    """Operators see the addresses of clients, not the proxy's."""
    settings = {"proxy.trusted": "127.0.0.1", "http.listen": "127.0.0.1:0"}
    listen = ("--listen", "auto+proxy=127.0.0.1:0")
    with Daemon(options, folder, *listen, settings=settings) as broker, \
            HaProxy(folder, broker.port("auto+proxy")) as proxy:
        admin = base64.b64encode(f"admin:{broker.password}".encode()).decode()

        api = Api(broker.port("http"))

        def peers():
            _, _, content = api.request(
                "GET", "/api/v1/connections", headers={"Authorization": f"Basic {admin}"})
            return [one["peer"] for one in json.loads(content)["items"]]

        for number, port in enumerate(proxy.ports):
            own = f"127.0.0.{number + 7}"
            with socket.create_connection(("127.0.0.1", port), WAIT_SECONDS,
                                          source_address=(own, 0)) as client:
                client.sendall(STOMP_CONNECT)
                assert answer(client) == b"CONN"
                assert peers() == [f"{own}:{client.getsockname()[1]}"], peers()
                client.sendall(b"NONSENSE\n\n\0")
                read_to_end(client)
            broker.expect_log(rf" {re.escape(own)}:\d+: connection closed: ")
            harness.settle(lambda: not peers())


def client_ids(options, folder):
    """Where it may not, nobody takes the place of a client that is connected."""
    connectors = ("mqtt://127.0.0.1:0?allowLinkStealing=false", "stomp://127.0.0.1:0")
    with Daemon(options, folder, connectors=connectors) as broker:
        named = STOMP_CONNECT.replace(b"\n\n", b"\nclient-id:s\n\n")
        stomp = connect(broker.port("stomp"), named)
        assert answer(stomp) == b"CONN"

        def attempt(version, name):
            client = mqtt.Client(broker.port("mqtt"), version)
            more = {"session_expiry_interval": 1000} if version == 5 else {}
            client.raw(client.connect_packet(name, clean=False, **more, will=(
                "left", "", 0, False, {"will_delay_interval": 1000})))
            return client, client.expect("connack").code

        for version, refused in ((3, 2), (4, 2), (5, 0x85)):
            name = f"client{version}"
            first, code = attempt(version, name)
            assert code == 0, code
            for taken in (name, "s"):
                other, code = attempt(version, taken)
                assert code == refused, (version, taken, code)
                other.expect_closed()
            first.ping()
            # Whoever has only left its session here, and a will for later, finds its place free.
            first.drop()
            codes = []

            def is_back(version=version, name=name, codes=codes):
                again, code = attempt(version, name)
                again.drop()
                codes.append(code)
                return code == 0
            harness.settle(is_back)
            assert codes[-1] == 0, codes
        stomp.close()


def refused_publishers(options, folder):
    """Before version 5 who may not publish is answered as if it might, or is cut off."""
    connectors = ("mqtt://127.0.0.1:0?closeMqttConnectionOnPublishAuthorizationFailure=true",)
    with Daemon(options, folder, connectors=connectors, more=READERS) as broker:
        for version, qos in ((3, 1), (4, 0), (4, 1), (4, 2), (5, 1)):
            client = mqtt.Client(broker.port("mqtt"), version)
            client.connect(user="u", password="p")
            if version == 4:
                client.raw(client.publish_packet("a", "x", qos, 1 if qos else None))
                client.expect_closed()
            else:
                answered = client.publish("a", "x", qos)
                assert answered.code == (0x87 if version == 5 else 0), answered
                client.ping()
        broker.expect_log("the client may not publish to a", 3)


def passing_errors(options, folder):
    """A message that cannot be kept ends a connection, from version 5 on it is refused."""
    with Daemon(options, folder, connectors=("mqtt://127.0.0.1:0",), more=FULL_SOON) as broker:
        reader = mqtt.Client(broker.port("mqtt"))
        reader.connect("reader", clean=False, session_expiry_interval=1000)
        reader.subscribe(("a", 1))
        reader.drop()
        writer = mqtt.Client(broker.port("mqtt"))
        writer.connect("writer")
        while (answered := writer.publish("a", b"x" * 65536, 1)).code == 0:
            pass
        assert answered.code >= 0x80, answered
        writer.ping()
        old = mqtt.Client(broker.port("mqtt"), 4)
        old.connect("old")
        old.raw(old.publish_packet("a", b"x" * 65536, 1, 1))
        old.expect_closed()
        broker.expect_log("a message could not be stored")


def protocols(options, folder):
    """A port for all but some, with its own patience."""
    uri = ("auto+nio://127.0.0.1:0?auto.protocols=stomp,amqp&amp;"
           f"protocolDetectionTimeOut={PATIENCE_MS}")
    with Daemon(options, folder, connectors=(uri,)) as broker:
        port = broker.port("auto")
        for first, wanted in ((STOMP_CONNECT, b"CONN"), (AMQP_HEADER, b"AMQP"),
                              (MQTT_CONNECT, b"")):
            with connect(port, first) as client:
                assert answer(client) == wanted, first
        broker.expect_log("this is no protocol that is spoken here")
        with connect(port, b"CON") as client:
            assert answer(client) == b""
        broker.expect_log("nobody knows its protocol in time")


def silence(options, folder):
    """Clients that promise nothing have to be heard as often as their connector says."""
    connectors = ("stomp://127.0.0.1:0?transport.defaultHeartBeat=400,0",
                  "mqtt://127.0.0.1:0?transport.defaultKeepAlive=400")
    with Daemon(options, folder, connectors=connectors) as broker:
        with connect(broker.port("stomp"), b"CONNECT\n\n\0") as client:
            assert b"ERROR" in read_to_end(client)
        broker.expect_log("The client sends no heart-beats")
        with connect(broker.port("mqtt"), MQTT_CONNECT.replace(b"\x3c", b"\x00")) as client:
            assert read_to_end(client) == b"\x20\x02\x00\x00"
        broker.expect_log("nothing received within the keep alive time")
        broker.expect_nothing_left()


def stuck_readers(options, folder):
    """Whoever takes nothing of what waits for it is given up, if its connector says so."""
    connectors = (f"stomp://127.0.0.1:0?transport.soWriteTimeout={PATIENCE_MS}",)
    subscribe = b"SUBSCRIBE\nid:1\ndestination:/topic/much\nreceipt:r\n\n\0"
    message = b"SEND\ndestination:/topic/much\n\n" + b"x" * 65536 + b"\0"
    with Daemon(options, folder, connectors=connectors) as broker:
        port = broker.port("stomp")
        with connect(port, STOMP_CONNECT + subscribe) as stuck, \
                connect(port, STOMP_CONNECT) as sender:
            assert b"receipt-id:r" in read_until(stuck, b"receipt-id:r")
            local = stuck.getsockname()[1]
            # More than the buffers of both ends hold.
            for _ in range(320):
                sender.sendall(message)
            broker.expect_log(rf":{local}: connection closed: it takes nothing of what is written")
            sender.sendall(b"SEND\ndestination:/topic/much\nreceipt:still\n\n\0")
            assert b"receipt-id:still" in read_until(sender, b"still")
        broker.expect_nothing_left()


def every_scheme(options, folder):
    schemes = ["tcp", "nio", "auto", "auto+nio", "stomp", "stomp+nio", "mqtt", "mqtt+nio", "amqp",
               "amqp+nio", "ws"]
    with Daemon(options, folder, connectors=[f"{one}://127.0.0.1:0" for one in schemes]) as broker:
        assert len(broker.ports()) == len(schemes), broker.ready


def every_scheme_in_tls(options, folder):
    """Each speaks TLS and its protocol, and hangs up on those who speak in the open."""
    certificates = Certificates(folder)
    trust = ssl.create_default_context(cafile=certificates.path("ca.pem"))
    upgrade = (b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v12.stomp\r\n"
               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    words = {"stomp": (STOMP_CONNECT, b"CONN"), "mqtt": (MQTT_CONNECT, b"\x20\x02\x00\x00"),
             "amqp": (AMQP_HEADER, b"AMQP"), "wss": (upgrade, b"HTTP"),
             "auto": (STOMP_CONNECT, b"CONN")}
    schemes = ["ssl", "nio+ssl", "auto+ssl", "auto+nio+ssl", "stomp+ssl", "stomp+nio+ssl",
               "mqtt+ssl", "mqtt+nio+ssl", "amqp+ssl", "amqp+nio+ssl", "wss"]
    with Daemon(options, folder, connectors=[f"{one}://127.0.0.1:0" for one in schemes],
                settings=certificates.pem_settings) as broker:
        for scheme, port in zip(schemes, broker.ports(), strict=True):
            first, wanted = words.get(scheme.partition("+")[0], (wire_format_info(), None))
            with connect(port) as plain, trust.wrap_socket(plain,
                                                           server_hostname="localhost") as client:
                client.sendall(first)
                got = answer(client, 4 if wanted else 13)
                assert got == wanted or got.endswith(b"ActiveMQ"), (scheme, got)
            if not scheme.startswith("auto"):
                with connect(port, STOMP_CONNECT) as stranger:
                    assert not answer(stranger).startswith(b"CONN"), scheme



def ipv6(options, folder):
    with Daemon(options, folder, "--listen", "auto=[::1]:0") as broker:
        with connect(broker.port("auto"), STOMP_CONNECT, host="::1") as client:
            assert answer(client) == b"CONN"
            client.sendall(b"NONSENSE\n\n\0")
            assert b"ERROR" in read_to_end(client)
        broker.expect_log(r" \[::1\]:\d+: connection closed: ")


def bad_manners(options, folder):
    """Whoever breaks off or breaks the rules costs one line and hears why, where there is a way."""
    listen = [word for name in ("stomp", "mqtt", "amqp", "amqp10", "openwire", "auto")
              for word in ("--listen", f"{name}=127.0.0.1:0")]
    settings = {"detection_timeout_ms": PATIENCE_MS, "stomp.connect_timeout_ms": PATIENCE_MS,
                "stomp.max_frame_bytes": 4096, "stomp.max_body_bytes": 2048}
    tls_hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x55" * 200
    five = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc"
    cases = (
        # listener, what is sent, whether nothing more follows, what is heard, what the log says
        ("stomp", b"CONN", False, b"ERROR", "No CONNECT in time"),
        ("stomp", STOMP_CONNECT + b"SEND\ndestination:/queue/a\n\n" + b"x" * 5000, False, b"ERROR",
         "maximum data length was exceeded"),
        ("stomp", STOMP_CONNECT + b"SEND\ndestin", True, b"CONNECTED", "left inside a frame"),
        ("stomp", tls_hello, False, b"ERROR", "This is not STOMP"),
        ("stomp", b"GET / HTTP/1.1\r\n", False, b"ERROR", "This is not STOMP"),
        ("mqtt", MQTT_CONNECT[:8], True, b"", "left inside a frame"),
        ("mqtt", b"\x30\x03\x00\x01a", False, b"", "CONNECT"),
        ("mqtt", tls_hello, False, b"", "malformed packet"),
        ("mqtt", five + b"\x30\xff\xff\xff\xff", False, b"\xe0\x01\x81", "malformed packet"),
        ("amqp10", tls_hello, False, b"AMQP", ""),
        ("amqp", tls_hello, False, b"AMQP\x00\x01\x00\x00", "no protocol that is spoken here"),
        ("amqp", b"CONN", False, b"AMQP\x00\x01\x00\x00", "no protocol that is spoken here"),
        ("openwire", tls_hello, False, b"", "frame"),
        ("auto", tls_hello, False, b"", "no protocol that is spoken here"),
        ("auto", b"CONNECT\n", True, b"", "left inside a frame"),
        ("auto", b"CONN", True, b"", "left within its first words"))
    with Daemon(options, folder, *listen, settings=settings) as broker:
        for case, (listener, first, ends, heard, said) in enumerate(cases):
            # An address of its own tells whose line it is; ports come again at another listener.
            source = f"127.0.1.{case + 1}"
            with connect(broker.port(listener), first, source=source) as client:
                if ends:
                    client.shutdown(socket.SHUT_WR)
                got = read_to_end(client)
                assert heard in got, (listener, first, got)
            broker.expect_log(rf" {source}:\d+: connection closed: .*(?:{said})")
        broker.expect_nothing_left()


def last_words(options, folder):
    """Who goes on sending after the end hears why it came: nothing is reset under its hands."""
    five = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc"
    with Daemon(options, folder, "--listen", "mqtt=127.0.0.1:0") as broker:
        with connect(broker.port("mqtt"), five + b"\x30\xff\xff\xff\xff") as client:
            broker.expect_log("connection closed: malformed packet")
            for _ in range(100):
                client.sendall(b"more" * 1000)
            assert read_to_end(client).endswith(b"\xe0\x01\x81")
        # Who does not end is given up all the same.
        with connect(broker.port("mqtt"), five + b"\x30\xff\xff\xff\xff"):
            broker.expect_log("connection closed: malformed packet", 2)
            broker.expect_nothing_left()


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", metavar="REGEX", help="stories to run")
    options = parser.parse_args()
    for story in (limits, probes, proxies, through_haproxy, client_ids, refused_publishers,
                  passing_errors, protocols, silence, stuck_readers, every_scheme,
                  every_scheme_in_tls, ipv6, bad_manners, last_words):
        if not re.search(options.filter, story.__name__):
            continue
        print(f"--- {story.__name__.replace('_', ' ')}", flush=True)
        with tempfile.TemporaryDirectory(prefix="tern-connections-") as folder:
            story(options, Path(folder))


if __name__ == "__main__":
    harness.main(run)
