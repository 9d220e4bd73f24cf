#!/usr/bin/env python3
"""What security costs those who may: sends where every one of them is asked for, beside the same
where nobody is; and what a thousand failed logins a second cost the others."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from statistics import median

import systems
import wire_comparison
from systems import Failed, warn

COST = [
    {"name": "qos0", "text": "MQTT, QoS 0, 1 → 1, 100 B",
     "load": {"protocol": "mqtt", "qos": 0, "publishers": 1, "subscribers": 1, "size": 100,
              "ahead": 2000}},
    {"name": "transient", "text": "AMQP 1.0, settled, 1 → 1, 100 B",
     "load": {"protocol": "amqp", "transient": None, "publishers": 1, "subscribers": 1,
              "size": 100, "ahead": 2000}},
    {"name": "synced", "text": "STOMP, persistent, with receipts, 1 → 1, 1 KiB",
     "load": {"protocol": "stomp", "publishers": 1, "subscribers": 1, "size": 1024, "window": 1,
              "ahead": 2000}}]
# Who else works while somebody guesses, at a pace that they can keep, and as fast as it goes. No
# disk: its times change more than what is looked for.
OTHERS = {"protocol": "mqtt", "qos": 0, "publishers": 1, "subscribers": 1, "size": 100,
          "ahead": 2000}
PACE_SHARE = 0.5  # of what they reach without a pace
ATTACKS = {
    "none": ("nobody guesses, once more", None),
    "one": ("one address, one user", []),
    "addresses": ("each from another address, one user", ["--many-addresses"]),
    "names": ("each from another address, another name", ["--many-addresses", "--many-users"])}
GUESSES_PER_SECOND = 1000
SLOWER_MAX = 0.05
RUN_GRACE_SECONDS = 60
LOGINS = 10
LOGIN_SECONDS = 60
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

    def alone(data):
        return pinned(0, [*guarded(data), "--set", "shards=1"])

    return [systems.System("open", "nobody is asked for", open_to_all, listener="auto"),
            systems.System("guarded", "users and a map", guarded, listener="auto"),
            systems.System("alone", "the same on one processor", alone, listener="auto")]


def pinned(processor, words):
    """The broker has one processor to itself, those who load it and who guess the other: so that
    neither takes from others what is not the broker's doing."""
    return ["taskset", "-c", str(processor), *words]


def shard_seconds(pid):
    """What the threads that serve clients have used: lanes only take what is left over."""
    used = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().startswith("shard"):
            used += int((task / "schedstat").read_text().split()[0])
    return used / 1e9


class Others:
    """One run of the others, perhaps while somebody guesses."""

    def __init__(self, arguments, system):
        self.arguments = arguments
        self.system = system

    def guesser(self, seconds, *more):
        return pinned(1, [str(self.arguments.load.with_name("guess_load")), "--port",
                          str(self.system.port), "--per-second", str(GUESSES_PER_SECOND),
                          "--seconds", str(seconds), *more])

    def load(self, seconds, pace):
        """The others at that pace; 0 is as fast as it goes."""
        options = OTHERS if pace == 0 else {**OTHERS, "rate": pace}
        return pinned(1, wire_comparison.load_words(self.arguments, self.system, options, seconds))

    def run(self, way, pace):
        """Their result, with the shard's seconds in each, and that of who guesses."""
        seconds = self.arguments.seconds
        guesser = None
        if ATTACKS[way][1] is not None:
            guesser = subprocess.Popen(
                self.guesser(seconds + self.arguments.warmup, *ATTACKS[way][1]),
                stdout=subprocess.PIPE, text=True)
        used, began = shard_seconds(self.system.process.pid), time.monotonic()
        done = subprocess.run(
            self.load(seconds, pace), capture_output=True, text=True,
            timeout=seconds + RUN_GRACE_SECONDS)
        result = wire_comparison.outcome(done)
        busy = (shard_seconds(self.system.process.pid) - used) / (time.monotonic() - began)
        # What the shard does in a second of its own: that of a processor others use, too, counts.
        result["worth"] = result["rate"] / busy
        guessed = json.loads(guesser.communicate()[0]) if guesser else {"begun": 0, "refused": 0}
        if "error" in guessed:
            raise Failed(guessed["error"])
        return result, guessed

    def pairs(self, way, pace):
        """Rounds with guesses, and right before or after each one without."""
        found = []
        for index in range(self.arguments.rounds):
            turns = {}
            for one in (way, "quiet") if index % 2 else ("quiet", way):
                turns[one] = self.run("none" if one == "quiet" else one, pace)
            found.append((turns[way], turns["quiet"][0]))
            warn(f"{way} {pace:.0f}: {found[-1]}")
        return found


def log_in(port, number):
    """The seconds that it takes with the right password, from a host of its own."""
    began = time.monotonic()
    host = f"127.99.0.{number}"
    with socket.create_connection(("127.0.0.1", port), LOGIN_SECONDS, (host, 0)) as link:
        link.sendall(b"CONNECT\naccept-version:1.2\nlogin:user2\npasscode:root-secret\n\n\0")
        said = link.recv(4096)
    if not said.startswith(b"CONNECTED"):
        raise Failed(f"a right password is refused while others guess: {said}")
    return time.monotonic() - began


def logins(others, pace):
    """How long right passwords take while names are guessed from very many addresses."""
    loading = subprocess.Popen(others.load(LOGIN_SECONDS, pace), stdout=subprocess.DEVNULL)
    guessing = subprocess.Popen(others.guesser(LOGIN_SECONDS, *ATTACKS["names"][1]),
                                stdout=subprocess.DEVNULL)
    try:
        time.sleep(2)
        return [log_in(others.system.port, number) for number in range(1, LOGINS + 1)]
    finally:
        for one in (loading, guessing):
            one.terminate()
            one.wait()


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
    system.resume()
    others = Others(arguments, system)
    others.run("none", 0)
    most = others.run("none", 0)[0]["rate"]
    pace = PACE_SHARE * most
    good = True
    print(f"Others: {pace:.0f} msgs/s, which is half of what they reach; at that their shard has"
          " one processor.\n")
    print("| guesses | begun, refused a second | kept pace | median | slowest 1 % |"
          " as fast as it goes | for a second of the shard |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for way, (text, _) in ATTACKS.items():
        paced, free = others.pairs(way, pace), others.pairs(way, 0)

        def ratio(rounds, key):
            return median(busy[0][key] / quiet[key] for busy, quiet in rounds)

        begun, refused = (median(busy[1][key] for busy, _ in paced) for key in ("begun", "refused"))
        kept, fast, worth = ratio(paced, "rate"), ratio(free, "rate"), ratio(free, "worth")
        usual, slowest = ratio(paced, "median_us"), ratio(paced, "p99_us")
        print(f"| {text} | {begun:.0f}, {refused:.0f} | {kept:.3f} | {usual:.3f} | {slowest:.3f}"
              f" | {fast:.3f} | {worth:.3f} |", flush=True)
        if way != "none":
            # Not `fast`: who guesses takes its time from the load, which shares its processor.
            good = (good and begun > 0.98 * GUESSES_PER_SECOND and worth >= 1 - SLOWER_MAX
                    and kept >= 1 - SLOWER_MAX)
    for where, at in (("at that pace", pace), ("as fast as it goes", 0)):
        took = logins(others, at)
        print(f"\nA right password from a new host, others {where}: {median(took):.2f} s,"
              f" {max(took):.2f} s at most, of {len(took)}")
    return good


def main():
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
        if arguments.scenario != "guesses":
            cost(arguments, chosen[:2])
        good = guesses(arguments, chosen[2])
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
