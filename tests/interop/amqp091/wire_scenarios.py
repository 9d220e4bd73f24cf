"""What a broker of AMQP 0-9-1 answers to single frames, right and wrong ones, that no client
library sends. As scenarios.py, for any broker: each story gets a port and returns what it saw."""

import socket
import struct

HEADER = b"AMQP\0\0\x09\x01"
SECONDS = 60
METHOD, CONTENT_HEADER, BODY, HEARTBEAT, END = 1, 2, 3, 8, b"\xce"
CONNECTION_CLOSE, CHANNEL_CLOSE, CHANNEL_OPEN_OK = (10, 50), (20, 40), (20, 11)
EXCHANGE_DECLARE_OK = (40, 11)


def short_text(text):
    return bytes([len(text)]) + text.encode()


def long_text(data):
    return struct.pack(">I", len(data)) + data


def method(number, payload=b""):
    return struct.pack(">HH", *number) + payload


def frame(kind, channel, payload, end=END):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + end


def content(size, class_id=60):
    return struct.pack(">HHQH", class_id, 0, size, 0)


def declare(queue, bits=0):
    return method((50, 10), b"\0\0" + short_text(queue) + bytes([bits]) + long_text(b""))


def publish(exchange, key, bits=0):
    return method((60, 40), b"\0\0" + short_text(exchange) + short_text(key) + bytes([bits]))


def consume(queue, tag, bits=0):
    return method((60, 20), b"\0\0" + short_text(queue) + short_text(tag) + bytes([bits]) +
                  long_text(b""))


def get(queue, no_ack=1):
    return method((60, 70), b"\0\0" + short_text(queue) + bytes([no_ack]))


def ack(tag, multiple):
    return method((60, 80), struct.pack(">QB", tag, multiple))


def qos(size, count, shared=0):
    return method((60, 10), struct.pack(">IHB", size, count, shared))


OPEN_CHANNEL = method((20, 10), b"\0")
CLOSE_OK = method((20, 41))
# Whether there is an exchange: once that is answered, all before it on the channel was, too.
MARKER = method((40, 10), b"\0\0" + short_text("amq.direct") + short_text("direct") + b"\1" +
                long_text(b""))


