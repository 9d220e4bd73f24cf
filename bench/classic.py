#!/usr/bin/env python3
"""TernMQ beside ActiveMQ Classic, ActiveMQ 6 and the limit server, under the same JMS load.

All take turns. ActiveMQ 6 comes from Maven Central; `--only` leaves it out where there is none.

The method is described in docs/benchmarks.md. Exit status: 0 if everything asked for was
measured, 1 if something failed (or, with --check, a target was missed), 2 for a wrong call.
"""

import argparse
import shutil
import signal
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import report
import results as documents
import systems
from systems import Failed, warn

# `synced`: a confirm means that the message is on disk. `consumers`: what is counted is what
# arrives, not what is sent.
SCENARIOS = [
    {"name": "p25c25", "synced": True, "consumers": True,
     "text": "25 producers, 25 consumers, one queue, persistent, each send confirmed"},
    {"name": "p25c0", "synced": True, "consumers": False,
     "text": "25 producers, no consumer, one queue, persistent, each send confirmed"},
    {"name": "p1c1", "synced": True, "consumers": True,
     "text": "1 producer, 1 consumer, one queue, persistent, each send confirmed"},
    {"name": "topic1to10", "synced": False, "consumers": True,
     "text": "1 publisher, 10 subscribers, non-persistent; deliveries are counted"},
    {"name": "topic1to10-persistent", "synced": False, "consumers": True,
     "text": "1 publisher, 10 non-durable subscribers, persistent, each send confirmed; "
             "deliveries are counted, nothing has to be stored"},
    {"name": "tx100", "synced": True, "consumers": True,
     "text": "25 producers, 25 consumers, one queue, persistent, transactions of 100 on both "
             "sides; times are of commits"},
    {"name": "p25c25-transient", "synced": False, "consumers": True,
     "text": "25 producers, 25 consumers, one queue, non-persistent, unconfirmed sends, at most "
             "20 000 ahead of the consumers"},
]
SYSTEM_NAMES = ["ternd", "classic", "activemq6", "limit", "limit-sync"]
JAVA_BROKERS = ("classic", "activemq6")  # which get quicker as they run
RUN_GRACE_SECONDS = 120  # for connecting, draining and comparing, on top of a run's own seconds


def parse_arguments():
    parser = argparse.ArgumentParser(prog="dev bench classic", description=__doc__.split("\n")[0])
    names = [scenario["name"] for scenario in SCENARIOS]

    def choice(allowed):
        def parse(text):
            chosen = text.split(",")
            for name in chosen:
                if name not in allowed:
                    raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(allowed)}")
            return chosen
        return parse

    parser.add_argument("--only", type=choice(SYSTEM_NAMES), default=SYSTEM_NAMES,
                        metavar="A,B", help="systems: " + ", ".join(SYSTEM_NAMES))
    parser.add_argument("--scenario", type=choice(names), default=names, metavar="A,B",
                        help="scenarios: " + ", ".join(names))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="measured, per run")
    parser.add_argument("--warmup", type=float, default=3, help="seconds before each measurement")
    parser.add_argument("--classic-warmup", type=float, default=20,
                        help="seconds that ActiveMQ is under load before its first round")
    parser.add_argument("--minutes", type=float, default=60, help="start no run after so long")
    parser.add_argument("--ternd", type=Path, default=systems.find_binary("ternd"))
    parser.add_argument("--limit-server", type=Path, default=systems.find_binary("limit_server"))
    parser.add_argument("--work", type=Path, default=systems.REPOSITORY / "build" / "bench-classic",
                        help="data directories go here; use the disk that is to be measured")
    parser.add_argument("--json-out", type=Path, help="default: result.json in the work directory")
    parser.add_argument("--markdown-out", type=Path,
                        help="a page to write, or to fill between its marks")
    parser.add_argument("--check", action="store_true", help="fail if a target is missed")
    return parser.parse_args()


