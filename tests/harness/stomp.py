"""A STOMP client that sends what it is told, byte by byte, and hides nothing."""

import socket

ANSWER_SECONDS = 20

ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", ":": "\\c"}
MEANINGS = {"\\": "\\", "n": "\n", "r": "\r", "c": ":"}


class Closed(Exception):
    """The broker closed the connection instead of answering."""


class Frame:
    def __init__(self, command, headers, body):
        self.command = command
        self.headers = headers
        self.body = body

    def __repr__(self):
        return f"{self.command} {self.headers} {self.body!r}"


def escape(text):
    return "".join(ESCAPES.get(c, c) for c in text)


def unescape(text):
    out, rest = "", iter(text)
    for c in rest:
        out += MEANINGS[next(rest)] if c == "\\" else c
    return out


class Client:
    """One connection. `version` is what CONNECT asked for; None: nothing was sent yet."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        self.data = b""
        self.version = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def raw(self, data):
        self.socket.sendall(data)

    def send(self, command, body=b"", **headers):
        """Header names have `_` for `-`, and `__` for `.`, unless they are in capitals."""
        lines = [command]
        for name, value in headers.items():
            if not name.isupper():
                name = name.replace("__", ".").replace("_", "-")
            value = str(value)
            lines.append(f"{name}:{value if self.version in (None, '1.0') else escape(value)}")
        self.raw("\n".join(lines).encode() + b"\n\n" + body + b"\0")

    def connect(self, version="1.2", **headers):
        self.send("CONNECT", accept_version=version, host="localhost", **headers)
        answer = self.frame()
        assert answer.command == "CONNECTED", answer
        self.version = answer.headers["version"]
        return answer

    def _fill(self):
        more = self.socket.recv(65536)
        if not more:
            raise Closed(f"closed after {self.data!r}")
        self.data += more

    def byte(self):
        while not self.data:
            self._fill()
        first, self.data = self.data[:1], self.data[1:]
        return first

    def frame(self):
        """The next frame; heart-beats before it are skipped."""
        while True:
            self.data = self.data.lstrip(b"\n")
            end = self.data.find(b"\n\n")
            if end >= 0:
                break
            self._fill()
        lines = self.data[:end].decode().split("\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if self.version in ("1.1", "1.2"):
                name, value = unescape(name), unescape(value)
            headers.setdefault(name, value)
        at = end + 2
        length = headers.get("content-length")
        while True:
            stop = at + int(length) if length else self.data.find(b"\0", at)
            if 0 <= stop < len(self.data):
                break
            self._fill()
        body, self.data = self.data[at:stop], self.data[stop + 1:]
        return Frame(lines[0], headers, body)

    def expect(self, command):
        frame = self.frame()
        assert frame.command == command, f"expected {command}, got {frame}"
        return frame

    def expect_error(self, words, receipt=None):
        frame = self.expect("ERROR")
        assert words.lower() in frame.headers["message"].lower(), frame
        if receipt is not None:
            assert frame.headers.get("receipt-id") == receipt, frame
        return frame

    def expect_closed(self):
        try:
            frame = self.frame()
        except (Closed, ConnectionResetError):
            return
        raise AssertionError(f"expected the end, got {frame}")

    def sync(self, command, body=b"", **headers):
        """Sends with a receipt and waits for it; nothing else may come before."""
        self.receipts = getattr(self, "receipts", 0) + 1
        receipt = f"sync-{self.receipts}"
        self.send(command, body, receipt=receipt, **headers)
        frame = self.expect("RECEIPT")
        assert frame.headers["receipt-id"] == receipt, frame
