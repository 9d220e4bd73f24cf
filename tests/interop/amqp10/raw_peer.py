"""An AMQP 1.0 peer that says exactly what a test wants, for what well-behaved clients never do.
It has proton's codec and nothing else of it."""

import socket
import struct

from proton import Data, Described, uint, ulong

from proton_client import TIMEOUT_SECONDS

OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)
SOURCE, TARGET, COORDINATOR, DECLARE, DISCHARGE, TRANSACTIONAL = (0x28, 0x29, 0x30, 0x31, 0x32,
                                                                  0x34)
ACCEPTED, REJECTED, RELEASED, MODIFIED, DECLARED = 0x24, 0x25, 0x26, 0x27, 0x33
SENDER, RECEIVER = False, True
HEADER = b"AMQP\x00\x01\x00\x00"


def composite(code, *fields):
    return Described(ulong(code), list(fields))


def encoded(value):
    data = Data()
    data.put_object(value)
    return data.encode()


def data_message(body):
    """A message with a single section of data."""
    return b"\x00\x53\x75\xb0" + struct.pack(">I", len(body)) + body


def value_message(value):
    return b"\x00\x53\x77" + encoded(value)


def framed(code, *fields, channel=0, payload=b""):
    body = encoded(composite(code, *fields)) + payload
    return struct.pack(">IBBH", len(body) + 8, 2, 0, channel) + body


class Frame:
    def __init__(self, channel, body):
        data = Data()
        taken = data.decode(body)
        data.rewind()
        data.next()
        described = data.get_object()
        self.channel = channel
        self.code = int(described.descriptor)
        self.fields = list(described.value)
        self.payload = body[taken:]

    def __getitem__(self, index):
        return self.fields[index] if index < len(self.fields) else None

    def condition(self, index):
        """The condition of the error that is this field."""
        error = self[index]
        return error and str(error.value[0])


class RawPeer:
    def __init__(self, broker, **fields):
        self.socket = socket.create_connection(("127.0.0.1", broker.amqp_port), TIMEOUT_SECONDS)
        self.seen = b""
        self.socket.sendall(HEADER)
        assert self.read(len(HEADER)) == HEADER
        self.send(OPEN, fields.pop("container", "raw"), None, *fields.pop("open", ()))

    def open_session(self):
        """The peer with a session that has been begun, too."""
        self.send(BEGIN, None, uint(0), uint(1000), uint(1000))
        self.expect(BEGIN)
        return self

    def attach_sender(self, handle, target, name=None):
        self.send(ATTACH, name or f"sender-{handle}", uint(handle), SENDER, None, None,
                  composite(SOURCE), target, None, None, uint(0))
        return self.expect(ATTACH)

    def attach_receiver(self, handle, address, credit, *source_more):
        self.send(ATTACH, f"receiver-{handle}", uint(handle), RECEIVER, None, None,
                  composite(SOURCE, address, *source_more), composite(TARGET))
        self.expect(ATTACH)
        self.give_credit(handle, credit)

    def give_credit(self, handle, credit, count=0, drain=False):
        self.send(FLOW, uint(0), uint(1000), uint(0), uint(1000), uint(handle), uint(count),
                  uint(credit), None, drain)

    def transfer(self, handle, number, payload, tag=None, more=False, state=None, aborted=False):
        self.send(TRANSFER, uint(handle), uint(number), tag or struct.pack(">I", number), uint(0),
                  False, more, None, state, False, aborted, payload=payload)

    def send(self, code, *fields, **more):
        self.socket.sendall(framed(code, *fields, **more))

    def read(self, size):
        while len(self.seen) < size:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise EOFError("the broker has closed the connection")
            self.seen += chunk
        taken, self.seen = self.seen[:size], self.seen[size:]
        return taken

    def frame(self):
        """The next frame; None for one that is only a sign of life."""
        size, _, _, channel = struct.unpack(">IBBH", self.read(8))
        body = self.read(size - 8)
        return Frame(channel, body) if body else None

    def expect(self, code):
        """The next frame of that kind; others before it are passed over."""
        while True:
            frame = self.frame()
            if frame is not None and frame.code == code:
                return frame
            unwanted = {CLOSE, END, DETACH} - {code}
            assert frame is None or frame.code not in unwanted, (hex(frame.code), frame.fields)

    def close(self):
        self.socket.close()
