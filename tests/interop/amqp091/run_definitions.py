#!/usr/bin/python3
"""A RabbitMQ server's export becomes exchanges, queues, bindings and policies here. With
--reference a real one makes the export; otherwise it is written down as that writes it."""

import base64
import hashlib
import json
import signal
import sys
import tempfile
import urllib.request
from pathlib import Path

import pika

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from confirms import accepted
from harness import options as harness
from harness.rabbitmq import RabbitMq

PASSWORD = "guest"
WORK = {"x-max-length": 3, "x-dead-letter-exchange": "d.dlx"}
POLICY = {"vhost": "/", "name": "capped", "pattern": r"^d\.capped$", "apply-to": "queues",
          "priority": 1, "definition": {"max-length": 2, "overflow": "reject-publish"}}
OPERATORS = {"pattern": r"^d\.short$", "apply-to": "queues", "priority": 0,
             "definition": {"message-ttl": 50}}


def guest():
    salt = b"salt"
    digest = hashlib.sha256(salt + PASSWORD.encode()).digest()
    return {"name": "guest", "password_hash": base64.b64encode(salt + digest).decode(),
            "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"],
            "limits": {}}


def queue(name, **arguments):
    return {"name": name, "vhost": "/", "durable": True, "auto_delete": False,
            "arguments": arguments}


def exchange(name, kind, **arguments):
    return {"name": name, "vhost": "/", "type": kind, "durable": True, "auto_delete": False,
            "internal": False, "arguments": arguments}


def binding(source, destination, key="", kind="queue", **arguments):
    return {"source": source, "vhost": "/", "destination": destination, "destination_type": kind,
            "routing_key": key, "arguments": arguments}


def written():
    return {
        "rabbit_version": "3.10.8", "users": [guest()], "vhosts": [{"name": "/"}],
        "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*",
                         "read": ".*"}],
        "topic_permissions": [], "policies": [POLICY],
        "parameters": [{"component": "operator_policy", "vhost": "/", "name": "short",
                        "value": OPERATORS}],
        "queues": [queue("d.work", **WORK), queue("d.dead"), queue("d.capped"),
                   queue("d.short"), queue("d.heads")],
        "exchanges": [exchange("d.dlx", "fanout"), exchange("d.all", "fanout"),
                      exchange("d.topic", "topic", **{"alternate-exchange": "d.dlx"})],
        "bindings": [binding("d.dlx", "d.dead"), binding("d.topic", "d.work", "a.#"),
                     binding("d.all", "d.topic", kind="exchange"),
                     binding("amq.headers", "d.heads", **{"x-match": "any", "n": 1, "t": "x"})]}


def exported(peer):
    """The same, made by a client of RabbitMQ and exported by that."""
    link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", peer.port))
    channel = link.channel()
    wanted = written()
    for one in wanted["queues"]:
        channel.queue_declare(one["name"], durable=True, arguments=one["arguments"])
    for one in wanted["exchanges"]:
        channel.exchange_declare(one["name"], one["type"], durable=True,
                                 arguments=one["arguments"])
    for one in wanted["bindings"]:
        bind = channel.exchange_bind if one["destination_type"] == "exchange" else \
            channel.queue_bind
        bind(one["destination"], one["source"], one["routing_key"], one["arguments"])
    link.close()
    for path, name, value in (("policies", "capped", POLICY),
                              ("operator-policies", "short", OPERATORS)):
        call(peer, "PUT", f"{path}/%2F/{name}", value)
    return call(peer, "GET", "definitions")


def call(peer, method, path, value=None):
    login = base64.b64encode(b"guest:guest").decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{peer.http_port}/api/{path}", method=method,
        data=None if value is None else json.dumps(value).encode(),
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        body = answer.read()
    return json.loads(body) if body else None


def connect(broker):
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", broker.port, "/", pika.PlainCredentials("guest", PASSWORD)))


def bodies(channel, name):
    found = []
    while (body := channel.basic_get(name, auto_ack=True)[2]) is not None:
        found.append(body.decode())
    return found


def play_topology(broker):
    channel = connect(broker).channel()
    channel.queue_declare("d.work", durable=True, arguments=WORK)
    channel.basic_publish("d.topic", "a.b", b"routed")
    channel.basic_publish("d.topic", "elsewhere", b"alternate")
    channel.basic_publish("d.all", "a.c", b"by way of another")
    assert bodies(channel, "d.work") == ["routed", "by way of another"]
    assert bodies(channel, "d.dead") == ["alternate"]
    properties = pika.BasicProperties(headers={"t": "x"})
    channel.basic_publish("amq.headers", "", b"header", properties)
    channel.basic_publish("amq.headers", "", b"no")
    assert bodies(channel, "d.heads") == ["header"]
    for text in (b"1", b"2", b"3", b"4"):
        channel.basic_publish("", "d.work", text)
    assert bodies(channel, "d.work") == ["2", "3", "4"]
    harness.settle(lambda: ready(channel, "d.dead") == 1)
    assert bodies(channel, "d.dead") == ["1"]


def ready(channel, name):
    return channel.queue_declare(name, passive=True).method.message_count


def accepted_by(broker, name, count):
    channel = connect(broker).channel()
    channel.confirm_delivery()
    return accepted(channel, name, count)


def play_policies(broker, file, definitions):
    assert accepted_by(broker, "d.capped", 4) == 2
    channel = connect(broker).channel()
    channel.basic_publish("", "d.short", b"short")
    harness.settle(lambda: ready(channel, "d.short") == 0)
    assert ready(channel, "d.short") == 0, "an operator's policy does not hold"
    # Others hold once the file is read again.
    definitions["policies"][0]["definition"] = {"max-length": 5}
    definitions["parameters"] = []
    file.write_text(json.dumps(definitions))
    broker.process.send_signal(signal.SIGHUP)
    harness.settle(lambda: accepted_by(broker, "d.capped", 8) == 8)
    assert len(bodies(channel, "d.capped")) == 5, "the changed policy does not hold"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--reference", action="store_true",
                        help="let RabbitMQ, which has to be installed, make the export")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        definitions = written()
        if options.reference:
            with RabbitMq(Path(work) / "rabbitmq") as peer:
                definitions = exported(peer)
        file = Path(work) / "definitions.json"
        file.write_text(json.dumps(definitions))
        document = Path(work) / "activemq.xml"
        document.write_text('<broker xmlns="http://activemq.apache.org/schema/core"/>')
        with harness.broker_for(options, settings={"amqp091.definitions": file},
                                listener="amqp091", with_java=False, document=document) as (
                                    broker, _):
            play_topology(broker)
            play_policies(broker, file, definitions)
            # What is there already stays as it is.
            assert broker.stop() == 0
            broker.start()
            play_topology(broker)
            broker.check_alive()
            assert broker.stop() == 0
    print("ok")


if __name__ == "__main__":
    harness.main(run)
