#!/usr/bin/env python3
"""What being looked at costs: messages per second of a broker with ten thousand queues, with a
console open and Prometheus scraping each second, beside the same broker with nobody looking.

`./dev bench observed --check` fails when more than 3 % is lost."""

import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import http.client
import shutil
import socket
import threading
import time
from statistics import median

import systems
import wire_comparison
from systems import Failed, warn

QUEUES = 10_000
LOSS_MAX = 0.03
LOADS = [
    {"name": "synced", "text": "STOMP, persistent, with receipts, 8 → 8, 1 KiB",
     "load": {"protocol": "stomp", "publishers": 8, "subscribers": 8, "size": 1024, "window": 20,
              "ahead": 2000}},
    {"name": "transient", "text": "AMQP 1.0, settled, 4 → 4, 100 B",
     "load": {"protocol": "amqp", "transient": None, "publishers": 4, "subscribers": 4,
              "size": 100, "ahead": 2000}}]
# What the pages ask for, each so often: the overview, with the events besides, and the queues.
CONSOLE = {"/api/v1/broker": 5, "/api/v1/health": 2,
           "/api/v1/queues?search=&offset=0&limit=50&sort=name": 2}
SCRAPE_SECONDS = 1


class Observers:
    """A console's overview and its list of queues, and a Prometheus: as threads of this process,
    which does next to nothing but wait."""

    def __init__(self, port):
        self.port = port
        self.over = threading.Event()
        self.answers = 0
        self.problems = []
        paths = {**CONSOLE, "/metrics": SCRAPE_SECONDS}
        self.threads = [threading.Thread(target=self.guarded, args=(self.ask, path, every))
                        for path, every in paths.items()]
        self.threads.append(threading.Thread(target=self.guarded, args=(self.listen,)))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def guarded(self, work, *arguments):
        try:
            work(*arguments)
        except (OSError, AssertionError, http.client.HTTPException) as problem:
            self.problems.append(problem)

    def ask(self, path, every):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self.over.is_set():
            began = time.monotonic()
            link.request("GET", path)
            answer = link.getresponse()
            body = answer.read()
            assert answer.status == 200 and body, (path, answer.status)
            self.answers += 1
            self.over.wait(max(0.0, began + every - time.monotonic()))
        link.close()

    def listen(self):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        link.request("GET", "/api/v1/events")
        answer = link.getresponse()
        while not self.over.is_set():
            assert answer.readline(), "the events ended"
            self.answers += 1
        link.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_queues(port, count):
    """A message on each, which stays."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as link:
        frames = ["CONNECT\naccept-version:1.2\nhost:h\n\n\0"]
        frames += [f"SEND\ndestination:/queue/SHOP.{number:05}\n\nwaits\0"
                   for number in range(count)]
        frames.append("DISCONNECT\nreceipt:over\n\n\0")
        link.sendall("".join(frames).encode())
        said = b""
        while b"receipt-id:over" not in said:
            piece = link.recv(65536)
            if not piece:
                raise Failed(f"the queues were not made: {said!r}")
            said = (said + piece)[-4096:]


def measure(arguments, system, port, scenario):
    """Pairs of results, with nobody looking and with all of them, in turns."""
    pairs = []
    wire_comparison.run_load(arguments, system, scenario, 2)
    for index in range(arguments.rounds):
        results = {}
        for looked_at in (False, True) if index % 2 == 0 else (True, False):
            if not looked_at:
                results[False] = wire_comparison.run_load(arguments, system, scenario,
                                                          arguments.seconds)
                continue
            system.resume()
            with Observers(port) as observers:
                results[True] = wire_comparison.run_load(arguments, system, scenario,
                                                         arguments.seconds)
                system.resume()  # for the last answers
            if observers.problems:
                raise Failed(f"nobody could look: {observers.problems}")
            warn(f"{observers.answers} answers to who looked")
        system.pause()
        pairs.append((results[False], results[True]))
        warn(f"{scenario['name']} round {index + 1}: {results}")
    return pairs


def main():
    arguments = wire_comparison.parse_arguments("observed", LOADS)
    wanted = [one for one in LOADS
              if not arguments.scenario or one["name"] in arguments.scenario.split(",")]
    shutil.rmtree(arguments.work, ignore_errors=True)
    port = free_port()
    system = systems.System("ternd", "TernMQ", lambda data: [
        str(arguments.ternd), "--data", str(data), "--listen", "auto=127.0.0.1:0", "--set",
        "http.open=true", "--set", f"http.listen=127.0.0.1:{port}"], listener="auto")
    good = True
    try:
        system.start(arguments.work / "data")
        system.resume()
        make_queues(system.port, QUEUES)
        print("| load | msgs/s, nobody looks | msgs/s, looked at | lost | CPU per message |")
        print("| --- | --: | --: | --: | --: |")
        for scenario in wanted:
            pairs = measure(arguments, system, port, scenario)
            quiet, seen = (median(pair[i]["rate"] for pair in pairs) for i in range(2))
            loss = 1 - median(pair[1]["rate"] / pair[0]["rate"] for pair in pairs)
            spent = median(wire_comparison.per_cpu(pair[0]) / wire_comparison.per_cpu(pair[1])
                           for pair in pairs)
            good = good and loss < LOSS_MAX
            print(f"| {scenario['text']} | {quiet:,.0f} | {seen:,.0f} | {loss:.1%} | "
                  f"{spent:.3f} |", flush=True)
    finally:
        system.stop()
        shutil.rmtree(arguments.work, ignore_errors=True)
    if arguments.check and not good:
        raise Failed("who looks costs too much")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        warn(str(failure))
        sys.exit(1)
