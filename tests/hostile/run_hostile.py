#!/usr/bin/python3
"""Clients that attack: one for each way in which brokers were attacked before.

The broker knows its users. After each attack it serves as before, its memory has not grown, and
nothing was fetched from anywhere.
"""

import base64
import http.client
import json
import platform
import socket
import struct
import sys
import time
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from abuse import (ATTACKER, MIB, WAIT_SECONDS, connect, forged_lines, frame_abuse, header_floods,
                   is_closed, names_around_the_map, pour, remaining_length, temporary_takeover)
from harness import openwire
from harness import options as harness
from harness.stomp import Client

DOCUMENT = Path(__file__).resolve().parents[1] / "interop" / "security" / "activemq.xml"
AT_A_TIME = 200
GROWTH_BYTES_MAX = 8 << 20
HANDSHAKE_MS = 2000
OPERATORS_AT_A_TIME = 256
CONSTRUCTED = "org.springframework.context.support.ClassPathXmlApplicationContext"
# What a body may become when somebody inflates it, and what that may cost for a moment.
BOMB_BYTES = 1 << 28
INFLATED_BYTES_MAX = 600 << 20



def text(value):
    data = value.encode()
    return b"\x01" + struct.pack(">H", len(data)) + data


def throwable(message):
    """As loose encoding has it, with an empty stack."""
    return b"\x01" + text(CONSTRUCTED) + text(message) + b"\x00\x00"


class Trap:
    """A server that nobody has a reason to connect to."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/x.xml"

    def was_visited(self):
        self.socket.settimeout(0.5)
        try:
            self.socket.accept()
            return True
        except TimeoutError:
            return False


def first_bytes(protocol):
    """What a client of the protocol says until it is to log in, and a login of 64 MiB."""
    size = 64 * MIB
    if protocol == "OpenWire":
        return openwire.wire_format_info() + struct.pack(">iB", size, openwire.CONNECTION_INFO)
    if protocol == "STOMP":
        return b"CONNECT\naccept-version:1.2\nlogin:"
    if protocol == "STOMP headers":
        return b"CONNECT\n" + b"a:b\n" * 20_000
    if protocol == "MQTT":
        return b"\x10\xff\xff\xff\x7f\x00\x04MQTT\x05\xc2\x00\x3c\x00"
    if protocol == "AMQP 1.0":
        return b"AMQP\x03\x01\x00\x00" + struct.pack(">IBBH", size, 2, 1, 0)
    if protocol == "AMQP 1.0, no SASL":
        return b"AMQP\x00\x01\x00\x00" + struct.pack(">IBBH", size, 2, 0, 0)
    if protocol == "AMQP 0-9-1":
        return b"AMQP\x00\x00\x09\x01" + struct.pack(">BHI", 1, 0, size)
    if protocol == "WebSocket":
        return (b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Protocol: v12.stomp\r\n\r\n"
                b"\x82\xff" + struct.pack(">Q", size) + b"\0\0\0\0")
    return b"GET / HTTP/1.1\r\nX: "


PROTOCOLS = ("OpenWire", "STOMP", "STOMP headers", "MQTT", "AMQP 1.0", "AMQP 1.0, no SASL",
             "AMQP 0-9-1", "WebSocket", "HTTP headers")


def oversize_before_login(broker):
    for protocol in PROTOCOLS:
        for _ in range(10):
            with connect(broker.port) as link:
                link.sendall(first_bytes(protocol))
                pour(link, MIB)
                assert is_closed(link), f"{protocol}: still open after a megabyte before its login"


def memory_before_login(broker):
    """Very many that send as much as they may and then wait."""
    for protocol in PROTOCOLS:
        links = [connect(broker.port) for _ in range(AT_A_TIME)]
        try:
            before = broker.rss_bytes()
            for link in links:
                link.sendall(first_bytes(protocol)[:20_000])
            for link in links:
                assert is_closed(link), f"{protocol}: silent and still connected"
            growth = broker.rss_bytes() - before
            assert growth < AT_A_TIME * 64 * 1024 + GROWTH_BYTES_MAX, f"{protocol}: {growth}"
        finally:
            for link in links:
                link.close()


def class_names(broker):
    """CVE-2023-46604: the broker instantiated the class that a throwable named."""
    trap = Trap()
    connection_error = struct.pack(">iB", 1, 0) + throwable(trap.url) + b"\x00"
    exception_response = struct.pack(">iBi", 2, 0, 1) + throwable(trap.url)
    for kind, body in ((16, connection_error), (31, exception_response)):
        with connect(broker.port) as link:
            link.sendall(openwire.wire_format_info() + openwire.frame(kind, body))
            assert is_closed(link), "a throwable from a client is taken"
    assert not trap.was_visited(), "a client had something fetched"


def control_commands(broker):
    """CVE-2014-3576: a command of a stranger's ended the broker."""
    shutdown = openwire.frame(14, struct.pack(">iB", 4, 1) + text("shutdown"))
    login = openwire.connection_info("ender", user="tester", password="tester-secret")
    for before in (b"", login):
        with connect(broker.port) as link:
            link.sendall(openwire.wire_format_info() + before + shutdown)
            reader, kinds = openwire.FrameReader(), []
            while kinds.count(openwire.RESPONSE) < (2 if before else 1):
                more = link.recv(65536)
                if not more:
                    break
                kinds += [kind for kind, _ in reader.feed(more)]
        broker.check_alive()


