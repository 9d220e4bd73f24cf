"""Clients that abuse what their protocol lets them say: lengths, frames, headers, names, and
destinations that are somebody else's. Each gets the broker; `run_hostile.py` looks after it then.
"""

import base64
import socket
import struct

from harness import mqtt, openwire
from harness.stomp import Client, Closed

WAIT_SECONDS = 30
MIB = 1 << 20
# From where attacks come, so that what slows them does not slow others.
ATTACKER = "127.0.0.9"
TESTER = {"login": "tester", "passcode": "tester-secret"}
BOSS = {"login": "boss", "passcode": "boss-secret"}
AMQP10 = b"AMQP\x00\x01\x00\x00"
AMQP10_SASL = b"AMQP\x03\x01\x00\x00"
AMQP091 = b"AMQP\x00\x00\x09\x01"
CLOSE_091 = struct.pack(">HH", 10, 50)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), WAIT_SECONDS, (ATTACKER, 0))


def is_closed(link):
    """Whether the broker ends the connection, whatever it says before."""
    try:
        while link.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def pour(link, count, what=b"x" * 65536):
    """Sends so many bytes, or fewer if the broker ends that."""
    try:
        for _ in range(count // len(what)):
            link.sendall(what)
    except (ConnectionError, TimeoutError):
        pass


def remaining_length(broker):
    """MQTT: five bytes of a length, the largest one with nothing behind it, more than there is."""
    def mqtt_client():
        client = mqtt.Client(broker.port)
        client.connect(user="tester", password="tester-secret")
        return client

    for head in (b"\x10\xff\xff\xff\xff\x7f", b"\x10\x80\x80\x80\x80\x01"):
        with connect(broker.port) as link:
            link.sendall(head)
            assert is_closed(link), "MQTT: a length of five bytes"
        client = mqtt_client()
        client.raw(b"\x30" + head[1:])
        client.expect_closed(0x81)
    # Announced and not sent: nothing is set aside for it.
    before = broker.rss_bytes()
    clients = [mqtt_client() for _ in range(50)]
    for client in clients:
        client.raw(b"\x32" + mqtt.varint(64 * MIB) + mqtt.data("m/rwa/large") + bytes(64))
    for client in clients:
        client.raw(bytes(64))
    log_in_again(broker)
    growth = broker.rss_bytes() - before
    assert growth < 50 * 65536 + 8 * MIB, f"MQTT: {growth} bytes for lengths that were announced"
    for client in clients:
        client.drop()
    # A packet that ends before what is in it does.
    client = mqtt_client()
    client.raw(mqtt.frame("publish", b"\xff\xffm"))
    client.expect_closed(0x81)


def log_in_again(broker):
    """When this is done, all shards have had their turn."""
    for _ in range(4):
        with Client(broker.port) as client:
            client.connect(**TESTER)
            client.sync("SEND", b"m", destination="/queue/m.rwa.hostile")


def header_floods(broker):
    """STOMP: headers without end, one without end, a frame without end."""
    connected = (b"CONNECT\naccept-version:1.2\nlogin:tester\npasscode:tester-secret\n\n\0")
    for login in (b"", connected):
        for flood in (b"SEND\ndestination:/queue/m.rwa.x\n" + b"a:b\n" * 200_000,
                      b"SEND\ndestination:/queue/m.rwa.x\nlong:" + b"x" * 8 * MIB,
                      b"S" * 8 * MIB):
            with connect(broker.port) as link:
                link.sendall(login)
                if login:
                    assert link.recv(65536).startswith(b"CONNECTED")
                pour(link, len(flood), flood)
                assert is_closed(link), f"STOMP: still open after {flood[:20]} and more"


def performative(code, body=b"", channel=0, doff=2, kind=0, size=None):
    """A frame of AMQP 1.0 with a list of the fields that are encoded in `body`."""
    inside = b"\x00\x53" + bytes([code]) + body
    return struct.pack(">IBBH", size or len(inside) + 8, doff, kind, channel) + inside


EMPTY = b"\x45"
OPEN = performative(0x10, b"\xc0\x04\x01\xa1\x01x")
BEGIN = performative(0x11, b"\xc0\x07\x04\x40\x43\x52\x64\x52\x64")


def frame_abuse(broker):
    """AMQP: frames that lie about their size, and those that do not belong where they come."""
    plain = b"\0tester\0tester-secret"
    sasl = (AMQP10_SASL + performative(
        0x41, b"\xc0" + bytes([len(plain) + 10, 2]) + b"\xa3\x05PLAIN\xa0" + bytes([len(plain)])
        + plain, kind=1) + AMQP10)
    frames = {
        "a frame of no bytes": struct.pack(">IBBH", 0, 2, 0, 0),
        "a frame shorter than its head": struct.pack(">IBBH", 7, 2, 0, 0),
        "a frame of 4 GiB": struct.pack(">IBBH", 0xFFFFFFFF, 2, 0, 0),
        "a head longer than its frame": struct.pack(">IBBH", 8, 200, 0, 0),
        "a head of no words": struct.pack(">IBBH", 8, 0, 0, 0),
        "a frame of no type": performative(0x11, EMPTY, kind=9),
        "a performative of no code": performative(0x7F, EMPTY),
        "a list larger than its frame": performative(0x11, b"\xd0" + b"\xff" * 8),
        "a second open": OPEN,
        "a channel that was not begun": performative(0x12, EMPTY, channel=77),
        "a channel beyond the largest": performative(0x11, b"\xc0\x05\x04\x40\x43\x43\x43",
                                                     channel=65535),
        "a transfer on nothing": BEGIN + performative(0x14, b"\xc0\x03\x01\x52\x63"),
        "a SASL frame": performative(0x41, EMPTY, kind=1)}
    for what, bad in frames.items():
        with connect(broker.port) as link:
            link.sendall(sasl + OPEN + bad)
            assert is_ended(link, b"\x00\x53\x17", b"\x00\x53\x18"), f"AMQP 1.0: {what} is taken"
    frame_abuse_091(broker)


def method(code, body=b"", channel=0, kind=1, size=None, end=b"\xce"):
    """A frame of AMQP 0-9-1; `code`: class and method."""
    inside = struct.pack(">HH", *code) + body if code else body
    return struct.pack(">BHI", kind, channel, size or len(inside)) + inside + end


def short(text):
    return bytes([len(text)]) + text


def frame_abuse_091(broker):
    plain = b"\0boss\0boss-secret"
    start_ok = method((10, 11), bytes(4) + short(b"PLAIN") + struct.pack(">I", len(plain)) + plain
                      + short(b"en_US"))
    hello = (AMQP091 + start_ok + method((10, 31), struct.pack(">HIH", 100, 131072, 0))
             + method((10, 40), short(b"/") + b"\0\0"))
    channel = method((20, 10), b"\0", channel=1)
    publish = method((60, 40), b"\0\0" + short(b"") + short(b"m.rwa.x") + b"\0", channel=1)
    nested = b""
    for _ in range(2000):
        nested = short(b"t") + b"F" + struct.pack(">I", len(nested)) + nested
    frames = {
        "a frame without its end": method((20, 10), b"\0", channel=1, end=b"\x00"),
        "a frame of 4 GiB": struct.pack(">BHI", 1, 0, 0xFFFFFFFF),
        "a frame of no type": method(None, kind=9),
        "a class of no number": method((999, 1)),
        "a channel that was not opened": publish,
        "a channel beyond the largest": method((20, 10), b"\0", channel=60000),
        "a body before its message": channel + method(None, b"x", channel=1, kind=3),
        "a header before its message": channel + method(None, bytes(14), channel=1, kind=2),
        "a method within a message": channel + publish + publish,
        "a header of another class": channel + publish + method(
            None, struct.pack(">HHQH", 10, 0, 1, 0), channel=1, kind=2),
        "a body larger than it said": channel + publish + method(
            None, struct.pack(">HHQH", 60, 0, 1, 0), channel=1, kind=2) + method(
            None, b"xx", channel=1, kind=3),
        "tables in tables": channel + method(
            (50, 10), b"\0\0" + short(b"m.rwa.x") + b"\0" + struct.pack(">I", len(nested)) + nested,
            channel=1)}
    for what, bad in frames.items():
        with connect(broker.port) as link:
            link.sendall(hello + bad)
            assert is_ended(link, CLOSE_091), f"AMQP 0-9-1: {what} is taken"
    # Before the login, where a client describes itself.
    with connect(broker.port) as link:
        link.sendall(AMQP091 + method((10, 11), struct.pack(">I", len(nested)) + nested
                                      + short(b"PLAIN") + struct.pack(">I", len(plain)) + plain
                                      + short(b"en_US")))
        assert is_ended(link, CLOSE_091), "AMQP 0-9-1: tables in tables of a stranger"


def is_ended(link, *words):
    """Whether the broker ends the connection, or says that it ends it, or its session: after such a
    word it waits for an answer."""
    said = b""
    try:
        while not any(word in said for word in words):
            more = link.recv(65536)
            if not more:
                break
            said += more
        return True
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def asked(port, login, command, **headers):
    """None, or why the broker refuses it."""
    with Client(port) as client:
        client.connect(**login)
        client.send(command, b"m" if command == "SEND" else b"", receipt="1", **headers)
        try:
            answer = client.frame()
            while answer.command == "MESSAGE":
                answer = client.frame()
        except Closed:
            return "closed"
        return None if answer.command == "RECEIPT" else answer.headers["message"]


def temporary_takeover(broker):
    """Somebody else's temporary queue: to consume from it, by each name it may have; to remove
    it."""
    with Client(broker.port) as owner:
        owner.connect(**TESTER)
        owner.sync("SUBSCRIBE", destination="/temp-queue/mine", id="1")
        owner.sync("SEND", b"question", destination="/queue/m.rwa.ask",
                   **{"reply-to": "/temp-queue/mine"})
        with Client(broker.port) as other:
            other.connect(**BOSS)
            other.send("SUBSCRIBE", destination="/queue/m.rwa.ask", id="1")
            name = other.expect("MESSAGE").headers["reply-to"]
            plain = name.removeprefix("/remote-temp-queue/")
            assert plain != name, name
        for destination in (name, f"/temp-queue/{plain}", f"/queue/{plain}",
                            f"/queue/m.rwa.x,{name}"):
            told = asked(broker.port, BOSS, "SUBSCRIBE", destination=destination, id="1")
            # A name of its own is a queue of its own.
            assert told is not None or not destination.endswith(name), f"{destination}: taken over"
        take_by_openwire(broker, plain)
        told = asked(broker.port, BOSS, "SEND", destination=name)
        assert told is None, f"it is not there any more: {told}"
        message = owner.expect("MESSAGE")
        assert message.body == b"m", message


def take_by_openwire(broker, name):
    """As a consumer and as its remover."""
    temporary = openwire.destination(openwire.TEMPORARY_QUEUE, name)
    for bad in (openwire.consumer("thief", temporary), openwire.removal("thief", temporary)):
        with connect(broker.port) as link:
            link.sendall(openwire.wire_format_info() + openwire.connection_info(
                "thief", user="boss", password="boss-secret") + openwire.producer("thief") + bad)
            reader, kinds = openwire.FrameReader(), []
            while openwire.EXCEPTION_RESPONSE not in kinds:
                more = link.recv(65536)
                assert more, "closed without an answer"
                kinds += [kind for kind, _ in reader.feed(more)]
                assert kinds.count(openwire.RESPONSE) < 4, "somebody else's queue is taken"


def names_around_the_map(broker):
    """Composite, wildcard and advisory names, and those that only some protocol has."""
    for queue in ("/queue/m.none.x", "/queue/m.rwa.x", "/queue/m.rwa.y"):
        assert asked(broker.port, BOSS, "SEND", destination=queue) is None
    assert asked(broker.port, BOSS, "SEND", destination="/topic/m.none.x") is None
    for destination in ("/queue/m.rwa.x,/queue/m.none.x", "/queue/m.none.x,/queue/m.rwa.x",
                        "/queue/m.rwa.x,/topic/m.none.x", "/queue/m.rwa.x,m.none.x",
                        "/topic/ActiveMQ.Advisory.x,/topic/m.none.x",
                        "/queue/m.none.x?consumer.exclusive=true", "/exchange/amq.topic/m.none.x",
                        "/amq/queue/m.none.x"):
        for command in ("SEND", "SUBSCRIBE"):
            told = asked(broker.port, TESTER, command, destination=destination, id="1")
            assert told, f"{command} {destination} is allowed"
    for destination in ("/queue/>", "/queue/*.none.*", "/queue/m.*.x", "/queue/m.>", "/topic/>",
                        "/topic/*.*.*", "/queue/m.rwa.>,/queue/m.>", "/topic/m.none.>"):
        told = asked(broker.port, TESTER, "SUBSCRIBE", destination=destination, id="1")
        assert told, f"{destination} can be consumed from"
    for queue in ("m.none.x", "m.rwa.x"):
        with Client(broker.port) as client:
            client.connect(**BOSS)
            client.send("SUBSCRIBE", destination=f"/queue/{queue}", id="1")
            assert client.expect("MESSAGE").body == b"m"
            client.sync("SEND", b"last", destination="/queue/m.rwa.other")
    names_of_mqtt(broker)


def names_of_mqtt(broker):
    client = mqtt.Client(broker.port)
    client.connect(user="tester", password="tester-secret")
    for topic in ("#", "+/none/x", "m/#", "m/+/x", "$share/g/m/none/x", "$share/g/#"):
        assert client.subscribe((topic, 1))[0] >= 128, f"{topic} can be subscribed to"
    # A refused filter does not hold because another one of its packet does.
    assert client.subscribe(("m/rwa/x", 1), ("m/none/x", 1))[1] >= 128
    assert client.publish("m/none/x", "m", qos=1).code >= 128
    client.disconnect()
    # What a client leaves behind needs the right when it is sent, not when it is left.
    watcher = mqtt.Client(broker.port)
    watcher.connect(user="boss", password="boss-secret")
    watcher.subscribe(("m/#", 1))
    leaver = mqtt.Client(broker.port)
    leaver.raw(leaver.connect_packet(user="tester", password="tester-secret",
                                     will=("m/none/x", "will", 1, False)))
    leaver.packet()
    leaver.drop()
    with_mark = mqtt.Client(broker.port)
    with_mark.connect(user="boss", password="boss-secret")
    with_mark.publish("m/rwa/mark", "mark", qos=1)
    assert watcher.receive().payload == b"mark", "a will came where its client may not send"
    watcher.disconnect()
    with_mark.disconnect()


def forged_lines(broker):
    """Names with line ends in them: no line of the log is a stranger's."""
    forged = "2026-01-01T00:00:00.000 error forged: by a stranger"
    with Client(broker.port) as client:
        client.version = "1.2"  # escapes
        client.send("CONNECT", accept_version="1.2", host="x", login=f"x\n{forged}",
                    passcode="guessed-secret")
        client.expect("ERROR")
    told = asked(broker.port, TESTER, "SUBSCRIBE", destination=f"/queue/m.none.x\n{forged}", id="1")
    assert told is not None
    head = base64.b64encode(f"x\n{forged}:guessed-secret".encode()).decode()
    with socket.create_connection(("127.0.0.1", broker.http_port), WAIT_SECONDS) as link:
        link.sendall(f"GET /api/v1/queues HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                     f"Authorization: Basic {head}\r\n\r\n".encode())
        assert b" 401 " in link.recv(65536)
    client = mqtt.Client(broker.port)
    client.raw(client.connect_packet(f"x\n{forged}", user=f"y\n{forged}",
                                     password="guessed-secret"))
    client.expect("connack")
    client.drop()
    for text in (broker.log_text(), (broker.data / "audit" / "audit.log").read_text()):
        assert not any(line.startswith(forged[:10]) for line in text.splitlines()), text
