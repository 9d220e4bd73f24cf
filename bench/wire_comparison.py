"""TernMQ beside another broker under the load of `tern bench`, in turns: what `dev bench mqtt` and
`dev bench stomp` have in common."""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import report
import results
import systems
from systems import Failed, warn

RUN_GRACE_SECONDS = 90


def parse_arguments(name, scenarios):
    parser = argparse.ArgumentParser(prog=f"dev bench {name}")
    parser.add_argument("--scenario", default="", metavar="A,B",
                        help="of " + ", ".join(one["name"] for one in scenarios))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="measured, per run")
    parser.add_argument("--warmup", type=float, default=1, help="seconds before each measurement")
    parser.add_argument("--ternd", type=Path, default=systems.find_binary("ternd"))
    parser.add_argument("--load", type=Path, default=systems.find_binary("tern"),
                        help="the tern command, whose `bench` is the load")
    parser.add_argument("--work", type=Path, default=systems.REPOSITORY / "build" / f"bench-{name}")
    parser.add_argument("--markdown-out", type=Path,
                        help="a page to write, or to fill between its marks")
    parser.add_argument("--json-out", type=Path, help="a file for all figures of all rounds")
    parser.add_argument("--check", action="store_true", help="fail if a target is missed")
    return parser.parse_args()


def idle(connections):
    """The options of a load that is connections that do nothing."""
    return {"idle": connections, "publishers": 0, "subscribers": 0}


def load_words(arguments, system, load, seconds):
    """The command for a load, whose options are in a dict: None is the value of one that has none.
    Connections that do nothing are not waited for."""
    words = [str(arguments.load), "bench", "--json", "--quiet", "--url",
             f"tcp://127.0.0.1:{system.port}", "--broker-pid", str(system.process.pid),
             "--duration", "0" if "idle" in load else str(seconds),
             "--warm-up", "0" if "idle" in load else str(arguments.warmup)]
    for key, value in load.items():
        words += [f"--{key}"] if value is None else [f"--{key}", str(value)]
    return words


def outcome(done):
    """What the comparisons need of a finished load."""
    if not done.stdout:
        raise Failed(f"the load ended with status {done.returncode}: {done.stderr}")
    result = json.loads(done.stdout)
    if "idle" in result:
        return {"rate": result["idle"]["per_second"],
                **{key: result["idle"][key] for key in ("broker_cpu_seconds", "rss_kib_each")}}
    # Of a backlog what counts is how quickly it goes, once it is all there.
    measured = result["drained" if "drained" in result else "measured"]
    times = {f"{name}_us": result["latency_us"][key]
             for name, key in (("median", "p50"), ("p99", "p99")) if "latency_us" in result}
    return {"rate": measured["received_per_second"], "messages": measured["received"],
            "broker_cpu_seconds": measured["broker_cpu_seconds"],
            "client_cpu_seconds": measured["client_cpu_seconds"], "rss_kib": result["rss_kib"],
            "lost": result["total"]["lost"], **times}


def run_load(arguments, system, scenario, seconds):
    load = {**scenario["load"], **scenario.get("load_of", {}).get(system.name, {})}
    words = load_words(arguments, system, load, seconds)
    grace = scenario.get("grace_seconds", RUN_GRACE_SECONDS)
    system.resume()
    try:
        done = subprocess.run(words, capture_output=True, text=True,
                              timeout=seconds + arguments.warmup + grace)
    finally:
        system.pause()
    return outcome(done)


def measure(arguments, chosen, scenario):
    """The results of each round, by system."""
    runs = {system.name: [] for system in chosen}
    # The first connections are those that cost memory; a backlog is its own warming up.
    if "idle" not in scenario["load"] and "backlog" not in scenario["load"]:
        for system in chosen:
            seconds = scenario.get("warm_seconds", {}).get(system.name, 1)
            run_load(arguments, system, scenario, seconds)
    for index in range(1 if "backlog" in scenario["load"] else arguments.rounds):
        for system in chosen if index % 2 == 0 else chosen[::-1]:
            run = run_load(arguments, system, scenario, arguments.seconds)
            runs[system.name].append(run)
            warn(f"{scenario['name']} round {index + 1} {system.name}: {run}")
    return runs