class Peer:
    """A connection of which every frame is seen."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self.input = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.input.close()
        self.socket.close()

    def send(self, *frames):
        self.socket.sendall(b"".join(frames))

    def next(self):
        """Type, channel and payload; nothing at the end. Heartbeats are not told."""
        while True:
            try:
                head = self.input.read(7)
                if len(head) < 7:
                    return None
                kind, channel, size = struct.unpack(">BHI", head)
                payload = self.input.read(size + 1)
            except ConnectionError:
                return None
            assert payload[-1:] == END, payload[-20:]
            if kind != HEARTBEAT:
                return kind, channel, payload[:-1]

    def expect(self, number):
        kind, _, payload = self.next()
        assert kind == METHOD and payload[:4] == method(number), payload
        return payload[4:]

    def start(self, mechanism="PLAIN", response=b"\0guest\0guest"):
        self.send(HEADER)
        self.expect((10, 10))
        # This capability: the reason of a refusal is told.
        told = short_text("authentication_failure_close") + b"t\1"
        properties = short_text("capabilities") + b"F" + long_text(told)
        self.send(frame(METHOD, 0, method((10, 11), long_text(properties) + short_text(mechanism) +
                                          long_text(response) + short_text("en_US"))))
        return self

    def tune(self, channels=100, frame_bytes=4096, heartbeat=60):
        self.start().expect((10, 30))
        self.send(frame(METHOD, 0, method((10, 31), struct.pack(">HIH", channels, frame_bytes,
                                                               heartbeat))))
        return self

    def enter(self, vhost="/", **tuned):
        self.tune(**tuned)
        self.send(frame(METHOD, 0, method((10, 40), short_text(vhost) + b"\0\0")))
        return self

    def running(self, **tuned):
        self.enter(**tuned).expect((10, 41))
        self.send(frame(METHOD, 1, OPEN_CHANNEL))
        self.expect(CHANNEL_OPEN_OK)
        return self

    def seen(self):
        """All that comes until something is closed, or the marker."""
        found = []
        while (got := self.next()) is not None:
            kind, channel, payload = got
            if kind != METHOD:
                found.append((kind, channel, len(payload)))
                continue
            number = struct.unpack(">HH", payload[:4])
            if number == EXCHANGE_DECLARE_OK:
                return found
            if number in (CONNECTION_CLOSE, CHANNEL_CLOSE):
                (code,) = struct.unpack(">H", payload[4:6])
                text = payload[7:7 + payload[6]].decode()
                about = struct.unpack(">HH", payload[7 + payload[6]:])
                return [*found, (number, channel, code, text.split(" - ")[0], about)]
            found.append((number, channel))
        return [*found, "the end"]


def after(port, *frames, channel=1, **tuned):
    """What comes when these are sent on an open connection with channel 1 open, and the marker."""
    with Peer(port) as peer:
        peer.running(**tuned)
        peer.send(*frames, frame(METHOD, channel, MARKER))
        return peer.seen()


def on_channel(port, *methods):
    return after(port, *(frame(METHOD, 1, one) for one in methods))


def other_headers(port):
    """Whoever speaks something else is told what is spoken here, and that is all."""
    told = []
    for header in (b"AMQP\0\0\x09\x02", b"AMQP\2\1\0\0", b"GET / HT"):
        with Peer(port) as peer:
            peer.send(header)
            told.append(peer.input.read(len(HEADER)))
    return told


def entries(port):
    """Who is let in, and to what; where the reason is told by all."""
    with Peer(port) as peer:
        told = [peer.start("PLAIN", b"\0guest\0wrong").seen()]
    with Peer(port) as peer:
        told.append(peer.enter(vhost="nowhere").seen())
    with Peer(port) as peer:
        login = (short_text("LOGIN") + b"S" + long_text(b"guest") + short_text("PASSWORD") + b"S" +
                 long_text(b"guest"))
        peer.start("AMQPLAIN", login).expect((10, 30))
    return told


def told_reasons(port):
    """What RabbitMQ 3.10 ends a connection for and says nothing."""
    def closed(code, name, about):
        return [(CONNECTION_CLOSE, 0, code, name, about)]

    for mechanism, response, *why in (("NONE", b"", 503, "COMMAND_INVALID"),
                                      ("PLAIN", b"guest", 502, "SYNTAX_ERROR"),
                                      ("AMQPLAIN", b"nothing of it", 502, "SYNTAX_ERROR")):
        with Peer(port) as peer:
            seen = peer.start(mechanism, response).seen()
            assert seen == closed(*why, (10, 11)), (mechanism, seen)
    for tuned in ({"frame_bytes": 1000}, {"frame_bytes": 131073}, {"frame_bytes": 0},
                  {"channels": 0}, {"channels": 2048}):
        with Peer(port) as peer:
            seen = peer.enter(**tuned).seen()
            assert seen == closed(530, "NOT_ALLOWED", (10, 31)), (tuned, seen)
    for unknown in ((99, 10), (60, 99)):
        seen = on_channel(port, method(unknown))
        assert seen == closed(503, "COMMAND_INVALID", unknown), (unknown, seen)


def broken_frames(port):
    heartbeat = frame(HEARTBEAT, 1, b"")
    return [after(port, frame(METHOD, 1, get("q"), end=b"\0")),
            after(port, frame(9, 1, b"")),
            after(port, frame(METHOD, 1, bytes(5000))),
            after(port, heartbeat),
            after(port, frame(HEARTBEAT, 0, b"")),
            after(port, frame(BODY, 1, b"x")),
            after(port, frame(CONTENT_HEADER, 1, content(1))),
            after(port, frame(METHOD, 1, publish("", "w.q")),
                  frame(CONTENT_HEADER, 1, content(1, 50))),
            after(port, frame(METHOD, 1, publish("", "w.q")), frame(METHOD, 1, get("w.q"))),
            after(port, frame(METHOD, 1, publish("", "w.q")),
                  frame(CONTENT_HEADER, 1, content(2)), frame(METHOD, 1, get("w.q"))),
            after(port, frame(METHOD, 1, publish("", "w.q")), frame(BODY, 1, b"x"))]


def wrong_methods(port):
    """Cut off, of others, where no channel is, and twice where once is right."""
    return [on_channel(port, method((50, 10), b"\0\0\x09x")),
            on_channel(port, method((10, 40), short_text("/") + b"\0\0")),
            on_channel(port, OPEN_CHANNEL),
            after(port, frame(METHOD, 2, get("w.q")), channel=2),
            after(port, frame(METHOD, 2, OPEN_CHANNEL), channels=1),
            after(port, frame(METHOD, 0, OPEN_CHANNEL)),
            after(port, frame(METHOD, 0, method((10, 40), short_text("/") + b"\0\0")))]


def refused_methods(port):
    return [after(port, frame(METHOD, 1, declare("w.q")),
                  frame(METHOD, 1, publish("", "w.q", bits=2)),
                  frame(CONTENT_HEADER, 1, content(0))),
            same_tag_again(port),
            on_channel(port, qos(1, 0)),
            on_channel(port, method((20, 20), b"\0")),
            on_channel(port, method((60, 110), b"\0")),
            on_channel(port, method((90, 20))), on_channel(port, method((90, 30))),
            on_channel(port, method((85, 10), b"\0"), method((90, 10))),
            on_channel(port, ack(1, 0)), on_channel(port, ack(0, 0)), on_channel(port, ack(9, 1)),
            on_channel(port, method((60, 90), struct.pack(">QB", 3, 0))),
            on_channel(port, method((60, 120), struct.pack(">QB", 3, 3))),
            on_channel(port, method((50, 20), b"\0\0\0" + short_text("amq.direct") + b"\0\0" +
                                    long_text(b"")))]


def same_tag_again(port):
    with Peer(port) as peer:
        peer.running()
        for one, answer in ((declare("w.q"), (50, 11)), (consume("w.q", "tag"), (60, 21))):
            peer.send(frame(METHOD, 1, one))
            peer.expect(answer)
        peer.send(frame(METHOD, 1, consume("w.q", "tag")))
        return peer.seen()


def answers(port):
    """What each method is answered with, and none where none is wanted."""
    bind = b"\0\0" + short_text("amq.fanout") + short_text("amq.direct") + short_text("k")
    return [on_channel(port, method((30, 10), short_text("/data") + b"\0")),
            on_channel(port, method((20, 20), b"\1")),
            on_channel(port, qos(0, 5), qos(0, 5, 1)),
            on_channel(port, declare("w.q"), declare("w.q", bits=16), declare("w.q", bits=1)),
            on_channel(port, method((60, 30), short_text("none") + b"\0"),
                       method((60, 30), short_text("none") + b"\1")),
            on_channel(port, ack(0, 1)),
            on_channel(port, method((60, 110), b"\1"), method((60, 100), b"\1")),
            on_channel(port, method((40, 30), bind + b"\0" + long_text(b"")),
                       method((40, 40), bind + b"\0" + long_text(b"")),
                       method((40, 40), bind + b"\1" + long_text(b""))),
            on_channel(port, method((85, 10), b"\1"), method((85, 10), b"\0")),
            on_channel(port, method((90, 10)), method((90, 20)), method((90, 30))),
            on_channel(port, method((50, 40), b"\0\0" + short_text("w.q") + b"\4"),
                       method((50, 40), b"\0\0" + short_text("w.q") + b"\0"))]


def closed_channels(port):
    """Nothing is heard on a channel that the broker closed, until that is confirmed; then its
    number can be used again."""
    with Peer(port) as peer:
        peer.running()
        peer.send(frame(METHOD, 1, get("w.none")))
        told = peer.seen()
        peer.send(frame(METHOD, 1, declare("w.ignored")), frame(METHOD, 1, publish("", "w.q")),
                  frame(CONTENT_HEADER, 1, content(0)), frame(METHOD, 1, CLOSE_OK),
                  frame(METHOD, 1, OPEN_CHANNEL), frame(METHOD, 1, declare("w.ignored", bits=1)))
        told += peer.seen()
        bye = struct.pack(">HBHH", 200, 0, 0, 0)
        peer.send(frame(METHOD, 1, CLOSE_OK), frame(METHOD, 2, OPEN_CHANNEL))
        peer.expect(CHANNEL_OPEN_OK)
        peer.send(frame(METHOD, 2, method(CHANNEL_CLOSE, bye)))
        peer.expect((20, 41))
        peer.send(frame(METHOD, 2, OPEN_CHANNEL), frame(METHOD, 2, MARKER))
        told += peer.seen()
        peer.send(frame(METHOD, 0, method(CONNECTION_CLOSE, bye)))
        return told + peer.seen()


def contents(port):
    """A body comes in frames as large as was agreed; one that is empty has none."""
    body = b"x" * 10_000
    parts = [frame(BODY, 1, body[at:at + 4088]) for at in range(0, len(body), 4088)]
    return [after(port, frame(METHOD, 1, declare("w.q")), frame(METHOD, 1, publish("", "w.q")),
                  frame(CONTENT_HEADER, 1, content(len(body))), *parts,
                  frame(METHOD, 1, publish("", "w.q")), frame(CONTENT_HEADER, 1, content(0)),
                  frame(METHOD, 1, get("w.q")), frame(METHOD, 1, get("w.q")),
                  frame(METHOD, 1, get("w.q"))),
            # Off by eight, as some clients count.
            after(port, frame(METHOD, 1, publish("", "w.q")),
                  frame(CONTENT_HEADER, 1, content(4096)), frame(BODY, 1, bytes(4096)),
                  frame(METHOD, 1, get("w.q"))),
            returned(port)]


def returned(port):
    """What comes back does so before it is confirmed."""
    with Peer(port) as peer:
        peer.running()
        peer.send(frame(METHOD, 1, method((85, 10), b"\0")),
                  frame(METHOD, 1, publish("", "w.none", bits=1)),
                  frame(CONTENT_HEADER, 1, content(0)))
        return [(kind, len(payload)) for kind, _, payload in (peer.next() for _ in range(4))]


# What has to be the same with every broker.
ALL = [other_headers, entries, broken_frames, wrong_methods, refused_methods, answers,
       closed_channels, contents]
