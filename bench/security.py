#!/usr/bin/env python3
"""What security costs those who may: sends where every one of them is asked for, beside the same
where nobody is; and what a thousand failed logins a second cost the others."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import selectors
import shutil
import socket
import subprocess
import time
from statistics import median

import systems
import wire_comparison
from systems import Failed, warn

COST = [
    {"name": "qos0", "text": "MQTT, QoS 0, 1 → 1, 100 B",
     "load": {"protocol": "mqtt", "qos": 0, "publishers": 1, "subscribers": 1, "bytes": 100,
              "ahead": 2000}},
    {"name": "transient", "text": "AMQP 1.0, settled, 1 → 1, 100 B",
     "load": {"protocol": "amqp", "settled": "true", "publishers": 1, "subscribers": 1,
              "bytes": 100, "ahead": 2000}},
    {"name": "synced", "text": "STOMP, persistent, with receipts, 1 → 1, 1 KiB",
     "load": {"protocol": "stomp", "publishers": 1, "subscribers": 1, "bytes": 1024, "window": 1,
              "ahead": 2000}}]
# Who else works while somebody guesses: each send waits for its receipt.
OTHERS = {"name": "others", "load": {"protocol": "stomp", "publishers": 4, "subscribers": 1,
                                     "bytes": 1024, "window": 1, "ahead": 2000}}
ATTACKS = {"one": "one address guesses one user's password",
           "many": "each guess from another address for another user, whose hash is compared"}
GUESSES_PER_SECOND = 1000
SLOWER_MAX = 0.05
USER = '<authenticationUser username="{}" password="{}" groups="users"/>'
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <simpleAuthenticationPlugin anonymousAccessAllowed="true"><users>{users}</users>
  </simpleAuthenticationPlugin>
  <authorizationPlugin><map><authorizationMap><authorizationEntries>
    {entries}
    <authorizationEntry queue=">" read="anonymous" write="anonymous" admin="anonymous"/>
    <authorizationEntry topic=">" read="anonymous" write="anonymous" admin="anonymous"/>
  </authorizationEntries></authorizationMap></map></authorizationPlugin>
</plugins></broker>
"""
ENTRIES = 50


def write_document(path, tern):
    """Users with hashes, and a map in which the entry that counts comes last."""
    hashed = subprocess.run([str(tern), "hash-password"], input="root-secret\n", text=True,
                            stdout=subprocess.PIPE, check=True).stdout.split()[-1]
    users = "".join(USER.format(f"user{number}", hashed) for number in range(3))
    entries = "".join(
        f'<authorizationEntry {domain}="other.{number}.>" read="g{number}" write="g{number}"'
        f' admin="g{number}"/>' for domain in ("queue", "topic") for number in range(ENTRIES))
    path.write_text(DOCUMENT.format(users=users, entries=entries))


def make_systems(arguments, document):
    def open_to_all(data):
        return [str(arguments.ternd), "--data", str(data), "--listen", "auto=127.0.0.1:0"]

    def guarded(data):
        return [*open_to_all(data), "--config", str(document)]

    return [systems.System("open", "nobody is asked for", open_to_all, listener="auto"),
            systems.System("guarded", "users and a map", guarded, listener="auto")]