def deep_nesting(broker):
    """Lists in lists in lists: recursion would run out of stack."""
    nested = b"\xd0" + struct.pack(">II", 0, 0)
    for _ in range(2000):
        nested = b"\xd0" + struct.pack(">II", len(nested) + 4, 1) + nested
    body = b"\x00\x53\x10\xd0" + struct.pack(">II", len(nested) + 4, 1) + nested
    with connect(broker.port) as link:
        link.sendall(b"AMQP\x00\x01\x00\x00" +
                     struct.pack(">IBBH", len(body) + 8, 2, 0, 0) + body)
        assert is_closed(link), "AMQP: nested without end and still connected"


    properties = b""
    for _ in range(2000):
        properties = struct.pack(">iH", 1, 1) + b"t\x0b" + (properties or struct.pack(">i", 0))
    with connect(broker.port) as link:
        link.sendall(openwire.frame(openwire.WIRE_FORMAT_INFO, openwire.MAGIC + struct.pack(
            ">iBi", 1, 1, len(properties)) + properties))
        assert is_closed(link), "OpenWire: nested without end and still connected"


def bomb():
    """A quarter of a mebibyte that becomes a thousand times as much."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(BOMB_BYTES // MIB)) + packer.flush()


def peak_bytes(broker):
    """The most memory that the broker has had."""
    status = Path(f"/proc/{broker.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) * 1024


def await_responses(link, count):
    reader = openwire.FrameReader()
    while count > 0:
        more = link.recv(65536)
        assert more, "closed without an answer"
        count -= sum(kind == openwire.RESPONSE for kind, _ in reader.feed(more))


def decompression_bombs(broker):
    """JMS clients compress bodies. Nobody here looks into them until a client of another protocol
    wants one, and then no further than a limit."""
    packed = bomb()
    with connect(broker.port) as link:
        link.sendall(openwire.wire_format_info() + openwire.connection_info(
            "bomber", user="tester", password="tester-secret") + openwire.producer("bomber"))
        await_responses(link, 3)  # so much is nobody's who has not logged in
        for kind, head in ((openwire.BYTES_MESSAGE, struct.pack(">i", BOMB_BYTES)),
                           (openwire.TEXT_MESSAGE, b"")):
            link.sendall(openwire.message("bomber", "m.rwa.bombs", kind, head + packed,
                                          compressed=True))
        await_responses(link, 2)
    before = broker.rss_bytes()
    with Client(broker.port) as client:
        client.connect(login="tester", passcode="tester-secret")
        client.send("SUBSCRIBE", destination="/queue/m.rwa.bombs", id="1", receipt="1")
        client.send("SEND", b"last", destination="/queue/m.rwa.bombs", receipt="2")
        while (frame := client.frame()).command != "MESSAGE" or frame.body != b"last":
            assert len(frame.body) <= MIB, f"{len(frame.body)} bytes of a bomb were delivered"
    assert peak_bytes(broker) - before < INFLATED_BYTES_MAX, "a bomb went off"
    # One that a WebSocket asks to have inflated is refused: nothing is agreed on that would do it.
    with connect(broker.port) as link:
        link.sendall(first_bytes("WebSocket").split(b"\r\n\r\n")[0]
                     + b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
        said = b""
        while b"\r\n\r\n" not in said:
            said += link.recv(65536)
        assert b"101" in said and b"xtensions" not in said, said
        link.sendall(b"\xc1\x82" + bytes(4) + b"\x00\x00")
        assert is_closed(link), "a compressed frame is taken"


def guesses(broker):
    """A thousand passwords from one address; others log in meanwhile."""
    began = time.monotonic()
    for number in range(1000):
        with connect(broker.port) as link:
            link.sendall(b"CONNECT\naccept-version:1.2\nlogin:tester\npasscode:guess%d\n\n\0"
                         % number)
            assert b"ERROR" in link.recv(65536), "a guess was right"
        if number % 100 == 0:
            log_in(broker.port)
    print(f"1000 guesses in {time.monotonic() - began:.1f} s", flush=True)
    lines = broker.log_text().count("login for tester")
    assert lines < 50, f"{lines} lines about guesses"


def names_that_are_nobodys(broker):
    """The broker's own queues, by their names."""
    for name in ("$mqtt.state.x", "$mqtt.retained.x", "$schedule", "$>"):
        frame = (b"CONNECT\naccept-version:1.2\nlogin:boss\npasscode:boss-secret\n\n\0"
                 b"SUBSCRIBE\nid:1\nreceipt:r\ndestination:/queue/%s\n\n\0" % name.encode())
        with socket.create_connection(("127.0.0.1", broker.port), WAIT_SECONDS) as link:
            link.sendall(frame)
            said = b""
            while b"ERROR" not in said and b"RECEIPT" not in said:
                said += link.recv(65536)
            assert b"ERROR" in said, f"{name} can be consumed from"


