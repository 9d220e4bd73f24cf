#!/usr/bin/python3
"""RabbitMQ's users, virtual hosts and permissions, from a file as its server exports it, with pika:
each operation with each set of permissions, and names, keys and hosts that are closed."""

import base64
import hashlib
import itertools
import json
import os
import signal
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pika

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.broker import TernBroker
from harness.stomp import Client

SECRET = "pika-secret"
VHOST = "shop"
SETS = ("none", "c", "w", "r", "cw", "cr", "wr", "cwr")


def user(name, tags=()):
    salt = os.urandom(4)
    digest = hashlib.sha256(salt + SECRET.encode()).digest()
    return {"name": name, "password_hash": base64.b64encode(salt + digest).decode(),
            "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": list(tags), "limits": {}}


def permission(name, vhost, configure, write, read):
    return {"user": name, "vhost": vhost, "configure": configure, "write": write, "read": read}


def definitions():
    every = ".*"
    permissions = [permission("root", host, every, every, every) for host in ("/", VHOST)]
    for one in SETS:
        permissions.append(permission(
            f"u-{one}", VHOST, *(every if one != "none" and letter in one else ""
                                 for letter in "cwr")))
    permissions.append(permission("clerk", VHOST, r"^own\.", r"^(own\.|amq\.topic$)",
                                  r"^(own\.|amq\.topic$)"))
    return {"rabbitmq_version": "3.13.7",
            "users": [user("root", ["administrator"]), user("clerk", ["monitoring"]),
                      *(user(f"u-{one}") for one in SETS)],
            "vhosts": [{"name": "/"}, {"name": VHOST}],
            "permissions": permissions,
            "topic_permissions": [{"user": "clerk", "vhost": VHOST, "exchange": "amq.topic",
                                   "write": "^{username}\\.", "read": "^news\\."}],
            "queues": [], "exchanges": [], "bindings": [], "parameters": [], "policies": []}


def connect(broker, name, vhost=VHOST, password=SECRET):
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", broker.port, vhost, pika.PlainCredentials(name, password)))


def attempt(broker, name, work, vhost=VHOST):
    """None, or what the client is told."""
    link = connect(broker, name, vhost)
    try:
        work(link.channel())
        return None
    except pika.exceptions.ChannelClosedByBroker as refused:
        return f"{refused.reply_code} {refused.reply_text}"
    finally:
        link.close()


def publish(channel, exchange, key):
    channel.confirm_delivery()
    channel.basic_publish(exchange, key, b"m", pika.BasicProperties(delivery_mode=2))


# What each does to the exchange `x`, the exchange `y`, and the queue `q`, which are there, and what
# RabbitMQ asks for.
OPERATIONS = {
    "exchange.declare": ("c", lambda c: c.exchange_declare("x2")),
    "exchange.declare again": ("c", lambda c: c.exchange_declare("x")),
    "exchange.declare passive": ("", lambda c: c.exchange_declare("x", passive=True)),
    "exchange.delete": ("c", lambda c: c.exchange_delete("gone")),
    "alternate exchange": ("cwr", lambda c: c.exchange_declare(
        "x3", arguments={"alternate-exchange": "y"})),
    "queue.declare": ("c", lambda c: c.queue_declare("q2")),
    "queue.declare again": ("c", lambda c: c.queue_declare("q")),
    "queue.declare passive": ("", lambda c: c.queue_declare("q", passive=True)),
    "queue.declare exclusive": ("c", lambda c: c.queue_declare("", exclusive=True)),
    "queue.delete": ("c", lambda c: c.queue_delete("gone")),
    "queue.bind": ("wr", lambda c: c.queue_bind("q", "x", "k")),
    "queue.unbind": ("wr", lambda c: c.queue_unbind("q", "x", "k")),
    "exchange.bind": ("wr", lambda c: c.exchange_bind("y", "x", "k")),
    "exchange.unbind": ("wr", lambda c: c.exchange_unbind("y", "x", "k")),
    "basic.publish": ("w", lambda c: publish(c, "x", "k")),
    "basic.publish default": ("w", lambda c: publish(c, "", "q")),
    "basic.get": ("r", lambda c: c.basic_get("q", auto_ack=True)),
    "basic.consume": ("r", lambda c: c.basic_consume("q", lambda *_: None)),
    "queue.purge": ("r", lambda c: c.queue_purge("q")),
}


