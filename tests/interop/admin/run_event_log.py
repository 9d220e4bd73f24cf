#!/usr/bin/python3
"""What clients do, in the log: each switch of loggingBrokerPlugin yields its lines alone, and an
operator has them while the broker runs. The log as JSON. Lines that come again and again are
counted instead of written."""

import json
import re
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from api import Api
from harness import openwire, stomp
from harness import options as harness
from harness.broker import TernBroker
from harness.options import settle

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">
  <plugins>%s</plugins>
</broker>
"""
LOG4J = "org.apache.activemq:brokerName=localhost,service=Log4JConfiguration,type=Broker"


class Brokers:
    """Starts one with plugins, whose log is JSON."""

    def __init__(self, options, work):
        self.options, self.work, self.count = options, work, 0

    def start(self, plugins, **settings):
        self.count += 1
        work = self.work / str(self.count)
        work.mkdir()
        document = work / "activemq.xml"
        document.write_text(DOCUMENT % plugins)
        return harness.running(TernBroker(
            work, self.options.ternd, 0,
            {"http.listen": "127.0.0.1:0", "log.format": "json", **settings}, "auto", document))


def live(port, queue="TOLD"):
    """A little of everything that the log can tell. The queue is new: a message stays on it."""
    with socket.create_connection(("127.0.0.1", port), 20) as link:
        link.sendall(openwire.wire_format_info() + openwire.connection_info("told")
                     + openwire.producer("told"))
        with stomp.Client(port) as client:
            client.connect()
            client.sync("SUBSCRIBE", id=1, destination=f"/queue/{queue}")
            client.sync("UNSUBSCRIBE", id=1)
            client.sync("BEGIN", transaction="t")
            client.sync("SEND", b"x", destination=f"/queue/{queue}", transaction="t")
            client.sync("COMMIT", transaction="t")
            client.sync("DISCONNECT")
        answers = 0
        while answers < 3:  # to the connection, the session and the producer
            size = int.from_bytes(receive(link, 4), "big")
            answers += receive(link, size)[0] == openwire.RESPONSE


def receive(link, count):
    data = b""
    while len(data) < count:
        part = link.recv(count - len(data))
        assert part, "the broker has closed the connection"
        data += part
    return data


# What each switch yields, and some words of it.
EVENTS = {"logConnectionEvents": ("connections", ("begins: stomp from 127.0.0.1:", "ends")),
          "logSessionEvents": ("sessions", ("begins a session", "ends a session")),
          "logConsumerEvents": ("consumers", ("at queue://TOLD", "closes consumer")),
          "logProducerEvents": ("producers", ("connection told opens producer told:1:1",)),
          "logTransactionEvents": ("transactions", ("begins transaction", "commits transaction")),
          "logInternalEvents": ("internals", ("queue://TOLD is made",))}


def told(brokers, switches):
    """{module: its lines} for debugging."""
    plugin = " ".join(f'{name}="{value}"' for name, value in switches.items())
    with brokers.start(f"<loggingBrokerPlugin {plugin}/>") as broker:
        live(broker.port)
        assert broker.stop() == 0
        return events(broker)


def events(broker):
    found = {}
    text = broker.log_text()
    for line in text[:text.rfind("\n") + 1].splitlines():
        if not line.startswith("{"):
            continue  # what is said to whoever starts it
        entry = json.loads(line)
        assert entry["broker"] == "localhost" and entry["time"], entry
        if entry["level"] == "debug":
            found.setdefault(entry["module"], []).append(entry["message"])
    return found


def wanted_by_an_operator(brokers):
    """By an MBean, for one name alone, and no more."""
    with brokers.start("") as broker:
        def change(level):
            answer = Api(broker.http_port).call(
                "POST", "/api/jolokia",
                {"type": "exec", "mbean": LOG4J, "operation": "setLogLevel",
                 "arguments": ["consumers", level]})
            assert answer["status"] == 200, answer

        live(broker.port, "BEFORE")
        change("DEBUG")
        live(broker.port, "MEANWHILE")
        settle(lambda: "consumers" in events(broker))
        change("INFO")
        found = events(broker)
        live(broker.port, "AFTER")
        assert broker.stop() == 0
        assert list(found) == ["consumers"] and len(found["consumers"]) == 2, found
        assert events(broker) == found


def logged(brokers):
    off = dict.fromkeys(EVENTS, "false")
    for switch, (module, words) in EVENTS.items():
        found = told(brokers, {**off, switch: "true"})
        assert list(found) == [module], (switch, found)
        for word in words:
            assert any(word in line for line in found[module]), (word, found)
    assert told(brokers, off) == {}
    assert set(told(brokers, {})) == {"connections", "sessions"}
    everything = {module for module, _ in EVENTS.values()}
    assert set(told(brokers, {**off, "logAll": "true"})) == everything


def lines_about(clients, broker):
    """What is written about so many clients that say nonsense: their lines, and what the line says
    of the others that counts them."""
    for _ in range(clients):
        with stomp.Client(broker.port) as client:
            client.connect()
            client.send("NONSENSE")
            client.expect("ERROR")
    counted = re.compile(r"^(\d+) more lines of this kind were withheld, the last: \S+: "
                         r"connection closed: ")

    def found():
        entries = [json.loads(line) for line in broker.log_text().splitlines()
                   if line.startswith("{")]
        closed = [one for one in entries if "connection closed: " in one["message"]]
        for one in closed:
            assert (one["level"], one["module"]) == ("warning", "gateway"), one
        told = [counted.search(one["message"]) for one in closed]
        return told.count(None), sum(int(one[1]) for one in told if one)

    settle(lambda: sum(found()) >= clients)
    written, withheld = found()
    assert written + withheld == clients, (written, withheld)
    return written


def repeated(brokers):
    """A hundred lines of a kind are written in a time, and the others told of soon, although
    nothing more happens; an operator may want all."""
    with brokers.start("") as broker:
        assert 100 <= lines_about(400, broker) < 400
        assert broker.stop() == 0
    with brokers.start("", **{"log.max_repetitions": 0}) as broker:
        assert lines_about(400, broker) == 400
        assert broker.stop() == 0


def run():
    options = harness.parser(__doc__).parse_args()
    with harness.scratch_for(options) as work:
        brokers = Brokers(options, work)
        logged(brokers)
        wanted_by_an_operator(brokers)
        repeated(brokers)


if __name__ == "__main__":
    harness.main(run)
