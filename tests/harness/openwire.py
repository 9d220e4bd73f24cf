"""The few OpenWire frames that tests without a client library need: version 1, loose encoding."""

import struct

WIRE_FORMAT_INFO = 1
CONNECTION_INFO = 3
SESSION_INFO = 4
CONSUMER_INFO = 5
PRODUCER_INFO = 6
DESTINATION_INFO = 8
BYTES_MESSAGE = 24
MAP_MESSAGE = 25
TEXT_MESSAGE = 28
QUEUE = 100
TOPIC = 101
TEMPORARY_QUEUE = 102
MESSAGE_ID = 110
RESPONSE = 30
EXCEPTION_RESPONSE = 31
CONNECTION_ID = 120
SESSION_ID = 121
CONSUMER_ID = 122
PRODUCER_ID = 123
MAGIC = b"ActiveMQ"


def frame(type_id, body):
    return struct.pack(">iB", 1 + len(body), type_id) + body


def wire_format_info(magic=MAGIC, version=1):
    """What each side sends first. Without properties: loose, uncached, no keep-alive."""
    return frame(WIRE_FORMAT_INFO, magic + struct.pack(">iB", version, 0))


def connection_info(name, command_id=1, user=None, password=None):
    """Registers a connection whose connection id and client id are `name`; wants a response."""
    connection_id = _object(CONNECTION_ID, _text(name))
    rest = b"\x00" * 3  # brokerPath, brokerMasterConnector, manageable
    return frame(CONNECTION_INFO, struct.pack(">iB", command_id, 1) + connection_id
                 + _text(name) + _text(password) + _text(user) + rest)


def producer(name):
    """A session and a producer of the connection `name`; both want responses."""
    session = _object(SESSION_ID, _text(name) + struct.pack(">q", 1))
    rest = b"\x00" * 2  # destination, brokerPath
    return (frame(SESSION_INFO, struct.pack(">iB", 2, 1) + session)
            + frame(PRODUCER_INFO, struct.pack(">iB", 3, 1) + _producer_id(name) + rest))


def destination(kind, name):
    return _object(kind, _text(name))


def consumer(name, of):
    """A consumer of the session that `producer` began; wants a response."""
    return frame(CONSUMER_INFO, b"".join((
        struct.pack(">iB", 4, 1), _object(CONSUMER_ID, _text(name) + struct.pack(">qq", 1, 1)),
        b"\x00", of, struct.pack(">ii", 1, 0),  # not a browser, prefetch, pending limit
        b"\x00" * 12)))  # no selector, no subscription, nothing out of the ordinary


def removal(name, of):
    """Of a destination; wants a response."""
    connection_id = _object(CONNECTION_ID, _text(name))
    return frame(DESTINATION_INFO, struct.pack(">iB", 4, 1) + connection_id + of
                 + struct.pack(">Bq", 1, 0) + b"\x00")  # remove, timeout, broker path


def message(name, queue, kind, content, reply_to=b"\x00", compressed=False, properties=None,
            domain=QUEUE):
    """A persistent message with that body; wants a response. `properties`: a map's bytes."""
    message_id = _object(MESSAGE_ID, _producer_id(name) + struct.pack(">qq", 1, 0))
    return frame(kind, b"".join((
        struct.pack(">iB", 4, 1), _producer_id(name), _object(domain, _text(queue)),
        b"\x00" * 2,  # transaction, original destination
        message_id,
        b"\x00" * 2,  # original transaction, group
        struct.pack(">i", 0), b"\x00",  # its sequence, correlation id
        struct.pack(">BqB", 1, 0, 4),  # persistent, expiration, priority
        reply_to, struct.pack(">q", 0), b"\x00",  # timestamp, type
        b"\x01", struct.pack(">i", len(content)), content,
        b"\x00" if properties is None
        else b"\x01" + struct.pack(">i", len(properties)) + properties,
        b"\x00" * 2,  # data structure, target consumer
        bytes([compressed]), struct.pack(">i", 0),  # redeliveries
        b"\x00", struct.pack(">q", 0), b"\x00" * 2)))  # path, arrival, user, bridged


def _producer_id(name):
    return _object(PRODUCER_ID, _text(name) + struct.pack(">qq", 1, 1))


def _object(type_id, body):
    return b"\x01" + bytes([type_id]) + body


def _text(value):
    if value is None:
        return b"\x00"
    data = value.encode("ascii")
    return b"\x01" + struct.pack(">H", len(data)) + data


class FrameReader:
    """Cuts a byte stream into (type, body)."""

    def __init__(self):
        self._data = bytearray()

    def feed(self, data):
        """Returns the frames that `data` completed."""
        self._data += data
        frames = []
        while len(self._data) >= 4:
            size = struct.unpack_from(">i", self._data)[0]
            if len(self._data) < 4 + size:
                break
            frames.append((self._data[4], bytes(self._data[5:4 + size])))
            del self._data[:4 + size]
        return frames