def set_up(channel):
    for exchange in ("x", "y", "gone"):
        channel.exchange_declare(exchange)
    for queue in ("q", "gone"):
        channel.queue_declare(queue)


def play_operations(broker):
    wrong = []
    for (operation, (needed, work)), one in itertools.product(OPERATIONS.items(), SETS):
        told = attempt(broker, "root", set_up)
        assert told is None, told
        told = attempt(broker, f"u-{one}", work)
        allowed = set(needed) <= set(one) if one != "none" else not needed
        if (told is None) != allowed or (told and not told.startswith("403 ACCESS_REFUSED")):
            wrong.append(f"{operation} with {one}: {told}")
    assert not wrong, "\n".join(wrong)
    print(f"{len(OPERATIONS) * len(SETS)} operations are as the permissions say")


def play_names(broker):
    def told(work):
        return attempt(broker, "clerk", work)

    assert told(lambda c: c.queue_declare("own.q")) is None
    assert (told(lambda c: c.queue_declare("others.q")) ==
            "403 ACCESS_REFUSED - configure access to queue 'others.q' in vhost 'shop' refused for "
            "user 'clerk'")
    assert (told(lambda c: publish(c, "x", "k")) ==
            "403 ACCESS_REFUSED - write access to exchange 'x' in vhost 'shop' refused for user "
            "'clerk'")
    assert "'amq.default'" in told(lambda c: publish(c, "", "own.q"))
    assert (told(lambda c: c.basic_get("q")) ==
            "403 ACCESS_REFUSED - read access to queue 'q' in vhost 'shop' refused for user "
            "'clerk'")
    # Another host's queue by the name under which it is kept.
    assert told(lambda c: c.queue_declare("\x1f/\x1fown.q")).startswith("403 ")
    # Keys of a topic exchange.
    assert told(lambda c: publish(c, "amq.topic", "clerk.a")) is None
    assert told(lambda c: publish(c, "amq.topic", "root.a")).startswith("403 ACCESS_REFUSED")
    assert told(lambda c: c.queue_bind("own.q", "amq.topic", "news.#")) is None
    assert told(lambda c: c.queue_bind("own.q", "amq.topic", "#")).startswith("403 ")
    # Without a confirm the channel ends all the same.
    link = connect(broker, "clerk")
    channel = link.channel()
    channel.basic_publish("x", "k", b"m")
    try:
        channel.queue_declare("own.q", passive=True)
        raise AssertionError("a refused message ends nothing")
    except pika.exceptions.ChannelClosedByBroker as refused:
        assert refused.reply_code == 403, refused
    link.close()


def play_hosts(broker):
    for name, vhost, password, words in (
            ("clerk", "/", SECRET, "access to vhost '/' refused for user 'clerk'"),
            ("root", "nowhere", SECRET, "vhost nowhere not found"),
            ("clerk", VHOST, "guessed-secret", "ACCESS_REFUSED"),
            ("guest", "/", "guest", "ACCESS_REFUSED")):
        try:
            connect(broker, name, vhost, password).close()
            raise AssertionError(f"{name} is in {vhost}")
        except pika.exceptions.AMQPConnectionError as refused:
            assert words in f"{refused!s} {refused!r}", refused
    # The same name in two hosts is two queues.
    for vhost in ("/", VHOST):
        assert attempt(broker, "root", lambda c: c.queue_declare("twice"), vhost) is None
    assert attempt(broker, "root", lambda c: publish(c, "", "twice"), "/") is None
    counts = []
    for vhost in ("/", VHOST):
        link = connect(broker, "root", vhost)
        counts.append(link.channel().queue_declare("twice", passive=True).method.message_count)
        link.close()
    assert counts == [1, 0], counts


def operators(broker, name):
    login = base64.b64encode(f"{name}:{SECRET}".encode()).decode()
    page = urllib.request.Request(f"http://127.0.0.1:{broker.http_port}/api/v1/queues",
                                  headers={"Authorization": f"Basic {login}"})
    try:
        urllib.request.urlopen(page).close()
        return 200
    except urllib.error.HTTPError as refused:
        return refused.code