class Comparison:
    """Runs scenario after scenario, in each of them round after round, and collects results."""

    def __init__(self, arguments, chosen, classes):
        self.arguments = arguments
        self.systems = chosen
        self.classes = classes
        self.client = None
        self.deadline = time.monotonic() + arguments.minutes * 60
        self.runs = []
        self.failures = {}

    def run(self):
        for scenario in SCENARIOS:
            if scenario["name"] in self.arguments.scenario:
                self.run_scenario(scenario)
        return report.Results(self.runs, self.failures)

    def run_scenario(self, scenario):
        part = [s for s in self.systems if scenario["synced"] or s.name != "limit-sync"]
        directory = self.arguments.work / "data"
        shutil.rmtree(directory, ignore_errors=True)
        try:
            for system in part:
                self.attempt(scenario, system, lambda s=system: s.start(directory / s.name))
            for system in part:
                self.attempt(scenario, system, lambda s=system: self.warm_up(scenario, s))
            for index in range(self.arguments.rounds):
                first = index % len(part)
                for system in part[first:] + part[:first]:
                    self.attempt(scenario, system,
                                 lambda s=system: self.measure(scenario, s, index))
        finally:
            for system in part:
                system.stop()
            if self.client is not None:
                self.client.stop()
                self.client = None
            shutil.rmtree(directory, ignore_errors=True)

    def attempt(self, scenario, system, action):
        """After a failure the system takes no further part in the scenario."""
        key = (scenario["name"], system.name)
        if key in self.failures:
            return
        try:
            if time.monotonic() > self.deadline:
                raise Failed(f"the {self.arguments.minutes:g} minutes were over")
            action()
        except (Failed, OSError) as failure:
            warn(f"{key[0]} {key[1]}: {failure}")
            self.failures[key] = str(failure)
            if self.client is not None:  # its clients may be stuck
                self.client.stop()
                self.client = None

    def warm_up(self, scenario, system):
        seconds = self.arguments.warmup
        if system.name in JAVA_BROKERS:
            seconds = max(seconds, self.arguments.classic_warmup)
        self.load(scenario, system, seconds, 1)

    def load(self, scenario, system, warm_up, seconds):
        if self.client is None:
            self.client = systems.LoadClient(self.classes)
        system.resume()
        try:
            return self.client.run(
                warm_up + seconds + RUN_GRACE_SECONDS,
                url=f"tcp://127.0.0.1:{system.port}",
                scenario=scenario["name"],
                warmup=warm_up,
                seconds=seconds,
                broker_pid=system.process.pid,
                # The limit server throws away what nobody consumes.
                drain=str(not system.name.startswith("limit")).lower())
        finally:
            system.pause()

    def measure(self, scenario, system, index):
        run = self.load(scenario, system, self.arguments.warmup, self.arguments.seconds)
        report.derive(run, scenario["consumers"])
        run.update(system=system.name, round=index, rss_peak_mib=system.rss_peak_mib())
        self.runs.append(run)
        warn(f"{scenario['name']} round {index + 1} {system.name}: {run['rate']:.0f} msg/s, "
             f"p99 {run['send_p99_us'] / 1e3:.2f} ms, broker {run['cpu_per_100k']:.2f} CPU s/100k, "
             f"others {run['others_share']:.0%}")
        for kind in ("lost", "duplicates", "invented", "misordered"):
            if run.get(kind):
                warn(f"  {run[kind]} messages {kind}")
        if scenario["synced"] and run.get("lost"):
            raise Failed(f"lost {run['lost']} persistent messages")


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything is cleaned up
    classes = arguments.work / "classes"
    try:
        systems.compile_load(classes)
        chosen = systems.make_systems(arguments.only, arguments.ternd, arguments.limit_server,
                                      classes)
        for name, path in (("ternd", arguments.ternd), ("limit", arguments.limit_server)):
            if any(s.name.startswith(name) for s in chosen) and not path.exists():
                raise Failed(f"{path} is missing: build it first, or leave it out with --only")
    except Failed as failure:
        warn(str(failure))
        return 2
    results = Comparison(arguments, chosen, classes).run()
    conditions = (f"{arguments.rounds} rounds of {arguments.seconds:g} s each, "
                  f"{time.strftime('%Y-%m-%d')},")
    shown = [scenario for scenario in SCENARIOS if scenario["name"] in arguments.scenario]
    page = report.markdown(results, shown, chosen, conditions)
    print(page)
    if arguments.markdown_out:
        report.write_page(arguments.markdown_out, page)
    json_out = arguments.json_out or arguments.work / "result.json"
    documents.save(json_out, "classic", {"rounds": arguments.rounds, "seconds": arguments.seconds,
                                         "runs": results.runs, "failures": [
                                             [*key, why] for key, why in results.failures.items()]},
                   arguments.work)
    if results.failures:
        return 1
    promised = report.targets(results)
    if arguments.check and not (promised and all(met for _, _, met in promised)):
        warn("a target was missed, or none was measured")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
