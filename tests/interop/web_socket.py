#!/usr/bin/python3
"""WebSockets: the specification's rules by a client of raw frames, then unmodified clients of
browsers under Node, in the open and in TLS, on a port of their own and on the shared one."""

import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.certificates import Certificates
from harness.node import Node

WAIT_SECONDS = 30
TIMEOUT_MS = 1000
FRAME_BYTES_MAX = 100_000
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
CONNECT = b"CONNECT\naccept-version:1.2\nhost:here\n\n\0"
MQTT = b"\x10\x0e\0\4MQTT\4\2\0\x3c\0\2ws"
AMQP = b"AMQP\x03\x01\x00\x00"


class Raw:
    """A WebSocket in which everything can be wrong."""

    def __init__(self, port, protocols="v12.stomp", headers=None, tls=None):
        self.link = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        self.local_port = self.link.getsockname()[1]
        if tls:
            self.link = tls.wrap_socket(self.link, server_hostname="127.0.0.1")
        self.link.sendall(self.request(protocols, headers or {}))
        self.stream = self.link.makefile("rb")
        self.status = self.stream.readline().decode().strip()
        self.headers = {}
        while line := self.stream.readline().decode().strip():
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value

    @staticmethod
    def request(protocols, headers):
        fields = {"Host": "here", "Upgrade": "websocket", "Connection": "Upgrade",
                  "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
                  "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
                  "Sec-WebSocket-Protocol": protocols, **headers}
        lines = [f"{name}: {value}" for name, value in fields.items() if value]
        return "\r\n".join(["GET /stomp HTTP/1.1", *lines, "", ""]).encode()

    def send(self, opcode, payload=b"", last=True, masked=True, reserved=0):
        mask = os.urandom(4)
        head = bytes([(0x80 if last else 0) | reserved << 4 | opcode])
        flag = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([flag | len(payload)])
        elif len(payload) < 65536:
            head += struct.pack(">BH", flag | 126, len(payload))
        else:
            head += struct.pack(">BQ", flag | 127, len(payload))
        if masked:
            head += mask
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.link.sendall(head + payload)

    def receive(self):
        """The next frame: its opcode, its payload; or None at the end."""
        head = self.stream.read(2)
        if not head:
            return None
        size = head[1]
        assert size < 128, "a server's frame with a mask"
        if size >= 126:
            wide = 2 if size == 126 else 8
            size = int.from_bytes(self.stream.read(wide), "big")
        return head[0] & 15, self.stream.read(size)

    def expect(self, opcode, beginning):
        frame = self.receive()
        assert frame and frame[0] == opcode and frame[1].startswith(beginning), frame

    def expect_close(self, code):
        while (frame := self.receive()) and frame[0] != CLOSE:
            pass
        assert frame and struct.unpack(">H", frame[1][:2])[0] == code, (frame, code)
        assert self.receive() is None, "not closed"
        self.link.close()


def upgrades(port, tls=None):
    for offered, chosen in (("v12.stomp", "v12.stomp"), ("v10.stomp, v11.stomp", "v11.stomp"),
                            ("stomp", "stomp"), ("binary, AMQPWSB10, amqp", "amqp"),
                            ("mqttv3.1, mqtt", "mqtt"), ("mqttv3.1", "mqttv3.1"), ("", None)):
        raw = Raw(port, offered, tls=tls)
        assert raw.status == "HTTP/1.1 101 Switching Protocols", raw.status
        assert raw.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert raw.headers.get("sec-websocket-protocol") == chosen, (offered, raw.headers)
        assert "sec-websocket-extensions" not in raw.headers
    for protocols, headers, status in (
            ("gopher", {}, "400"), ("stomp", {"Upgrade": ""}, "426"),
            ("stomp", {"Sec-WebSocket-Version": "8"}, "426"),
            ("stomp", {"Sec-WebSocket-Key": ""}, "400"), ("stomp", {"Cookie": "c" * 9000}, "431")):
        raw = Raw(port, protocols, headers, tls=tls)
        assert raw.status.split()[1] == status, (raw.status, status)
        assert raw.headers["sec-websocket-version"] == "13"
        assert raw.receive() is None


def conversations(port):
    raw = Raw(port)
    raw.send(TEXT, CONNECT[:10], last=False)
    raw.send(PING, b"inside")
    raw.send(CONTINUATION, b"", last=False)
    raw.send(CONTINUATION, CONNECT[10:])
    raw.expect(PONG, b"inside")
    raw.expect(TEXT, b"CONNECTED\n")
    raw.send(PONG, b"unasked")
    raw.send(BINARY, b"DISCONNECT\nreceipt:bye\n\n\0")
    raw.expect(BINARY, b"RECEIPT\n")
    raw.send(CLOSE, struct.pack(">H", 1000) + b"done")
    raw.expect_close(1000)

    raw = Raw(port, "amqp")
    for i in range(len(AMQP)):
        raw.send(BINARY, AMQP[i:i + 1])
    raw.expect(BINARY, AMQP)

    raw = Raw(port, "amqp")
    raw.send(BINARY, b"AMQP\x00\x00\x09\x01")
    raw.expect(BINARY, b"\x01\x00\x00")  # AMQP 0-9-1's first method

    raw = Raw(port, "mqtt")
    raw.send(BINARY, MQTT[:5])
    raw.send(BINARY, MQTT[5:])
    raw.expect(BINARY, b"\x20\x02\0\0")
    raw.send(BINARY, b"\xc0\0")
    raw.expect(BINARY, b"\xd0\0")

    raw = Raw(port, "")
    raw.send(TEXT, CONNECT)
    raw.expect(TEXT, b"CONNECTED\n")

    # What STOMP refuses, it says before the WebSocket says that it is no orderly end.
    raw = Raw(port)
    raw.send(TEXT, b"CONNECT\naccept-version:9.9\nhost:here\n\n\0")
    raw.expect(TEXT, b"ERROR\n")
    raw.expect_close(1002)


