"""An MQTT client that sends what it is told, byte by byte, and hides nothing."""

import collections
import itertools
import socket

ANSWER_SECONDS = 20

TYPES = ("reserved", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp",
         "subscribe", "suback", "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect",
         "auth")
FLAGS = {"pubrel": 2, "subscribe": 2, "unsubscribe": 2}
ACKS = ("puback", "pubrec", "pubrel", "pubcomp")

# Of version 5: identifier, and how the value is written.
PROPERTIES = {
    "payload_format_indicator": (0x01, "u8"), "message_expiry_interval": (0x02, "u32"),
    "content_type": (0x03, "text"), "response_topic": (0x08, "text"),
    "correlation_data": (0x09, "bytes"), "subscription_identifier": (0x0B, "varint"),
    "session_expiry_interval": (0x11, "u32"), "assigned_client_identifier": (0x12, "text"),
    "server_keep_alive": (0x13, "u16"), "authentication_method": (0x15, "text"),
    "authentication_data": (0x16, "bytes"), "request_problem_information": (0x17, "u8"),
    "will_delay_interval": (0x18, "u32"), "request_response_information": (0x19, "u8"),
    "response_information": (0x1A, "text"), "server_reference": (0x1C, "text"),
    "reason_string": (0x1F, "text"), "receive_maximum": (0x21, "u16"),
    "topic_alias_maximum": (0x22, "u16"), "topic_alias": (0x23, "u16"),
    "maximum_qos": (0x24, "u8"), "retain_available": (0x25, "u8"), "user": (0x26, "pair"),
    "maximum_packet_size": (0x27, "u32"), "wildcard_subscription_available": (0x28, "u8"),
    "subscription_identifier_available": (0x29, "u8"),
    "shared_subscription_available": (0x2A, "u8"),
}
NAMES = {number: (name, kind) for name, (number, kind) in PROPERTIES.items()}
SIZES = {"u8": 1, "u16": 2, "u32": 4}
# These may be there more than once.
LISTS = ("user", "subscription_identifier")


class Closed(Exception):
    """The broker closed the connection instead of answering."""


def varint(number):
    out = b""
    while True:
        number, low = divmod(number, 128)
        out += bytes([low | (128 if number else 0)])
        if not number:
            return out


def data(value):
    value = value.encode() if isinstance(value, str) else value
    return len(value).to_bytes(2, "big") + value


def encode_value(kind, value):
    if kind in SIZES:
        return value.to_bytes(SIZES[kind], "big")
    if kind == "varint":
        return varint(value)
    if kind == "pair":
        return data(value[0]) + data(value[1])
    return data(value)


def encode_properties(values):
    out = b""
    for name, value in values.items():
        number, kind = PROPERTIES[name]
        for one in value if isinstance(value, list) else [value]:
            out += bytes([number]) + encode_value(kind, one)
    return varint(len(out)) + out


