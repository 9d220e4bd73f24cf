#!/usr/bin/python3
"""Unmodified clients of STOMP and MQTT in several languages, some of them in a browser, each with a
JMS client on the other side. Prints one table of clients and features; `--table FILE` enters it
there.
"""

import atexit
import base64
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import paho.mqtt.client as mqtt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.jms_peer import JmsPeer
from harness.node import Node
from local_peers import Mosquitto, Paho, PahoC, StompPy

FOLDER = Path(__file__).resolve().parent
BEGIN, END = "<!-- clients: entered by the run -->", "<!-- end of the clients -->"
FEATURES = []
MANY = 300


class Process:
    """A peer that is a program: a line of JSON for a command, a line for its answer."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, verb, **more):
        self.process.stdin.write(json.dumps({"verb": verb, **more}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"{self.process.args[0]} ended at {verb}"
        return json.loads(answer)

    def subscribe(self, to):
        self.ask("subscribe", to=to)

    def send(self, to, body, **more):
        self.ask("send", to=to, body=body, **more)

    def receive(self, bytes=False):
        return self.ask("receive", bytes=bytes)

    def close(self):
        if self.process.poll() is None:
            self.ask("close")
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)


def built_paho():
    """The client in C, compiled for this run."""
    folder = Path(tempfile.mkdtemp(prefix="tern-paho-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    program = folder / "paho_peer"
    done = subprocess.run(["gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror",
                           str(FOLDER / "paho_peer.c"), "-lpaho-mqtt3c", "-o", str(program)],
                          capture_output=True, text=True)
    assert done.returncode == 0, f"install gcc and libpaho-mqtt-dev: {done.stderr}"
    return str(program)


def clients(node):
    """Name, protocol, whether messages have properties, and how one is opened at a port."""
    chromium = shutil.which("chromium")
    assert chromium, "there is no chromium: install Debian's package"

    def in_node(*arguments):
        return lambda port: Process(["node", "node_peer.js",
                                     *(one.format(port=port) for one in arguments)], node.place)

    def in_chromium(*arguments):
        return lambda port: Process(["node", "browser_peer.js", chromium,
                                     *(one.format(port=port) for one in arguments)], node.place)

    paho = built_paho()
    ws, tcp = "ws://127.0.0.1:{port}/ws", "mqtt://127.0.0.1:{port}"
    return [
        ("stomp.py", "stomp", True, StompPy),
        ("php-stomp", "stomp", True, lambda port: Process(
            ["php", "php_peer.php", f"tcp://127.0.0.1:{port}"], FOLDER)),
        ("stompjs, Node", "stomp", True, in_node("stomp", ws)),
        ("stompjs, Chromium", "stomp", True, in_chromium("stomp", ws)),
        ("paho 3.1.1", "mqtt", False, lambda port: Paho(port, mqtt.MQTTv311)),
        ("paho 5.0", "mqtt", True, lambda port: Paho(port, mqtt.MQTTv5)),
        ("paho C 3.1.1", "mqtt", False, lambda port: PahoC(paho, port, 4)),
        ("paho C 5.0", "mqtt", True, lambda port: PahoC(paho, port, 5)),
        ("mosquitto 3.1.1", "mqtt", False, lambda port: Mosquitto(port, "mqttv311")),
        ("mosquitto 5.0", "mqtt", True, lambda port: Mosquitto(port, "mqttv5")),
        ("mqtt.js 3.1.1, Node", "mqtt", False, in_node("mqtt", tcp, "4")),
        ("mqtt.js 5.0, Node", "mqtt", True, in_node("mqtt", tcp, "5")),
        ("mqtt.js 3.1.1, Chromium", "mqtt", False, in_chromium("mqtt", ws, "4")),
        ("mqtt.js 5.0, Chromium", "mqtt", True, in_chromium("mqtt", ws, "5")),
    ]


class World:
    """One client, and a destination for one feature by its names on both sides."""

    def __init__(self, client, number, broker, jms):
        self.name, self.protocol, self.has_properties, self.make = client
        self.broker = broker
        self.jms = jms
        self.number = number
        self.open()

    def open(self):
        self.peer = self.make(self.broker.port)

    def go_to(self, feature):
        if self.protocol == "stomp":
            self.to = f"/queue/clients.{self.number}.{feature}"
            self.jms_name = f"queue://clients.{self.number}.{feature}"
        else:
            self.to = f"clients/{self.number}/{feature}"
            self.jms_name = f"topic://clients.{self.number}.{feature}"

    def sent_to_jms(self, *arguments, **more):
        """What JMS gets of what the client sends."""
        assert self.jms.ask("subscribe", self.jms_name) == "subscribed"
        self.peer.send(self.to, *arguments, **more)
        return self.jms.ask("receive", self.jms_name)

    def sent_by_jms(self, kind, body, **more):
        self.peer.subscribe(self.to)
        assert self.jms.ask("send", kind, self.jms_name, body) == "sent"
        return self.peer.receive(**more)


def feature(function):
    FEATURES.append(function)
    return function


@feature
def text_to_jms(world):
    answer = world.sent_to_jms("grüße-☃")
    kind = "text" if world.protocol == "stomp" else "bytes"
    assert answer.startswith(f"{kind} grüße-☃ "), answer
    assert answer.split()[4] == "2", f"not persistent: {answer}"


@feature
def text_from_jms(world):
    got = world.sent_by_jms("text", "grüße an alle ☃")
    assert got["body"] == "grüße an alle ☃", got


@feature
def bytes_to_jms(world):
    answer = world.sent_to_jms(base64.b64encode(b"a\0b").decode(), bytes=True)
    assert answer.startswith("bytes a\0b "), answer


@feature
def bytes_from_jms(world):
    got = world.sent_by_jms("bytes", "b\u00fctes", bytes=True)
    assert base64.b64decode(got["body"]) == "b\u00fctes".encode(), got


@feature
def property_to_jms(world):
    if not world.has_properties:
        return "none"
    answer = world.sent_to_jms("text", tone="red")
    assert "tone=red" in answer, answer


@feature
def property_from_jms(world):
    if not world.has_properties:
        return "none"
    got = world.sent_by_jms("text", "body")
    assert got["tone"] == "a:b", got


@feature
def large_message(world):
    body = "0123456789abcdef" * 16_000
    world.peer.subscribe(world.to)
    world.peer.send(world.to, body)
    assert world.peer.receive()["body"] == body


@feature
def order_of_many(world):
    world.peer.subscribe(world.to)
    for number in range(MANY if not isinstance(world.peer, Mosquitto) else 30):
        world.peer.send(world.to, f"{number}")
        assert world.peer.receive()["body"] == f"{number}"


def keep_one(world):
    """Sent and confirmed: on a queue, or as a retained message."""
    world.go_to("kept")
    world.peer.send(world.to, "kept", **({"retain": True} if world.protocol == "mqtt" else {}))
    world.peer.close()


def kept_over_a_kill(world):
    world.open()
    world.go_to("kept")
    world.peer.subscribe(world.to)
    assert world.peer.receive()["body"] == "kept"


def attempt(world, function, results):
    try:
        world.go_to(function.__name__)
        results[function.__name__] = function(world) or "yes"
    except Exception as problem:
        print(f"FAILED {world.name} {function.__name__}: {problem!r}", flush=True)
        results[function.__name__] = "NO"


def drawn(names, table):
    words = [function.__name__ for function in (*FEATURES, kept_over_a_kill)]
    rows = [["client", *(one.replace("_", " ") for one in words)], ["---"] * (len(words) + 1)]
    rows += [[name, *(table[name].get(one, "") for one in words)] for name in names]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", help="clients to run, by a part of their name")
    parser.add_argument("--table", type=Path, help="the file whose table is replaced")
    options = parser.parse_args()
    wanted = [one for one in clients(Node(FOLDER)) if options.filter in one[0]]
    table = {one[0]: {} for one in wanted}
    with harness.broker_for(options, restarts=True, listener="auto") as (broker, java):
        jms = JmsPeer(java, broker.url)
        worlds = []
        for number, client in enumerate(wanted):
            for function in FEATURES:  # each with a connection of its own
                world = World(client, number, broker, jms)
                attempt(world, function, table[client[0]])
                world.peer.close()
            worlds.append(World(client, number, broker, jms))
            attempt(worlds[-1], keep_one, {})
        jms.close()
        broker.kill()
        broker.start()
        for world in worlds:
            attempt(world, kept_over_a_kill, table[world.name])
            world.peer.close()
        assert broker.stop() == 0
    text = drawn(table, table)
    print(text)
    bad = [name for name, results in table.items() if "NO" in results.values()]
    assert not bad, f"{', '.join(bad)}: see above"
    if options.table:
        before, found, rest = options.table.read_text().partition(BEGIN)
        _, ended, after = rest.partition(END)
        assert found and ended, f"{options.table} has no place for the table"
        options.table.write_text(before + BEGIN + "\n" + text + END + after)


if __name__ == "__main__":
    harness.main(run)
