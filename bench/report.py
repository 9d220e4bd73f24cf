"""Turns the rounds of a comparison into ratios and a Markdown page."""

import os
import platform
import re
from pathlib import Path
from statistics import median

BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"

# What the project promises for this comparison: scenario, what, and the bound of TernMQ's ratio
# to Classic.
TARGETS = [
    ("p25c25", "rate", "at least", 3.0),
    ("p25c25", "send_p99_us", "at most", 1 / 3),
    ("p25c25", "cpu_per_100k", "at most", 1 / 4),
    ("p25c0", "rate", "at least", 6.0),
    ("p1c1", "rate", "at least", 1.3),
]
NAMES = {"rate": "throughput", "send_p99_us": "send p99", "cpu_per_100k": "broker CPU per message"}


def derive(run, has_consumers):
    """Adds to one run's result what the table is about."""
    messages = run["received"] if has_consumers else run["sent"]
    run["rate"] = run["receive_rate"] if has_consumers else run["send_rate"]
    for who in ("broker", "client"):
        key = "cpu_per_100k" if who == "broker" else "client_cpu_per_100k"
        run[key] = run[f"{who}_cpu_seconds"] / max(1, messages) * 1e5
    others = run["machine_busy_seconds"] - run["client_cpu_seconds"] - run["broker_cpu_seconds"]
    run["others_share"] = max(0, others / run["seconds"] / os.cpu_count())
    return run


class Results:
    """The runs of all rounds, by scenario and system."""

    def __init__(self, runs, failures):
        self.runs = runs
        self.failures = failures

    def of(self, scenario, system):
        found = [r for r in self.runs if (r["scenario"], r["system"]) == (scenario, system)]
        return {run["round"]: run for run in found}

    def median(self, scenario, system, key):
        return median(run[key] for run in self.of(scenario, system).values())

    def ratio(self, scenario, system, base, key):
        """Median of the ratios of the rounds in which both took part; None if there is none."""
        ours, theirs = self.of(scenario, system), self.of(scenario, base)
        ratios = [ours[r][key] / theirs[r][key] for r in ours if r in theirs and theirs[r][key] > 0]
        return median(ratios) if ratios else None


def number(value, places=0):
    return f"{value:,.{places}f}".replace(",", " ")


def times(ratio):
    return "–" if ratio is None else f"{ratio:.2f} ×"


def milliseconds(micros):
    return f"{micros / 1e3:.3f}" if micros < 100 else f"{micros / 1e3:.2f}"


def row(results, scenario, system):
    name = scenario["name"]
    runs = results.of(name, system.name)
    if not runs:
        reason = results.failures.get((name, system.name), "not run")
        return f"| {system.label} | {reason} |" + " |" * 9
    middle = lambda key: results.median(name, system.name, key)
    to_classic = lambda key: times(results.ratio(name, system.name, "classic", key))
    of_limit = results.ratio(name, system.name, "limit", "rate")
    rates = sorted(run["rate"] for run in runs.values())
    cells = [
        system.label,
        number(middle("rate")),
        f"{number(rates[0])}–{number(rates[-1])}",
        to_classic("rate"),
        "–" if of_limit is None else f"{of_limit:.0%}",
        f"{milliseconds(middle('send_p50_us'))} / {milliseconds(middle('send_p99_us'))}",
        to_classic("send_p99_us"),
        number(middle("cpu_per_100k"), 2),
        to_classic("cpu_per_100k"),
        number(middle("client_cpu_per_100k"), 2),
        number(max(run["rss_peak_mib"] for run in runs.values())),
    ]
    return "| " + " | ".join(cells) + " |"


def section(results, scenario, systems):
    head = ["", "msg/s", "range", "to Classic", "of the limit", "send p50 / p99 ms",
            "p99 to Classic", "broker CPU s / 100 k", "to Classic", "client CPU s / 100 k",
            "RSS peak MiB"]
    lines = [f"### {scenario['name']}: {scenario['text']}", "", "| " + " | ".join(head) + " |",
             "|---|" + "--:|" * (len(head) - 1)]
    lines += [row(results, scenario, system) for system in systems
              if scenario["synced"] or system.name != "limit-sync"]
    missing = sum(run.get("lost", 0) for run in results.runs
                  if run["scenario"] == scenario["name"])
    if missing:
        lines += ["", f"**{missing} messages were lost.**"]
    return lines + [""]


def targets(results):
    """Rows of (text, ratio, met) for the promises that this comparison has figures for."""
    rows = []
    for scenario, key, relation, bound in TARGETS:
        ratio = results.ratio(scenario, "ternd", "classic", key)
        if ratio is not None:
            met = ratio >= bound if relation == "at least" else ratio <= bound
            target = f"{scenario}: {NAMES[key]} {relation} {bound:.2f} × Classic's"
            rows.append((target, ratio, met))
    return rows


def machine():
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.+)", cpuinfo)
    return f"{os.cpu_count()} × {model.group(1) if model else platform.machine()}"


def markdown(results, scenarios, systems, conditions):
    others = max((run["others_share"] for run in results.runs), default=0)
    lines = [f"{conditions} on {machine()}. Other processes and the kernel's own threads used at "
             f"most {others:.0%} of the machine in any run.", ""]
    for scenario in scenarios:
        lines += section(results, scenario, systems)
    promised = targets(results)
    if promised:
        lines += ["### Targets", "", "| target | measured | met |", "|---|--:|---|"]
        lines += [f"| {text} | {ratio:.2f} × | {'yes' if met else 'no'} |"
                  for text, ratio, met in promised]
        lines.append("")
    return "\n".join(lines)


def write_page(path, text):
    """Puts the figures between the marks of an existing page, or makes a page of them."""
    page = path.read_text() if path.exists() else ""
    if BEGIN in page and END in page:
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        text = f"{before}{BEGIN}\n\n{text}\n{END}{after}"
    path.write_text(text)
