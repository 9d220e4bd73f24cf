"""The few OpenWire frames that tests without a client library need: version 1, loose encoding."""

import struct

WIRE_FORMAT_INFO = 1
CONNECTION_INFO = 3
RESPONSE = 30
CONNECTION_ID = 120
MAGIC = b"ActiveMQ"


def frame(type_id, body):
    return struct.pack(">iB", 1 + len(body), type_id) + body


def wire_format_info(magic=MAGIC, version=1):
    """What each side sends first. Without properties: loose, uncached, no keep-alive."""
    return frame(WIRE_FORMAT_INFO, magic + struct.pack(">iB", version, 0))


def connection_info(name, command_id=1):
    """Registers a connection whose connection id and client id are `name`; wants a response."""
    connection_id = b"\x01" + bytes([CONNECTION_ID]) + _text(name)
    password_user_and_path = b"\x00" * 3
    flags = b"\x00" * 2  # brokerMasterConnector, manageable
    return frame(CONNECTION_INFO, struct.pack(">iB", command_id, 1) + connection_id
                 + _text(name) + password_user_and_path + flags)


def _text(value):
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
