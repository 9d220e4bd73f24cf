#!/usr/bin/python3
"""STOMP 1.0, 1.1, 1.2 frame by frame: what the specifications and ActiveMQ's dialect say.

Each check names the statements it stands for; `--table` prints them all. `--port` takes the port
of any broker, ActiveMQ's as well.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import checks
import extensions
from harness import options as harness
from world import CHECKS, World, ack, check, subscribe

PARTS = (extensions,)
DOCUMENT = Path(__file__).resolve().parent / "activemq.xml"
VERSIONS = ("1.0", "1.1", "1.2")
DLQ = "/queue/ActiveMQ.DLQ"


@check("1.2 Connecting: the server answers CONNECTED with the version",
       "1.1 Protocol Negotiation: the highest common version is used")
def negotiates_the_highest_common_version(world):
    for asked, version in (("1.0", "1.0"), ("1.0,1.1", "1.1"), ("1.2,1.1,1.0", "1.2"),
                           ("1.1,3.0", "1.1")):
        answer = world.open().connect(asked)
        assert answer.headers["version"] == version, answer
        assert answer.headers["server"].startswith("TernMQ/"), answer
        assert answer.headers["session"], answer
        assert answer.headers["heart-beat"] == "0,0", answer


@check("1.1 Protocol Negotiation: without accept-version it is 1.0")
def no_version_is_1_0(world):
    client = world.open()
    client.send("CONNECT")
    assert client.expect("CONNECTED").headers["version"] == "1.0"


@check("1.1 Protocol Negotiation: without a common version ERROR, then the end")
def no_common_version_is_an_error(world):
    client = world.open()
    client.send("CONNECT", accept_version="9.0")
    client.expect_error("supported versions are 1.0,1.1,1.2")
    client.expect_closed()


@check("1.2 CONNECT or STOMP Frame: STOMP is the same as CONNECT")
def stomp_is_connect(world):
    client = world.open()
    client.send("STOMP", accept_version="1.2", host="h", request_id="r")
    answer = client.expect("CONNECTED")
    assert answer.headers["response-id"] == "r", answer


@check("1.2 Connecting: a client begins with CONNECT or STOMP",
       "ActiveMQ: a second CONNECT is fatal", "ActiveMQ: so is a command that is none")
def first_things_first(world):
    client = world.client()
    client.send("CONNECT", accept_version="1.2")
    client.expect_error("already connected")
    client.expect_closed()
    client = world.client()
    client.send("MESSAGE", receipt="r")
    client.expect_error("Unknown STOMP action: MESSAGE", "r")
    client.expect_closed()


@check("1.2 Frames: CR LF ends a line", "1.2 Frames: line ends between frames are skipped")
def line_ends_are_lenient(world):
    client = world.open()
    client.raw(b"\n\r\nCONNECT\r\naccept-version:1.2\r\nhost:h\r\n\r\n\0\r\n\n\n")
    assert client.expect("CONNECTED").headers["version"] == "1.2"
    client.version = "1.2"
    client.raw(b"\n\n\n")
    client.sync("BEGIN", transaction="t")


@check("1.2 Frames: a frame may come in any pieces")
def pieces_make_a_frame(world):
    client = world.client()
    client.send("SUBSCRIBE", id="s", destination=world.queue)
    data = (f"SEND\ndestination:{world.queue}\ncontent-length:9\n\n").encode() + b"a\0b\0c\0d\0e\0"
    for byte in data:
        client.raw(bytes([byte]))
    assert client.expect("MESSAGE").body == b"a\0b\0c\0d\0e"


@check("1.2 Value Encoding: escapes", "1.2 Repeated Header Entries: the first one counts",
       "1.1 Value Encoding: blanks belong to values")
def headers_survive(world):
    values = {"colon": "a:b", "line": "a\nb", "slash": "a\\b", "blanks": "  a  ", "utf": "grüße €"}
    for version in ("1.1", "1.2"):
        client = world.client(version)
        client.sync("SUBSCRIBE", id="s", destination=world.queue)
        client.send("SEND", b"x", destination=world.queue, **values)
        got = client.expect("MESSAGE").headers
        assert {k: got[k] for k in values} == values, got
        client.raw(f"SEND\ndestination:{world.queue}\nfoo:first\nfoo:second\n\n\0".encode())
        assert client.expect("MESSAGE").headers["foo"] == "first"
        client.sync("UNSUBSCRIBE", id="s")


@check("ActiveMQ: escapes that there are not keep both characters")
def undefined_escapes(world):
    for version in ("1.1", "1.2"):
        client = world.client(version)
        client.sync("SUBSCRIBE", id="s", destination=world.queue)
        client.raw(f"SEND\ndestination:{world.queue}\nfoo:a\\tb\n\n\0".encode())
        assert client.expect("MESSAGE").headers["foo"] == "a\\tb"
        client.sync("UNSUBSCRIBE", id="s")


@check("ActiveMQ: every virtual host is the one there is")
def any_host(world):
    for host in ("h", "no.such.host.example", ""):
        client = world.open()
        client.send("CONNECT", accept_version="1.2", host=host)
        assert client.expect("CONNECTED").headers["version"] == "1.2"


@check("1.0: values are not escaped, and blanks around them do not count")
def values_of_1_0(world):
    client = world.client("1.0")
    client.sync("SUBSCRIBE", destination=world.queue)
    client.raw(f"SEND\ndestination: {world.queue} \nfoo: a:b \n\nx\0".encode())
    got = client.expect("MESSAGE").headers
    assert got["foo"] == "a:b" and "subscription" not in got, got


@check("1.2 SEND: receipt of what was stored", "1.2 MESSAGE: headers",
       "ActiveMQ: message headers by name")
def send_and_message(world):
    client = world.client()
    client.sync("SUBSCRIBE", id="s", destination=world.queue, ack="client")
    client.send("SEND", b"body", destination=world.queue, persistent="true", priority=7,
                expires=4102444800000, type="T", foo="bar", receipt="r", **{"correlation-id": "c",
                "reply-to": "/queue/answers", "message-id": "forged", "subscription": "forged"})
    got = [client.frame(), client.frame()]
    frames = {frame.command: frame for frame in got}
    assert frames["RECEIPT"].headers["receipt-id"] == "r"
    message = frames["MESSAGE"].headers
    expected = {"subscription": "s", "destination": world.queue, "persistent": "true",
                "priority": "7", "expires": "4102444800000", "type": "T", "foo": "bar",
                "correlation-id": "c", "reply-to": "/queue/answers"}
    assert {k: message.get(k) for k in expected} == expected, message
    assert message["message-id"].startswith("ID:"), message
    assert "redelivered" not in message and "content-length" not in message, message
    assert message["ack"] and int(message["timestamp"]) > 0
    assert frames["MESSAGE"].body == b"body"


@check("ActiveMQ: what cannot be sent is an ERROR, and the connection stays")
def bad_sends(world):
    client = world.client()
    client.send("SEND", b"x", receipt="1")
    client.expect_error("without a Destination", "1")
    client.send("SEND", b"x", destination=world.queue, priority="high", receipt="2")
    client.expect_error("priority", "2")
    client.send("SEND", b"x", destination=world.queue, **{"amq-msg-type": "map"})
    client.expect_error("Unsupported message type")
    client.send("SEND", b"x", destination=world.queue, transaction="none")
    client.expect_error("Invalid transaction id: none")
    client.sync("SEND", b"x", destination=world.queue)


@check("ActiveMQ: a name without a prefix is a queue; composite names")
def names(world):
    client = world.client()
    queue = world.queue.removeprefix("/queue/")
    client.sync("SUBSCRIBE", id="s", destination=queue)
    client.sync("SUBSCRIBE", id="t", destination=world.topic)
    client.send("SEND", b"both", destination=f"{queue},{world.topic}")
    got = {client.expect("MESSAGE").headers["destination"] for _ in range(2)}
    assert got == {world.queue, world.topic}, got


@check("1.2 SUBSCRIBE: id", "ActiveMQ: a second subscription of an id is refused")
def subscription_ids(world):
    client = world.client()
    client.send("SUBSCRIBE", destination=world.queue, receipt="r")
    client.expect_error("without a subscription id", "r")
    client.sync("SUBSCRIBE", id="s", destination=world.queue)
    client.send("SUBSCRIBE", id="s", destination=world.queue)
    client.expect_error("already is a subscription")
    client.send("SUBSCRIBE", id="e", destination="")
    client.expect_error("Destination header")
    client.send("UNSUBSCRIBE", id="unknown", receipt="u")
    client.expect_error("No subscription matched", "u")
    client.sync("UNSUBSCRIBE", id="s")


@check("1.0: UNSUBSCRIBE by destination")
def unsubscribe_by_destination(world):
    client = world.client("1.0")
    client.sync("SUBSCRIBE", destination=world.queue)
    client.sync("UNSUBSCRIBE", destination=world.queue)
    client.sync("SEND", b"kept", destination=world.queue)
    other = world.client()
    other.send("SUBSCRIBE", id="s", destination=world.queue)
    assert other.expect("MESSAGE").body == b"kept"


@check("1.2 SUBSCRIBE ack: client is cumulative, client-individual is not",
       "1.2 ACK: by the ack header", "1.1 ACK: by message-id and subscription",
       "1.0 ACK: by message-id", "ActiveMQ: what comes back is redelivered")
def ack_modes(world):
    for version in VERSIONS:
        for mode, left in (("client", [b"3"]), ("client-individual", [b"1", b"3"])):
            client = world.client(version)
            for body in (b"1", b"2", b"3"):
                client.sync("SEND", body, destination=world.queue)
            client.send("SUBSCRIBE", id="s", destination=world.queue, ack=mode)
            messages = [client.expect("MESSAGE") for _ in range(3)]
            ack(client, messages[1])
            client.sync("DISCONNECT")
            other = world.client(version)
            other.send("SUBSCRIBE", id="s", destination=world.queue)
            back = [other.expect("MESSAGE") for _ in left]
            assert [m.body for m in back] == left, (version, mode, back)
            assert all(m.headers["redelivered"] == "true" for m in back), back
            other.sync("UNSUBSCRIBE", id="s")


@check("ActiveMQ: in mode auto an ACK is unexpected", "1.2 ACK: id is required",
       "ActiveMQ: an unknown id is an ERROR, and the connection stays")
def unexpected_acks(world):
    client = world.client()
    client.sync("SUBSCRIBE", id="s", destination=world.queue)
    client.send("SEND", b"x", destination=world.queue)
    message = client.expect("MESSAGE")
    assert "ack" not in message.headers, message
    client.send("ACK", id="1-1", receipt="a")
    client.expect_error("Unexpected ACK", "a")
    client.send("ACK", **{"message-id": "m"}, subscription="s")
    client.expect_error("without a ack id")
    client.sync("BEGIN", transaction="t")


@check("1.1 NACK", "1.0 has no NACK", "ActiveMQ: NACK sends one message to the dead letter queue")
def nack_is_a_dead_letter(world):
    client = world.client("1.0")
    client.send("NACK", **{"message-id": "m"})
    client.expect_error("1.0")
    letters = world.client()
    subscribe(letters, DLQ)
    for version in ("1.1", "1.2"):
        client = world.client(version)
        for body in (b"1", b"2"):
            client.sync("SEND", body, destination=world.queue, persistent="true")
        client.send("SUBSCRIBE", id="s", destination=world.queue, ack="client")
        messages = [client.expect("MESSAGE") for _ in range(2)]
        ack(client, messages[1], "NACK")
        letter = letters.expect("MESSAGE")
        assert letter.body == b"2", letter
        assert letter.headers["original-destination"] == world.queue, letter
        ack(client, messages[0])
        client.sync("DISCONNECT")


@check("1.2 BEGIN, COMMIT, ABORT", "1.2 SEND and ACK in a transaction",
       "ActiveMQ: open transactions roll back at the end of the connection")
def transactions(world):
    sender, receiver = world.client(), world.client()
    subscribe(receiver, world.queue, ack="client-individual")
    sender.sync("BEGIN", transaction="a")
    sender.sync("BEGIN", transaction="b")
    sender.sync("SEND", b"aborted", destination=world.queue, transaction="a")
    sender.sync("SEND", b"committed", destination=world.queue, transaction="b")
    sender.sync("ABORT", transaction="a")
    sender.sync("COMMIT", transaction="b")
    message = receiver.expect("MESSAGE")
    assert message.body == b"committed", message
    receiver.sync("BEGIN", transaction="t")
    ack(receiver, message, transaction="t")
    receiver.sync("ABORT", transaction="t")
    receiver.sync("BEGIN", transaction="t")
    ack(receiver, message, transaction="t")
    receiver.sync("COMMIT", transaction="t")
    sender.sync("BEGIN", transaction="open")
    sender.send("SEND", b"lost", destination=world.queue, transaction="open")
    sender.sync("DISCONNECT")
    world.client().sync("SEND", b"next", destination=world.queue)
    assert receiver.expect("MESSAGE").body == b"next"


@check("1.2 BEGIN: transaction is required", "ActiveMQ: bad transactions are ERRORs")
def bad_transactions(world):
    client = world.client()
    client.send("BEGIN", receipt="r")
    client.expect_error("transaction", "r")
    client.sync("BEGIN", transaction="t")
    client.send("BEGIN", transaction="t")
    client.expect_error("already started")
    for command in ("COMMIT", "ABORT"):
        client.send(command, transaction="x")
        client.expect_error("Invalid transaction id: x")


@check("1.2 DISCONNECT: the receipt comes when all before it is done")
def disconnect(world):
    client = world.client()
    for _ in range(100):
        client.send("SEND", b"x", destination=world.queue, persistent="true")
    client.sync("DISCONNECT")
    client.expect_closed()
    other = world.client()
    other.send("SUBSCRIBE", id="s", destination=world.queue)
    for _ in range(100):
        other.expect("MESSAGE")


@check("1.2 Heart-beating: what is asked for is kept", "1.2 Heart-beating: a silent peer is dead",
       "ActiveMQ: a bad heart-beat header is fatal")
def heart_beats(world):
    client = world.open()
    answer = client.connect("1.2", heart_beat="0,50")
    assert answer.headers["heart-beat"] == "50,0", answer
    client.data = client.data.lstrip(b"\n")
    assert [client.byte() for _ in range(3)] == [b"\n"] * 3
    client = world.open()
    client.connect("1.1", heart_beat="50,0")
    client.expect_error("heart-beat")
    client.expect_closed()
    for header in ("0", "T,0", "-1,0", "1,2,3"):
        client = world.open()
        client.send("CONNECT", accept_version="1.1", heart_beat=header)
        client.expect_error("heart-beat")
        client.expect_closed()


@check("ActiveMQ: selectors, with numbers in texts")
def selectors(world):
    client = world.client()
    subscribe(client, world.queue, selector="price > 10 AND colour = 'red'")
    client.send("SEND", b"no", destination=world.queue, price=9, colour="red")
    client.send("SEND", b"yes", destination=world.queue, price=12, colour="red")
    assert client.expect("MESSAGE").body == b"yes"
    client.send("SUBSCRIBE", id="b", destination=world.queue, selector="price >", receipt="r")
    client.expect_error("selector", "r")


@check("ActiveMQ: wildcards")
def wildcards(world):
    client = world.client()
    subscribe(client, world.topic + ".*")
    client.send("SEND", b"x", destination=world.topic + ".a")
    assert client.expect("MESSAGE").headers["destination"] == world.topic + ".a"


@check("ActiveMQ: durable subscriptions")
def durable_subscriptions(world):
    name = {"activemq__subscriptionName": "mine"}
    client = world.client("1.1", client_id="stomp-durable")
    client.send("SUBSCRIBE", id="q", destination=world.queue, receipt="q", **name)
    client.expect_error("cannot durably subscribe to a Queue", "q")
    subscribe(client, world.topic, **name)
    client.send("UNSUBSCRIBE", receipt="u", **name)
    client.expect_error("in use", "u")
    client.sync("DISCONNECT")
    world.client().sync("SEND", b"missed", destination=world.topic, persistent="true")
    client = world.client("1.1", client_id="stomp-durable")
    client.send("SUBSCRIBE", id="s", destination=world.topic, **name)
    assert client.expect("MESSAGE").body == b"missed"
    client.sync("UNSUBSCRIBE", id="s")
    client.sync("UNSUBSCRIBE", **name)


@check("ActiveMQ: a client id belongs to one connection")
def client_ids(world):
    world.client(client_id="stomp-twice")
    client = world.open()
    client.send("CONNECT", accept_version="1.2", client_id="stomp-twice")
    client.expect_error("stomp-twice")
    client.expect_closed()


@check("ActiveMQ: browsers see all and take nothing")
def browsers(world):
    client = world.client()
    for body in (b"1", b"2"):
        client.sync("SEND", body, destination=world.queue)
    for _ in range(2):
        client.send("SUBSCRIBE", id="b", destination=world.queue, browser="true")
        assert [client.expect("MESSAGE").body for _ in range(2)] == [b"1", b"2"]
        end = client.expect("MESSAGE")
        assert end.headers["browser"] == "end" and end.headers["subscription"] == "b", end
        client.sync("UNSUBSCRIBE", id="b")
    old = world.client("1.0")
    old.send("SUBSCRIBE", destination=world.queue, browser="true")
    old.expect_error("browser")


@check("ActiveMQ: temporary destinations and replies")
def temporary_destinations(world):
    asking, answering = world.client(), world.client()
    subscribe(answering, world.queue)
    subscribe(asking, "/temp-queue/answers")
    asking.send("SEND", b"?", destination=world.queue, reply_to="/temp-queue/answers")
    reply_to = answering.expect("MESSAGE").headers["reply-to"]
    assert reply_to.startswith("/remote-temp-queue/ID:"), reply_to
    answering.send("SEND", b"!", destination=reply_to)
    answer = asking.expect("MESSAGE")
    assert answer.body == b"!" and answer.headers["destination"] == "/temp-queue/answers", answer
    answering.send("SUBSCRIBE", id="t", destination=reply_to, receipt="r")
    answering.expect_error("", "r")
    asking.sync("DISCONNECT")


@check("ActiveMQ: prefetch counts what is not acknowledged")
def prefetch(world):
    client = world.client()
    for body in (b"1", b"2"):
        client.sync("SEND", body, destination=world.queue)
    client.send("SUBSCRIBE", id="s", destination=world.queue, ack="client",
                activemq__prefetchSize=1)
    first = client.expect("MESSAGE")
    client.sync("BEGIN", transaction="marker")  # nothing but its receipt may come
    client.send("ACK", id=first.headers["ack"])
    assert client.expect("MESSAGE").body == b"2"


@check("1.2 Size Limits", "ActiveMQ: limits are fatal, and named")
def limits(world):
    for data, words in (
            (b"A" * 1025, "command length"),
            (b"SEND\n" + b"a" * 10241, "header length"),
            (b"SEND\n" + b"a:b\n" * 1001, "number of headers"),
            (b"SEND\ncontent-length:999999999999\n\n", "data length"),
            (b"SEND\ncontent-length:-1\n\n", "content-length"),
            (b"SEND\ncontent-length:1\n\nab\0", "trailing null")):
        client = world.client()
        client.raw(data)
        client.expect_error(words)
        client.expect_closed()
    client = world.client()
    client.raw(f"SEND\ndestination:{world.queue}\n".encode() + b"a:b\n" * 990 +
               b"x:" + b"y" * 10000 + b"\n\nfits\0")
    client.sync("BEGIN", transaction="t")


@check("1.2 Frames: bodies of any size")
def large_bodies(world):
    client = world.client()
    body = bytes(range(1, 256)) * 20000
    subscribe(client, world.queue)
    client.send("SEND", body, destination=world.queue)
    assert client.expect("MESSAGE").body == body
    client.send("SEND", body, destination=world.queue, content_length=len(body))
    message = client.expect("MESSAGE")
    assert message.body == body and message.headers["content-length"] == str(len(body))


@check("1.2 Frames: commands are case sensitive")
def commands_are_case_sensitive(world):
    client = world.client()
    client.send("SEND", b"x", Destination=world.queue)
    client.expect_error("destination")
    client.send("send", b"x", destination=world.queue)
    client.expect("ERROR")
    client.expect_closed()


@check("1.2 Body: only SEND, MESSAGE and ERROR have one")
def other_frames_have_no_body(world):
    """They end at their first NUL, whatever a content-length says."""
    client = world.client()
    client.raw(f"SUBSCRIBE\nid:1\ndestination:{world.queue}\ncontent-length:4\nreceipt:s\n\n\0"
               .encode())
    assert client.expect("RECEIPT").headers["receipt-id"] == "s"
    client.sync("SEND", b"x", destination=world.queue + ".other")


@check("1.2 Value Encoding: CONNECT and CONNECTED are not escaped")
def connected_is_not_escaped(world):
    client = world.open()
    client.raw(f"CONNECT\naccept-version:1.2\nclient-id:{world.queue}:a\n\n\0".encode())
    answer = client.expect("CONNECTED")
    assert answer.headers["session"] == f"{world.queue}:a", answer


@check("1.2 CONNECT or STOMP Frame: login and passcode")
def login_is_taken(world):
    world.client(login="user", passcode="pass:word-secret")


@check("1.2 Standard Headers: any frame but CONNECT may ask for a receipt")
def every_frame_may_have_a_receipt(world):
    client = world.client()
    client.sync("SUBSCRIBE", id=1, destination=world.queue, ack="client-individual")
    client.sync("BEGIN", transaction="t")
    client.sync("SEND", b"a", destination=world.queue, transaction="t")
    client.sync("COMMIT", transaction="t")
    message = client.expect("MESSAGE")
    client.sync("ACK", id=message.headers["ack"])
    client.sync("BEGIN", transaction="u")
    client.sync("ABORT", transaction="u")
    client.sync("SEND", b"b", destination=world.queue)
    client.expect("MESSAGE")
    client.sync("UNSUBSCRIBE", id=1)
    client.sync("DISCONNECT")
    client.expect_closed()


def run():
    parser = checks.parser(__doc__)
    parser.add_argument("--table", action="store_true", help="print what is checked, and end")
    options = parser.parse_args()
    if options.table:
        for function, statements in CHECKS:
            for statement in statements:
                print(f"| {statement} | `{function.__name__}` |")
        return
    plays = [(function.__name__, function, World) for function, _ in CHECKS]
    if options.port:
        return checks.run_all(options.port, options.filter, plays)
    checks.run(options, plays, listener="auto", document=DOCUMENT)


if __name__ == "__main__":
    harness.main(run)