def per_cpu(run):
    return run["messages"] / max(run["broker_cpu_seconds"], 0.01)


def rate(run):
    return run["rate"]


def ratio(runs, base, key):
    return median(key(ours) / max(key(theirs), 1e-9)
                  for ours, theirs in zip(runs["ternd"], runs[base]))


def judge(scenario, runs, base):
    """Rows of a table, and whether the promise is kept."""
    if "idle" in scenario["load"]:
        at_most = scenario.get("kib_at_most", 20)
        each = max(run["rss_kib_each"] for run in runs["ternd"])
        if base not in runs:
            return ("", f"{each:.1f} KiB each", f"≤ {at_most} KiB each", each <= at_most)
        connects = ratio(runs, base, rate)
        theirs = max(run["rss_kib_each"] for run in runs[base])
        met = connects >= 1 and each <= at_most
        return (f"connects {connects:.2f} ×", f"{each:.1f} KiB each ({theirs:.1f})",
                f"connects ≥ 1 ×, ≤ {at_most} KiB each", met)
    speed, cpu = ratio(runs, base, rate), ratio(runs, base, per_cpu)
    bound = scenario["target"]
    met = max(speed, cpu) >= bound
    return (f"{speed:.2f} ×", f"{cpu:.2f} ×", f"≥ {bound} ×", met)


def compare(name, scenarios, make_systems):
    """Runs it all; `make_systems` gives TernMQ and the other."""
    arguments = parse_arguments(name, scenarios)
    wanted = [one for one in scenarios
              if not arguments.scenario or one["name"] in arguments.scenario.split(",")]
    rows, kept, label, found = [], True, "", []
    data = arguments.work / "data"
    for scenario in wanted:
        shutil.rmtree(data, ignore_errors=True)
        both = make_systems(arguments)
        label, base = both[1].label, both[1].name
        chosen = both[:1] if scenario.get("alone") else both
        try:
            for system in chosen:
                system.start(data / system.name)
            runs = measure(arguments, chosen, scenario)
            found.append({**scenario, "base": base, "base_label": label, "runs": runs})
            lost = sum(run.get("lost", 0) for run in runs["ternd"])
            first, second, target, met = judge(scenario, runs, base)
            rows.append(f"| {scenario['text']} | {first} | {second} | {target} | "
                        f"{'yes' if met else 'no'} |" + (f" **{lost} lost**" if lost else ""))
            kept = kept and met and not lost
        except (Failed, OSError, subprocess.TimeoutExpired) as failure:
            warn(f"{scenario['name']}: {failure}")
            rows.append(f"| {scenario['text']} | {failure} | | | no |")
            found.append({**scenario, "base": base, "base_label": label, "failure": str(failure)})
            kept = False
        finally:
            for system in chosen:
                system.stop()
            shutil.rmtree(data, ignore_errors=True)
    page = "\n".join(
        [f"TernMQ to {label}: {arguments.rounds} rounds of {arguments.seconds:g} s each, "
         f"{time.strftime('%Y-%m-%d')}, on {report.machine()}.", "",
         "| load | messages per second | per CPU second of the broker | target | met |",
         "|---|--:|--:|---|---|", *rows, ""])
    print(page)
    if arguments.json_out:
        results.save(arguments.json_out, name,
                     {"rounds": arguments.rounds, "seconds": arguments.seconds,
                      "scenarios": found}, arguments.work)
    if arguments.markdown_out:
        report.write_page(arguments.markdown_out, page)
    return 1 if arguments.check and not kept else 0


def main(name, scenarios, make_systems):
    try:
        sys.exit(compare(name, scenarios, make_systems))
    except Failed as failure:
        warn(str(failure))
        sys.exit(2)