def early_questions(broker):
    """Statistics asked for in one breath with the login, so that nobody can have said yet whether
    that may be."""
    reply_to = openwire.destination(openwire.QUEUE, "m.rwa.answers")
    question = openwire.message("asker", "ActiveMQ.Statistics.Broker", openwire.BYTES_MESSAGE, b"",
                                reply_to)
    for user, answered in (("tester", False), ("boss", True)):
        with connect(broker.port) as link:
            link.sendall(openwire.wire_format_info() + openwire.connection_info(
                "asker", user=user, password=f"{user}-secret") + openwire.producer("asker")
                + question)
            reader, kinds = openwire.FrameReader(), []
            while len(kinds) < 4:
                more = link.recv(65536)
                assert more, "closed without an answer"
                kinds += [kind for kind, _ in reader.feed(more)
                          if kind in (openwire.RESPONSE, openwire.EXCEPTION_RESPONSE)]
        told = kinds[-1] == openwire.RESPONSE
        assert told == answered, f"{user}: {kinds}"
    with Client(broker.port) as client:
        client.connect(login="tester", passcode="tester-secret")
        client.send("SUBSCRIBE", destination="/queue/m.rwa.answers", id="1")
        assert client.expect("MESSAGE").body != b"last"
        client.send("SEND", b"last", destination="/queue/m.rwa.answers")
        body = client.expect("MESSAGE").body
        assert body == b"last", f"more than one was answered: {body}"