def play_elsewhere(broker):
    """Where nobody asks for permissions, these users do not get in."""
    with Client(broker.port) as client:
        client.send("CONNECT", accept_version="1.2", host="x", login="root", passcode=SECRET)
        assert client.frame().command == "ERROR"
    assert operators(broker, "root") == 200
    assert operators(broker, "clerk") == 200
    assert operators(broker, "u-cwr") == 403


def play_changes(broker, file):
    """Other permissions hold once the file is read again, for those who are connected, too."""
    link = connect(broker, "u-r")
    channel = link.channel()
    cancelled = []
    channel.add_on_cancel_callback(cancelled.append)
    channel.basic_consume("q", lambda *_: None)
    changed = definitions()
    for one in changed["permissions"]:
        if one["user"] == "u-r":
            one["read"], one["configure"] = "", ".*"
    file.write_text(json.dumps(changed))
    broker.process.send_signal(signal.SIGHUP)
    harness.settle(lambda: link.process_data_events(0.1) or cancelled)
    assert cancelled, "a consumer goes on without the right"
    channel.queue_declare("new")
    link.close()


def play_departure(broker, file):
    """Who is no user any more does not stay, as in RabbitMQ; others do."""
    leaving, staying = connect(broker, "u-w"), connect(broker, "u-c")
    changed = definitions()
    changed["users"] = [one for one in changed["users"] if one["name"] != "u-w"]
    file.write_text(json.dumps(changed))
    broker.process.send_signal(signal.SIGHUP)
    try:
        harness.settle(lambda: leaving.process_data_events(0.1))
        raise AssertionError("somebody who is no user any more is still connected")
    except pika.exceptions.ConnectionClosedByBroker as ended:
        assert ended.reply_code == 320 and "CONNECTION_FORCED" in ended.reply_text, ended
    assert attempt_login(broker, "u-w") is not None
    staying.channel().queue_declare("still", passive=False)
    staying.close()


def attempt_login(broker, name):
    try:
        connect(broker, name).close()
        return None
    except pika.exceptions.AMQPConnectionError as refused:
        return repr(refused)


def play_words(broker):
    """The log and the audit log name what lies in a virtual host as people do."""
    for words in ("read queue://q in vhost shop", "create queue://others.q in vhost shop",
                  "write topic://amq.default in vhost shop"):
        assert broker.wait_for_log(f"may not {words}"), words
    audit = (broker.data / "audit" / "audit.log").read_text()
    assert '"target":"queue://others.q in vhost shop"' in audit, audit
    for text in (audit, broker.log_text()):
        assert "?shop?" not in text and "\\u001f" not in text and "\x1f" not in text, text


def make_lasting(channel):
    channel.exchange_declare("lasting", durable=True)
    channel.queue_declare("lasting", durable=True)
    channel.queue_bind("lasting", "lasting", "k")
    channel.queue_bind("lasting", "amq.direct", "k")
    publish(channel, "lasting", "k")


def find_lasting(channel):
    """What lay in a virtual host before the broker was started again is there."""
    publish(channel, "amq.direct", "k")
    for _ in range(2):
        assert channel.basic_get("lasting", auto_ack=True)[0] is not None, "a message is lost"


def run():
    options = harness.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-vhosts-") as work:
        file = Path(work) / "definitions.json"
        file.write_text(json.dumps(definitions()))
        settings = {"http.listen": "127.0.0.1:0", "amqp091.definitions": file}
        document = Path(work) / "activemq.xml"
        document.write_text('<broker xmlns="http://activemq.apache.org/schema/core"/>')
        broker = TernBroker(work, options.ternd, settings=settings, listener="auto",
                            document=document)
        with harness.running(broker):
            play_operations(broker)
            play_names(broker)
            play_elsewhere(broker)
            play_hosts(broker)
            play_changes(broker, file)
            play_departure(broker, file)
            play_words(broker)
            assert attempt(broker, "root", make_lasting) is None
            assert broker.stop() == 0
            broker.start()
            assert attempt(broker, "root", find_lasting) is None
            assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
