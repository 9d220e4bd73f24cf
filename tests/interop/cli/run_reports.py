#!/usr/bin/python3
"""What `tern list`, `query`, `bstat`, `dstat` and `browse` print, beside what `activemq` of
Debian's ActiveMQ Classic prints by these names, of brokers that were told the same; and what
`purge` does."""

import contextlib
import functools
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from harness import options as harness
from harness.java import JAR_FOLDER, jar_path
from harness.options import settle
from tern_command import SECONDS, Tern

# Whose values are the same wherever the same was done.
ATTRIBUTES = ("Name,QueueSize,EnqueueCount,DequeueCount,DispatchCount,InFlightCount,ConsumerCount,"
              "ProducerCount,ExpiredCount,ForwardCount,MemoryPercentUsage,CursorFull,DLQ,Paused,"
              "MessageGroups,MessageGroupType,Subscriptions,destinationName,destinationType,"
              "brokerName,type")
# Connectors have these in Classic 6 only.
NEWER = {"Name", "BrokerName"}


class ClassicReports:
    """The command of Classic, and its broker."""

    def __enter__(self):
        path = os.pathsep.join([jar_path(), str(JAR_FOLDER / "activemq-console.jar")])
        self.process = subprocess.Popen(
            ["java", "-cp", path, HERE / "ClassicReports.java"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.url = f"tcp://127.0.0.1:{self.number('port')}"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(SECONDS)
        self.process.stdout.close()

    def number(self, word):
        for line in self.process.stdout:
            if line.startswith(word.encode() + b" "):
                return int(line.split()[1])
        raise AssertionError("ActiveMQ Classic is gone")

    def __call__(self, verb, *words):
        local = ["--amqurl", self.url] if verb == "browse" else ["--jmxlocal"]
        self.process.stdin.write(("\t".join([verb, *local, *words]) + "\n").encode())
        self.process.stdin.flush()
        return self.process.stdout.read(self.number("said")).decode()


class OurReports:
    def __init__(self, broker, program):
        self.tern = Tern(program, broker.url)
        self.tern.environment["TERN_HTTP"] = f"http://127.0.0.1:{broker.http_port}"

    def __call__(self, verb, *words):
        quiet = ["--quiet"] if verb == "browse" else []
        return self.tern.run(verb, *quiet, *words)[0].decode()


def blocks(text):
    """What stands between empty lines: names and values."""
    all_of_it = [dict(line.split(" = ", 1) for line in part.splitlines() if " = " in line)
                 for part in text.split("\n\n") if part.strip()]
    return sorted(all_of_it, key=lambda one: sorted(one.items()))


def rows(text):
    """The headings, and what is about destinations of this test."""
    lines = text.splitlines()
    return [lines[0], *(line for line in lines if line.startswith("REPORT."))]


def prepare(tern, watchers):
    """The same at each broker; `watchers` ends what keeps running."""
    tern.run("produce", "-d", "REPORT.A", "-n", 5, "-m", "soup", "-q")
    # Asked for one by one: how many are sent ahead to one that leaves is chance.
    tern.run("consume", "-d", "REPORT.A", "-n", 2, "--prefetch", 0, "-q")
    tern.run("produce", "-d", "REPORT.B", "-m", "bread", "--property", "table:int=4",
             "--property", "guest=Ada", "--correlation-id", "c-1", "--type", "order",
             "--reply-to", "REPORT.REPLIES", "--non-persistent", "--priority", 7, "-q")
    tern.run("produce", "-d", "REPORT.C", "-n", 3, "-m", "fish", "-q")
    for where in ("REPORT.C", "topic://REPORT.T"):
        watcher = tern.start("consume", "-d", where, "--ack", "none", "--prefetch", 10,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        watchers.callback(watcher.wait)
        watchers.callback(watcher.kill)


def same(ours, classic, form, *words):
    """That both say the same; what may come a little later is waited for."""
    said = []

    def agreed():
        said[:] = [form(classic(*words)), form(ours(*words))]
        return said[0] == said[1]

    settle(agreed)
    assert said[0] == said[1], f"{' '.join(words)}\nActiveMQ: {said[0]}\ntern: {said[1]}"
    return said[0]


def tables(ours, classic):
    def taken(said):
        shown = said("dstat", "queues")
        return re.search(r"^REPORT.C +3 +0 +1 +3 +0 +0 +0 +3$", shown, re.MULTILINE)

    for said in (ours, classic):
        settle(functools.partial(taken, said))
        assert taken(said), said("dstat", "queues")
    for words in (["queues"], ["topics"], []):
        shown = same(ours, classic, rows, "dstat", *words)
        assert len(shown) > 1, shown


def attributes(ours, classic):
    same(ours, classic, str, "list")
    same(ours, classic, blocks, "query", "-QQueue=REPORT.A", "--view", ATTRIBUTES)
    shown = same(ours, classic, blocks, "query", "-QQueue=REPORT.*", "-xQQueue=REPORT.?",
                 "--view", "Name")
    assert shown == [], shown
    shown = same(ours, classic, blocks, "query", "-QQueue=REPORT.*", "-xQQueue=*.A", "--view",
                 "Name,QueueSize")
    assert {"Name": "REPORT.B", "QueueSize": "1"} in shown and len(shown) == 2, shown
    same(ours, classic, blocks, "query", "--objname", "type=Broker,brokerName=*", "--view",
         "BrokerName,TotalMessageCount")
    # All that there is: names of ours are names of theirs.
    [theirs] = blocks(classic("query", "-QQueue=REPORT.A"))
    [mine] = blocks(ours("query", "-QQueue=REPORT.A"))
    known = (HERE.parent / "admin" / "classic_mbeans.txt").read_text()
    newer = set(re.findall(r"\+(\w+)", known))
    assert mine.keys() - theirs.keys() <= newer, mine.keys() - theirs.keys()


def summary(ours, classic):
    def without_newer(text):
        kept = []
        for block in blocks(text):
            if "connectorName" in block:
                block = {key: value for key, value in block.items() if key not in NEWER}
            kept.append(block)
        return kept

    def destinations(text):
        return [one for one in without_newer(text) if one.get("Name", "").startswith("REPORT.")]

    def connectors(text):
        return [one for one in without_newer(text) if "connectorName" in one][:1]

    def broker(text):
        [one] = [one for one in blocks(text) if "TotalMessageCount" in one]
        uptime = one.pop("Uptime")
        assert re.fullmatch(r"[\d.]+ \w+( [\d.]+ \w+)*", uptime), uptime
        # Advisories count, and these depend on the broker.
        del one["TotalEnqueueCount"]
        return one

    for form in (destinations, connectors, broker):
        assert same(ours, classic, form, "bstat")


def messages(ours, classic):
    def fields(text):
        all_of_it = blocks(text)
        for block in all_of_it:
            for key in ("JMSMessageID", "JMSTimestamp"):
                if value := block.pop(f"JMS_HEADER_FIELD:{key}", ""):
                    assert re.fullmatch(r"\d+|ID:.*", value), value
        return sorted(sorted(block.items()) for block in all_of_it)

    for words in (["REPORT.A"], ["REPORT.B"], ["-Vheader", "REPORT.B"], ["-Vbody", "REPORT.A"],
                  ["-Vcustom", "queue:REPORT.B"], ["--msgsel", "guest='Ada'", "REPORT.B"],
                  ["--msgsel", "guest='Bob'", "REPORT.B"]):
        same(ours, classic, fields, "browse", *words)


def purge(ours, classic):
    for said in (ours, classic):
        said("purge", "REPORT.A")
    same(ours, classic, rows, "dstat", "queues")


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"},
                            with_java=False) as (broker, _), \
            ClassicReports() as classic, contextlib.ExitStack() as watchers:
        ours = OurReports(broker, options.tern)
        prepare(ours.tern, watchers)
        prepare(Tern(options.tern, classic.url), watchers)
        for story in (tables, attributes, summary, messages, purge):
            story(ours, classic)


if __name__ == "__main__":
    harness.main(run)