def xml_selectors(broker):
    """CVE-2014-3600: selectors by XPath had the broker read XML, and what that refers to."""
    trap = Trap()
    body = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{trap.url}">]><a>&e;</a>'.encode()
    with Client(broker.port) as client:
        client.connect(login="tester", passcode="tester-secret")
        client.sync("SEND", body, destination="/queue/m.rwa.xml")
        client.send("SUBSCRIBE", destination="/queue/m.rwa.xml", id="1", receipt="1",
                    selector=f"XPATH 'document(\"{trap.url}\")//a'")
        answer = client.frame()
        assert answer.command in ("RECEIPT", "ERROR"), f"a selector by XPath matches: {answer}"
    assert not trap.was_visited(), "a selector had something fetched"


def told_before_login(broker):
    """CVE-2017-15709: strangers were told which system and kernel the broker runs on."""
    secrets = [word.encode() for word in (platform.system(), platform.release())]
    for protocol in PROTOCOLS:
        with connect(broker.port) as link:
            link.sendall(first_bytes(protocol)[:64] if protocol != "HTTP headers"
                         else b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            link.shutdown(socket.SHUT_WR)
            said = b""
            try:
                while more := link.recv(65536):
                    said += more
            except ConnectionError:
                pass
            for word in secrets:
                assert word not in said, f"{protocol} tells strangers {word}: {said}"


def operators_files(broker):
    """Management that reads files, takes uploads, or connects to elsewhere."""
    trap = Trap()
    secret = {"Authorization": "Basic " + base64.b64encode(b"boss:boss-secret").decode()}
    admin = {"Authorization": "Basic " + base64.b64encode(b"root:root-secret").decode()}

    def ask(method, path, headers, body=None):
        link = http.client.HTTPConnection("127.0.0.1", broker.http_port, timeout=WAIT_SECONDS)
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    assert ask("GET", "/api/v1/queues", {})[0] == 401
    assert ask("GET", "/api/v1/queues", secret)[0] == 403, "no operator, but served"
    assert ask("GET", "/api/v1/queues", admin)[0] == 200
    for path in ("/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
                 "/..%2f..%2f..%2fetc%2fpasswd", "/fileserver/../../etc/passwd",
                 "/admin/styles/../../../../etc/passwd", "//etc/passwd"):
        status, body = ask("GET", path, admin)
        assert status >= 300 and b"root:" not in body, path
    # CVE-2016-3088
    for method in ("PUT", "MOVE"):
        assert ask(method, "/fileserver/x.jsp", admin, b"x")[0] >= 400
    # CVE-2022-41678 and Jolokia's proxy.
    bean = "org.apache.activemq:type=Broker,brokerName=secured"
    attacks = [
        {"type": "exec", "mbean": "jdk.management.jfr:type=FlightRecorder",
         "operation": "newRecording", "arguments": []},
        {"type": "exec", "mbean": bean, "operation": "addNetworkConnector",
         "arguments": [f"static:({trap.url})"]},
        {"type": "exec", "mbean": bean, "operation": "addConnector",
         "arguments": [f"xbean:{trap.url}"]},
        {"type": "exec", "mbean": "com.sun.management:type=DiagnosticCommand",
         "operation": "jvmtiAgentLoad", "arguments": ["/tmp/x.so"]},
        {"type": "read", "mbean": bean, "target": {"url": f"service:jmx:rmi:///jndi/{trap.url}"}},
    ]
    for attack in attacks[:-1]:
        status, body = ask("POST", "/api/jolokia", admin, json.dumps(attack))
        assert json.loads(body)["status"] != 200, f"{attack['operation']} was done"
    ask("POST", "/api/jolokia", admin, json.dumps(attacks[-1]))
    assert not trap.was_visited(), "management fetched something"


def operators_before_login(broker):
    """Large bodies for management, of people who have not logged in."""
    body = b"x" * MIB
    for login in ("", "Authorization: Basic " + base64.b64encode(b"root:guessed-secret").decode()
                  + "\r\n"):
        for length in (f"Content-Length: {8 * MIB}", "Transfer-Encoding: chunked"):
            links = [socket.create_connection(("127.0.0.1", broker.http_port), WAIT_SECONDS,
                                              (ATTACKER, 0)) for _ in range(20)]
            try:
                before = broker.rss_bytes()
                for link in links:
                    link.sendall(f"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n{login}"
                                 f"Content-Type: application/json\r\n{length}\r\n\r\n".encode())
                for link in links:
                    pour(link, len(body))
                for link in links:
                    assert is_closed(link), "a stranger's body is read"
                growth = broker.rss_bytes() - before
                assert growth < len(links) * 64 * 1024 + GROWTH_BYTES_MAX, f"HTTP: {growth}"
            finally:
                for link in links:
                    link.close()


def silent_operators(broker):
    """Very many connections to the operators' port that say nothing, or not all."""
    links = []
    try:
        for i in range(2 * OPERATORS_AT_A_TIME):
            links.append(socket.create_connection(("127.0.0.1", broker.http_port), WAIT_SECONDS,
                                                  (ATTACKER, 0)))
            if i % 2:
                links[-1].sendall(b"GET /health/live HTTP/1.1\r\nHost: local")
        link = http.client.HTTPConnection("127.0.0.1", broker.http_port, timeout=WAIT_SECONDS)
        link.request("GET", "/health/live")
        assert link.getresponse().status == 200
        link.close()
        # It is not that they have left: the last of them is served when it goes on.
        links[-1].sendall(b"host\r\n\r\n")
        assert links[-1].recv(65536).startswith(b"HTTP/1.1 200 ")
    finally:
        for link in links:
            link.close()


def log_in(port):
    """A client as it should be."""
    with socket.create_connection(("127.0.0.1", port), WAIT_SECONDS) as link:
        link.sendall(b"CONNECT\naccept-version:1.2\nlogin:tester\npasscode:tester-secret\n\n\0"
                     b"SEND\ndestination:/queue/m.rwa.hostile\nreceipt:sent\n\nm\0")
        said = b""
        while b"receipt-id:sent" not in said:
            more = link.recv(65536)
            assert more and b"ERROR" not in said, f"a good client is not served: {said + more}"
            said += more


ATTACKS = (class_names, control_commands, deep_nesting, remaining_length, header_floods,
           frame_abuse, decompression_bombs, temporary_takeover, names_around_the_map,
           names_that_are_nobodys, early_questions, xml_selectors, told_before_login,
           operators_files, operators_before_login, silent_operators, oversize_before_login,
           memory_before_login, forged_lines, guesses)


def run():
    options = harness.parser(__doc__).parse_args()
    settings = {"detection_timeout_ms": HANDSHAKE_MS, "http.listen": "127.0.0.1:0",
                "openwire.handshake_timeout_ms": HANDSHAKE_MS,
                "stomp.connect_timeout_ms": HANDSHAKE_MS}
    with harness.broker_for(options, settings=settings, listener="auto", with_java=False,
                            document=DOCUMENT) as (broker, _):
        log_in(broker.port)
        harness.settle((broker.data / "audit" / "audit.log").exists)
        sockets = broker.open_sockets()
        for attack in ATTACKS:
            before = broker.rss_bytes()
            attack(broker)
            broker.check_alive()
            log_in(broker.port)
            harness.settle(lambda: broker.open_sockets() <= sockets)
            growth = broker.rss_bytes() - before
            print(f"{attack.__name__}: memory grew by {growth / MIB:+.1f} MiB", flush=True)
            assert growth < GROWTH_BYTES_MAX, f"{attack.__name__}: memory grew"
            assert broker.open_sockets() <= sockets, f"{attack.__name__}: connections are left"
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