class Reader:
    def __init__(self, body):
        self.rest = body

    def take(self, count):
        assert count <= len(self.rest), "the broker sent a packet that ends too early"
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def data(self):
        return self.take(self.number(2))

    def text(self):
        return self.data().decode()

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.number(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def value(self, kind):
        if kind in SIZES:
            return self.number(SIZES[kind])
        if kind == "varint":
            return self.varint()
        if kind == "pair":
            return self.text(), self.text()
        return self.data() if kind == "bytes" else self.text()

    def properties(self):
        inside, found = Reader(self.take(self.varint())), {}
        while inside.rest:
            name, kind = NAMES[inside.number(1)]
            if name in LISTS:
                found.setdefault(name, []).append(inside.value(kind))
            else:
                assert name not in found, f"the broker sent {name} twice"
                found[name] = inside.value(kind)
        return found


class Packet:
    """A packet of the broker's; what is in it are attributes."""

    def __init__(self, first, body, version):
        self.type, self.flags, self.size = TYPES[first >> 4], first & 15, len(body)
        self.properties = {}
        five, reader = version == 5, Reader(body)
        if self.type == "publish":
            self.dup, self.qos, self.retain = first & 8 != 0, first >> 1 & 3, first & 1 != 0
            self.topic = reader.text()
            self.packet_id = reader.number(2) if self.qos else None
            self.properties = reader.properties() if five else {}
            self.payload = reader.rest
            return
        if self.type == "connack":
            acknowledge = reader.number(1)
            assert acknowledge & 0xFE == 0, "reserved flags of CONNACK"
            self.session_present, self.code = acknowledge == 1, reader.number(1)
            self.properties = reader.properties() if five else {}
        elif self.type in ACKS:
            self.packet_id = reader.number(2)
            self.code = reader.number(1) if reader.rest else 0
            self.properties = reader.properties() if reader.rest else {}
        elif self.type in ("suback", "unsuback"):
            self.packet_id = reader.number(2)
            self.properties = reader.properties() if five else {}
            self.codes, reader.rest = list(reader.rest), b""
        elif self.type in ("disconnect", "auth"):
            self.code = reader.number(1) if reader.rest else 0
            self.properties = reader.properties() if reader.rest else {}
        assert not reader.rest, f"more than belongs into {self}"

    def __repr__(self):
        return " ".join(f"{name}={value!r}" for name, value in vars(self).items())


def frame(kind, body=b"", flags=None):
    first = TYPES.index(kind) << 4 | (FLAGS.get(kind, 0) if flags is None else flags)
    return bytes([first]) + varint(len(body)) + body


class Client:
    """One connection. `version` is 3 (of 3.1), 4 (of 3.1.1) or 5."""

    def __init__(self, port, version=5):
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        self.version = version
        self.received = b""
        self.messages = collections.deque()  # came while something else was waited for
        self.ids = itertools.count(1)

    def raw(self, packet):
        self.socket.sendall(packet)

    def properties(self, values):
        return encode_properties(values) if self.version == 5 else b""

    def connect_packet(self, client_id="", clean=True, keep_alive=0, will=None, user=None,
                       password=None, flags=0, name=None, level=None, **properties):
        """`will`: topic, payload, QoS, retain, properties. `flags` are set in addition."""
        name = name or ("MQIsdp" if self.version == 3 else "MQTT")
        flags |= 2 if clean else 0
        payload = data(client_id)
        if will:
            topic, body, qos, retain, *more = will
            flags |= 4 | qos << 3 | (32 if retain else 0)
            payload += self.properties(more[0] if more else {}) + data(topic) + data(body)
        for value, flag in ((user, 128), (password, 64)):
            if value is not None:
                flags |= flag
                payload += data(value)
        return frame("connect", data(name) + bytes([level or self.version, flags]) +
                     keep_alive.to_bytes(2, "big") + self.properties(properties) + payload)

    def connect(self, *arguments, **more):
        self.raw(self.connect_packet(*arguments, **more))
        answer = self.expect("connack")
        assert answer.code == 0, answer
        return answer

    def publish_packet(self, topic, payload=b"", qos=0, packet_id=None, retain=False, dup=False,
                       **properties):
        number = b"" if packet_id is None else packet_id.to_bytes(2, "big")
        payload = payload.encode() if isinstance(payload, str) else payload
        return frame("publish", data(topic) + number + self.properties(properties) + payload,
                     (8 if dup else 0) | qos << 1 | (1 if retain else 0))

    def publish(self, topic, payload=b"", qos=0, packet_id=None, **more):
        """Sends it, and with QoS 1 or 2 goes on until the broker has it for good."""
        if qos and packet_id is None:
            packet_id = next(self.ids)
        self.raw(self.publish_packet(topic, payload, qos, packet_id, **more))
        if qos == 0:
            return None
        answer = self.expect("puback" if qos == 1 else "pubrec")
        assert answer.packet_id == packet_id, answer
        if qos == 2 and answer.code < 128:
            self.ack("pubrel", packet_id)
            assert self.expect("pubcomp").packet_id == packet_id
        return answer

    def ack(self, kind, packet_id, code=None):
        self.raw(frame(kind, packet_id.to_bytes(2, "big") +
                       (b"" if code is None else bytes([code]))))

    def subscribe_packet(self, filters, packet_id, **properties):
        """`filters`: text, or text and options (a QoS)."""
        body = packet_id.to_bytes(2, "big") + self.properties(properties)
        for one in filters:
            text, options = one if isinstance(one, tuple) else (one, 2)
            body += data(text) + bytes([options])
        return frame("subscribe", body)

    def subscribe(self, *filters, **properties):
        packet_id = next(self.ids)
        self.raw(self.subscribe_packet(filters, packet_id, **properties))
        answer = self.expect("suback")
        assert answer.packet_id == packet_id, answer
        return answer.codes

    def unsubscribe_packet(self, filters, packet_id):
        return frame("unsubscribe", packet_id.to_bytes(2, "big") + self.properties({}) +
                     b"".join(data(text) for text in filters))

    def unsubscribe(self, *filters):
        packet_id = next(self.ids)
        self.raw(self.unsubscribe_packet(filters, packet_id))
        answer = self.expect("unsuback")
        assert answer.packet_id == packet_id, answer
        return answer.codes

    def disconnect(self, code=None, **properties):
        body = b"" if code is None else bytes([code]) + encode_properties(properties)
        self.raw(frame("disconnect", body))
        self.expect_closed()

    def drop(self):
        """Ends the connection without a word."""
        self.socket.close()

    def _bytes(self, count):
        while len(self.received) < count:
            more = self.socket.recv(65536)
            if not more:
                raise Closed(f"closed after {self.received!r}")
            self.received += more
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def packet(self):
        first, size, shift = self._bytes(1)[0], 0, 0
        while True:
            byte = self._bytes(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return Packet(first, self._bytes(size), self.version)

    def expect(self, kind):
        """The next packet but for messages, which wait for who expects them."""
        if kind == "publish" and self.messages:
            return self.messages.popleft()
        while (packet := self.packet()).type == "publish" != kind:
            self.messages.append(packet)
        assert packet.type == kind, f"expected {kind}, got {packet}"
        return packet

    def receive(self):
        """The next message, acknowledged as its QoS asks for."""
        message = self.expect("publish")
        self.acknowledge(message)
        return message

    def acknowledge(self, message):
        if message.qos == 1:
            self.ack("puback", message.packet_id)
        if message.qos == 2:
            self.ack("pubrec", message.packet_id)
            assert self.expect("pubrel").packet_id == message.packet_id
            self.ack("pubcomp", message.packet_id)

    def expect_closed(self, *reasons):
        """The end; with reasons, in version 5, a DISCONNECT first that has one of them."""
        if reasons and self.version == 5:
            said = self.expect("disconnect")
            assert said.code in reasons, f"expected one of {reasons}, got {said}"
        try:
            packet = self.packet()
        except (Closed, ConnectionResetError):
            return
        raise AssertionError(f"expected the end, got {packet}")

    def ping(self):
        """When it is back, all that was sent before has been taken; nothing else may come."""
        assert not self.messages, f"messages nobody took: {self.messages}"
        self.raw(frame("pingreq"))
        packet = self.packet()
        assert packet.type == "pingresp", f"expected pingresp, got {packet}"

    def expect_no_message(self):
        """As `ping`, for who has just completed some: the broker may not know that yet."""
        self.raw(frame("pingreq"))
        while (packet := self.packet()).type == "pubrel":
            self.ack("pubcomp", packet.packet_id)
        assert packet.type == "pingresp", f"expected pingresp, got {packet}"