class Guesser:
    """Logs in wrongly, so many times a second, over connections of its own; in this process, so
    that it takes its time from the load and not from the broker."""

    def __init__(self, port, way):
        self.port = port
        self.way = way
        self.selector = selectors.DefaultSelector()
        self.started = self.answered = 0

    def start_one(self):
        self.started += 1
        link = socket.socket()
        link.setblocking(False)
        user, address = "user1", "127.0.0.9"
        if self.way == "many":
            user = f"guess{self.started}"
            address = f"127.{1 + self.started % 200}.{self.started // 200 % 250}.9"
        link.bind((address, 0))
        link.connect_ex(("127.0.0.1", self.port))
        frame = (f"CONNECT\naccept-version:1.2\nlogin:{user}\npasscode:guessed-secret\n\n\0")
        self.selector.register(link, selectors.EVENT_WRITE, frame.encode())

    def step(self, until):
        for key, events in self.selector.select(max(0.0, until - time.monotonic())):
            link = key.fileobj
            if events & selectors.EVENT_WRITE:
                link.send(key.data)
                self.selector.modify(link, selectors.EVENT_READ)
                continue
            try:
                said = link.recv(4096)
            except OSError:
                said = b""
            if said.startswith(b"CONNECTED"):
                raise Failed("a guess was right")
            self.answered += 1
            self.selector.unregister(link)
            link.close()

    def run(self, seconds):
        """How many were refused each second."""
        began = time.monotonic()
        while (now := time.monotonic()) < began + seconds:
            # No more than wait for their answers anyway.
            while self.started < (now - began) * GUESSES_PER_SECOND and len(
                    self.selector.get_map()) < 500:
                self.start_one()
            self.step(now + 0.002)
        rate = self.answered / seconds
        for key in list(self.selector.get_map().values()):
            self.selector.unregister(key.fileobj)
            key.fileobj.close()
        return rate


def run_others(arguments, system, way):
    """The others' result, and how many guesses were refused each second meanwhile."""
    total = arguments.warmup + arguments.seconds
    attacker = None
    if way:
        attacker = subprocess.Popen(
            [sys.executable, "-B", __file__, "--guess", way, "--port", str(system.port),
             "--seconds", str(total + 1)], stdout=subprocess.PIPE, text=True)
    try:
        run = wire_comparison.run_load(arguments, system, OTHERS, arguments.seconds)
    finally:
        said = attacker.communicate()[0] if attacker else "0"
    return run, float(said)


def cost(arguments, chosen):
    print("| load | msgs/s of those without | CPU per message of that without |")
    print("| --- | --- | --- |")
    for scenario in COST:
        runs = wire_comparison.measure(arguments, chosen, scenario)
        pairs = list(zip(runs["guarded"], runs["open"]))
        rate = median(ours["rate"] / theirs["rate"] for ours, theirs in pairs)
        spent = median(wire_comparison.per_cpu(theirs) / wire_comparison.per_cpu(ours)
                       for ours, theirs in pairs)
        print(f"| {scenario['text']} | {rate:.3f} | {spent:.3f} |", flush=True)


def guesses(arguments, system):
    """True if the others are not slowed by more than the target."""
    good = True
    print("| guesses | refused a second | others' msgs/s | without | slower by |")
    print("| --- | --- | --- | --- | --- |")
    run_others(arguments, system, None)
    for way, text in ATTACKS.items():
        rows = []
        for _ in range(arguments.rounds):
            quiet, _ = run_others(arguments, system, None)
            busy, refused = run_others(arguments, system, way)
            rows.append((refused, busy["rate"], quiet["rate"]))
            warn(f"{way}: {rows[-1]}")
        refused, busy, quiet = (median(row[i] for row in rows) for i in range(3))
        slower = 1 - median(row[1] / row[2] for row in rows)
        good = good and slower <= SLOWER_MAX
        print(f"| {text} | {refused:.0f} | {busy:.0f} | {quiet:.0f} | {slower:.1%} |", flush=True)
    return good


def main():
    if "--guess" in sys.argv:
        words = dict(zip(sys.argv[1::2], sys.argv[2::2]))
        guesser = Guesser(int(words["--port"]), words["--guess"])
        print(guesser.run(float(words["--seconds"])))
        return
    arguments = wire_comparison.parse_arguments("security", COST)
    if arguments.work.exists():
        shutil.rmtree(arguments.work)
    arguments.work.mkdir(parents=True)
    document = arguments.work / "activemq.xml"
    write_document(document, arguments.ternd.with_name("tern"))
    chosen = make_systems(arguments, document)
    try:
        for system in chosen:
            system.start(arguments.work / system.name)
        cost(arguments, chosen)
        good = guesses(arguments, chosen[1])
    finally:
        for system in chosen:
            system.stop()
    if arguments.check and not good:
        raise Failed("others are slowed by guesses")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        print(failure, file=sys.stderr)
        sys.exit(1)