def violations(broker):
    """Each costs one connection, which hears its code, and one line."""
    def head_only(raw):
        raw.link.sendall(b"\x82\xff" + struct.pack(">Q", 1 << 62) + b"mask")

    for code, reason, do in (
            (1002, "without a mask", lambda raw: raw.send(TEXT, b"a", masked=False)),
            (1002, "extension", lambda raw: raw.send(TEXT, b"a", reserved=4)),
            (1002, "unknown kind", lambda raw: raw.send(3, b"a")),
            (1002, "too long", lambda raw: raw.send(PING, b"a" * 126)),
            (1002, "in fragments", lambda raw: raw.send(PING, b"a", last=False)),
            (1002, "of no message", lambda raw: raw.send(CONTINUATION, b"a")),
            (1002, "inside of another", lambda raw: (raw.send(TEXT, b"C", last=False),
                                                     raw.send(TEXT, b"O"))),
            (1007, "not UTF-8", lambda raw: raw.send(TEXT, b"\xc0\x80")),
            (1007, "not UTF-8", lambda raw: raw.send(TEXT, b"\xe2\x82")),
            (1009, "too large", lambda raw: raw.send(BINARY, b"a" * (FRAME_BYTES_MAX + 1))),
            (1009, "too large", head_only),
            (1002, "half a close code", lambda raw: raw.send(CLOSE, b"a")),
            (1002, "means nothing", lambda raw: raw.send(CLOSE, struct.pack(">H", 1005)))):
        raw = Raw(broker.port)
        do(raw)
        raw.expect_close(code)
        expect_line(broker, raw.local_port, f"WebSocket: .*{reason}")
    for protocol, words in (("amqp", AMQP), ("mqtt", MQTT)):
        raw = Raw(broker.port, protocol)
        raw.send(TEXT, words)
        raw.expect_close(1003)
        expect_line(broker, raw.local_port, "WebSocket: text for a protocol that is none")


def expect_line(broker, port, pattern):
    lines = broker.wait_for_log(rf":{port}: connection closed: ")
    assert len(lines) == 1 and re.search(pattern, lines[0]), (pattern, lines)


def silence(broker):
    """Half a request, or a request and nothing more: a connection and a line each."""
    for beginning in (b"GE", b"GET /stomp HTTP/1.1\r\nHost:", Raw.request("stomp", {})):
        with socket.create_connection(("127.0.0.1", broker.port), WAIT_SECONDS) as link:
            link.sendall(beginning)
            while link.recv(65536):
                pass
            expect_line(broker, link.getsockname()[1], "nobody knows its protocol in time")


def deaf_pinger(port):
    """Asks for answers that it does not read: the broker stops reading, and serves others."""
    raw = Raw(port)
    raw.send(TEXT, CONNECT)
    raw.expect(TEXT, b"CONNECTED\n")
    raw.link.settimeout(2)
    ping = b"\x89\xfd" + b"\0\0\0\0" + b"p" * 125
    try:
        for _ in range(4000):
            raw.link.sendall(ping * 100)
        raise AssertionError("50 MB of pings were taken from a peer that reads nothing")
    except TimeoutError:
        pass
    other = Raw(port)
    other.send(TEXT, CONNECT)
    other.expect(TEXT, b"CONNECTED\n")
    return raw


def run():
    options = harness.parser(__doc__).parse_args()
    node = Node(Path(__file__).resolve().parent / "web_socket")
    with tempfile.TemporaryDirectory(prefix="tern-ws-") as folder:
        certificates = Certificates(Path(folder))
        authority = certificates.path("ca.pem")
        narrow = {"detection_timeout_ms": TIMEOUT_MS, "websocket.max_frame_bytes": FRAME_BYTES_MAX}
        with harness.broker_for(options, settings=narrow, listener="ws",
                                with_java=False) as (broker, _):
            upgrades(broker.port)
            conversations(broker.port)
            violations(broker)
            silence(broker)
            deaf_pinger(broker.port).link.close()
            assert broker.stop() == 0
        for listener, secure in (("ws", False), ("wss", True), ("auto", False), ("auto", True)):
            scheme = "wss" if secure else "ws"
            print(f"--- {scheme} on {listener}", flush=True)
            with harness.broker_for(options, settings=certificates.pem_settings,
                                    listener=listener, with_java=False) as (broker, _):
                upgrades(broker.port, ssl.create_default_context(cafile=authority)
                         if secure else None)
                url = f"{scheme}://127.0.0.1:{broker.port}/ws"
                trust = [authority] if secure else []
                node.run("stomp_client.js", url, *trust)
                node.run("mqtt_client.js", url, *trust)
                if listener == "auto":
                    plain = f"{'mqtts' if secure else 'mqtt'}://127.0.0.1:{broker.port}"
                    node.run("mqtt_client.js", plain, *trust)
                if not secure:
                    node.run("amqp_client.js", url)
                broker.check_alive()
                assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
