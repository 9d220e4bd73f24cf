#!/usr/bin/python3
"""Each command that takes `--json`, with it: what it prints is JSON, a value a line. A new command
that is not called here makes the test fail, as does one that shows something and has no JSON."""

import json
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness import stomp
from tern_command import Tern

DOCUMENT = '<broker xmlns="http://activemq.apache.org/schema/core" startAsync="false"/>'
# They make or take something, or print what is no list of facts.
WITHOUT = {
    "completion", "config convert", "config default", "config sanitize", "decrypt", "encrypt",
    "hash-password", "produce", "producer", "store dump", "store export", "store import",
    "store rekey"}
# They need transactions in doubt: tests/interop/admin/run_xa.py.
ELSEWHERE = {"xa list", "xa commit", "xa rollback", "xa forget"}


class Commands:
    def __init__(self, tern):
        self.tern = tern
        self.called = set()
        self.offered, self.others = self.all()

    def all(self):
        """Commands with `--json` and without it, as the completion of shells knows them."""
        script = self.tern.run("completion", "bash")[0].decode()
        words = dict(re.findall(r"^ +'tern ([^']+)'\) words='([^']*)'", script, re.MULTILINE))
        ends = {path for path in words if not any(one.startswith(f"{path} ") for one in words)}
        offered = {path for path in ends if "--json" in words[path].split()}
        return offered, ends - offered

    def __call__(self, command, *arguments, expect=0, some=True):
        """The values that it prints; there are some, or may be none."""
        self.called.add(command)
        out, _ = self.tern.run(*command.split(), *arguments, "--json", expect=expect)
        values = [json.loads(line) for line in out.decode().splitlines()]
        assert values or not some, f"tern {command} prints nothing"
        return values

    def check_all_were_called(self):
        missing = self.offered - self.called - ELSEWHERE
        assert not missing, f"nobody called {sorted(missing)}"
        of_operators = {one for one in self.others if not one.startswith("rabbitmq ")}
        assert of_operators == WITHOUT, of_operators ^ WITHOUT


def lists(run, connection):
    assert [one["size"] for one in run("queues")] == [3]
    assert run("topics")[0]["name"] == "json.news"
    assert run("subscriptions")[0]["client_id"] == "cook"
    assert run("consumers")[0]["client_id"] == "cook"
    run("sessions", connection, some=False)  # STOMP has none
    run("why queue", "JSON.A")
    run("why subscription", "cook", "daily")
    [message] = run("browse", "-q", "-d", "JSON.A", "-n", 1)
    run("why message", "JSON.A", message["headers"]["JMSMessageID"])
    run("why connection", connection)
    assert run("health", expect=1)[0]["findings"]
    assert "auto" in str(run("listeners list"))
    for command in ("log", "stats", "list", "bstat", "dstat"):
        run(command)
    run("query", "-QQueue=*")
    run("top", "-n", 1, "--every", "1ms")


def changes(run):
    run("create", "JSON.NEW")
    run("pause", "JSON.A")
    run("resume", "JSON.A")
    assert run("copy", "JSON.A", "JSON.B", "--all") == [{"messages": 3}]
    assert run("move", "JSON.B", "JSON.C", "--all") == [{"messages": 3}]
    assert run("retry", "JSON.C", "--all") == [{"messages": 3}]
    # They are where they came from at first.
    assert run("copy", "JSON.A", "JSON.B", "--all") == [{"messages": 6}]
    assert run("delete", "JSON.B", "--all") == [{"messages": 6}]
    run("purge", "JSON.B")
    run("drop", "JSON.NEW")
    [listener] = run("listeners add", "stomp://127.0.0.1:0")
    run("listeners remove", listener["name"])


def messages(run):
    run("trace", "--sampled", "--share", 1, some=False)
    assert len(run("consume", "-q", "-d", "JSON.A", "-n", 2)) == 2
    run.tern.run("producer", "--destination", "JSON.A", "--messageCount", 2)
    run("consumer", "--destination", "queue://JSON.A", "--messageCount", 2)
    assert run("trace", "--sampled")
    run("bench", "-q", "-d", "JSON.BENCH", "-n", 10)


def without_a_broker(run, broker, document):
    [checked] = run("config check", document)
    assert {one["outcome"] for one in checked["report"]} >= {"no effect"}, checked
    assert broker.stop() == 0
    [store] = run("store info", broker.data)
    assert store["messages"] > 0 and store["damages"] == 0 and store["queues"], store
    [checked] = run("store check", broker.data)
    assert checked == {**checked, "messages": store["messages"], "damages": 0}, checked


def rabbitmq(run):
    for command in sorted(run.offered):
        if command.startswith("rabbitmq "):
            run(command, *(["guest"] if command.endswith("list_user_permissions") else []))


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    settings = {"http.listen": "127.0.0.1:0"}
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "activemq.xml"
        document.write_text(DOCUMENT)
        with harness.broker_for(options, settings=settings, listener="auto", with_java=False,
                                document=document) as (broker, _):
            tern = Tern(options.tern, broker.url)
            tern.environment["TERN_HTTP"] = f"http://127.0.0.1:{broker.http_port}"
            commands = Commands(tern)
            tern.produce("JSON.A", ["one", "two", "three"])
            with stomp.Client(broker.port) as cook:
                cook.connect(client_id="cook")
                cook.sync("SUBSCRIBE", destination="/topic/json.news", id=1,
                          activemq__subscriptionName="daily")
                [connection] = commands("connections")
                lists(commands, connection["id"])
                changes(commands)
                commands("config export")
                commands("config reload")
                commands("kill", connection["id"])
            messages(commands)
            without_a_broker(commands, broker, document)
    # Apart: where this API is, everybody has to log in.
    with harness.broker_for(options, settings={"management.listen": "127.0.0.1:0"},
                            listener="auto", with_java=False) as (broker, _):
        tern.environment["TERN_RABBITMQ"] = f"http://guest:guest@127.0.0.1:{broker.management_port}"
        rabbitmq(commands)
    commands.check_all_were_called()


if __name__ == "__main__":
    harness.main(run)
