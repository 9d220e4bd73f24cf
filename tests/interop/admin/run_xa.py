#!/usr/bin/python3
"""Distributed transactions that an operator ends, by the API, by `tern xa` and by ActiveMQ's
MBeans; what their manager, a JMS client, hears of that, also from a broker that was killed."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from api import Api, refused
from harness import options as harness
from tern_command import Tern

# javax.transaction.xa.XAException
ROLLED_BACK, COMMITTED, UNKNOWN = "6", "7", "-4"
BEAN = "org.apache.activemq:type=Broker,brokerName=*,transactionType=RecoveredXaTransaction,*"


class Manager:
    """Speaks with interop.jms.XaPeer."""

    def __init__(self, java, url):
        self.process = subprocess.Popen(java.command("interop.jms.XaPeer", url), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, step, number=0):
        self.process.stdin.write(f"{step} {number}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def kill(self):
        self.process.kill()
        self.process.wait()


def xid_of(number):
    return f"XID:[4711,globalId={str(number).encode().hex()},branchId=62]"


class Story:
    def __init__(self, broker, java, tern):
        self.broker, self.java, self.path = broker, java, tern
        self.connect()

    def connect(self):
        self.api = Api(self.broker.http_port)
        self.tern = Tern(self.path, self.broker.url)
        self.manager = Manager(self.java, self.broker.url)

    def restart(self):
        """The broker is killed, and the manager with it."""
        self.manager.kill()
        self.broker.kill()
        self.broker.start()
        self.connect()

    def command(self, *words, expect=0):
        url = f"http://127.0.0.1:{self.broker.http_port}"
        return self.tern.run(*words, "--http", url, expect=expect)[0].decode()

    def prepare(self, number):
        self.api.post("queues/in/messages", {"body": "work"})
        assert self.manager("prepare", number) == "done"

    def holds(self, **sizes):
        for name, size in sizes.items():
            def found(name=name):
                return self.api.queue(name)["size"]

            harness.settle(lambda: found() == size)
            assert found() == size, f"{name} holds {found()} instead of {size}"

    def states(self):
        return {one["xid"]: one["state"] for one in self.api.get("transactions")["items"]}

    def jolokia(self, operation):
        [bean] = self.api.call("POST", "/api/jolokia", {"type": "search", "mbean": BEAN})["value"]
        answer = self.api.call("POST", "/api/jolokia",
                               {"type": "exec", "mbean": bean, "operation": operation})
        assert answer["status"] == 200, answer


def by_the_api(story):
    story.prepare(1)
    assert story.states() == {xid_of(1): "prepared"}
    path = f"transactions/{quote(xid_of(1), safe='')}"
    refused("in_doubt", story.api.post, f"{path}/forget")
    story.api.post(f"{path}/commit")
    story.holds(**{"in": 0, "out": 1})
    story.restart()
    assert story.states() == {xid_of(1): "committed"}
    assert story.manager("recover") == "1"
    assert story.manager("commit", 1) == COMMITTED
    assert story.manager("rollback", 1) == COMMITTED
    refused("committed", story.api.post, f"{path}/rollback")
    assert story.manager("forget", 1) == "done"
    assert story.manager("recover") == "0"
    assert story.manager("commit", 1) == UNKNOWN
    story.holds(**{"in": 0, "out": 1})


def by_the_command(story):
    story.prepare(2)
    story.restart()
    header, row = story.command("xa", "list").splitlines()
    assert row.split() == [xid_of(2), "prepared", "1", "1"], (header, row)
    assert "rolled back" in story.command("xa", "rollback", xid_of(2))
    story.holds(**{"in": 1, "out": 1})
    assert story.manager("commit", 2) == ROLLED_BACK
    assert "forgotten" in story.command("xa", "forget", xid_of(2))
    assert story.manager("commit", 2) == UNKNOWN
    story.command("xa", "commit", xid_of(2), expect=1)
    story.command("purge", "in")


def by_mbeans(story):
    for number, operation, told, size in ((3, "heuristicCommit", COMMITTED, 2),
                                          (4, "heuristicRollback", ROLLED_BACK, 2)):
        story.prepare(number)
        story.restart()
        story.jolokia(operation)
        story.holds(out=size)
        assert story.manager("commit", number) == told
        assert story.manager("forget", number) == "done"
        assert story.states() == {}


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with harness.broker_for(options, restarts=True,
                            settings={"http.listen": "127.0.0.1:0"}) as (broker, java):
        story = Story(broker, java, options.tern)
        by_the_api(story)
        by_the_command(story)
        by_mbeans(story)
        story.manager.kill()


if __name__ == "__main__":
    harness.main(run)
