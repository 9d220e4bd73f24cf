#!/usr/bin/env python3
"""Makes docs/benchmarks/README.md and its plots of the results that lie beside it."""

import json
import sys
from pathlib import Path
from statistics import median

sys.dont_write_bytecode = True  # nothing of a run stays in the source tree

import plots
import report
import wire_comparison
from classic import SCENARIOS as JMS_SCENARIOS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"
WIRE = ("openwire", "stomp", "mqtt", "nats", "amqp", "amqp091")
NAMES = {"openwire": "OpenWire, native load", "stomp": "STOMP", "mqtt": "MQTT",
         "nats": "NATS and JetStream", "amqp": "AMQP 1.0",
         "amqp091": "AMQP 0-9-1"}
INTRODUCTION = """# Results

Made by `./dev bench all`; [how it is measured](../benchmarks.md) stands elsewhere, and what a user
measures in [a guide](../guides/bench.md). A rate says more about the machine than about a broker:
what counts are ratios between programs that took turns in one run on one machine, with the same
load and, unless it is said, the same durability. Figures are medians, with the least and the most
of all rounds behind them; a ratio is the median of the rounds' ratios. What a part was measured
with stands under its heading; `./dev bench all --part NAME --again` measures it anew.

"""
# What has to hold of TernMQ to ActiveMQ Classic under the JMS load: scenario, key, relation, bound.
JMS_TARGETS = (("p25c25", "rate", "at least", 3.5), ("p25c25", "send_p99_us", "at most", 0.25),
               ("p25c25", "cpu_per_100k", "at most", 0.2), ("p25c0", "rate", "at least", 8),
               ("p1c1", "rate", "at least", 1.5), ("p25c25-transient", "rate", "at least", 3.5))
JMS_NAMES = {"rate": "messages a second", "send_p99_us": "p99 of a send",
             "cpu_per_100k": "processor time of the broker a message"}
# Of each curve: the axis, what is drawn (key, name), logarithmic upwards, and what to see in it.
CURVES = {
    "queues": ("queues, of 1,000 publishers and 1,000 subscribers",
               (("rate", "messages a second"), ("broker_cpu_us", "µs of the broker a message")),
               False, "The number of queues by itself costs nothing: transient messages are as "
               "cheap on a thousand queues as on ten. A thousand consumers of one queue cost "
               "more, and so do persistent messages where each queue has one publisher and one "
               "consumer, who wait for each other."),
    "connections": ("idle connections beside ten that work",
                    (("rate", "messages a second"), ("rss_mib", "memory in MiB")), False,
                    "Who does nothing costs memory and no time."),
    "active": ("connections that send or receive",
               (("rate", "messages a second"), ("broker_cpu_us", "µs of the broker a message")),
               False, "With more clients that each wait for a confirm more messages share a "
               "sync; with thousands each read and each write carries less, and costs more."),
    "sizes": ("bytes of a message", (("rate", "messages a second"), ("mib_s", "MiB a second")),
              True, "Small messages are bound by what one costs, large ones by the disk, or by "
              "copying them through sockets."),
    "shards": ("shards", (("rate", "messages a second"), ("broker_cpu_us",
                                                          "µs of the broker a message")), False,
               "Broker and load share two processors here: persistent messages win a third by more "
               "shards. Transient ones are as quick on two as on one; with more shards than "
               "processors they wait for each other's turns."),
    "backlog": ("messages that wait", (("rss_growth_mib", "memory in MiB"),
                                       ("fill_rate", "messages a second, sent"),
                                       ("drain_rate", "messages a second, taken"),
                                       ("p99_us", "p99 of another queue in µs")), False,
                "What waits lies on disk, about a byte of memory a message; other queues do not "
                "notice it."),
}


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(values, scale=1):
    values = [value * scale for value in values]
    return f"{number(median(values))} ({number(min(values))}–{number(max(values))})"


def load(folder, name):
    path = Path(folder) / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1),
            *("| " + " | ".join(row) + " |" for row in rows), ""]


def conditions(document):
    machine = document["machine"]
    return (f"{document['date']}, {machine['processors']}, {machine['memory_gib']} GiB, Linux "
            f"{machine['kernel']}, {machine['file_system']}, {machine['compiler']}, "
            f"commit {machine['commit']}; {document['rounds']} rounds.")


class Page:
    def __init__(self, folder):
        self.results = Path(folder)
        self.lines = []
        self.targets = []  # (what, measured, wanted, met)

    def plot(self, name, text, svg):
        (FOLDER / f"{name}.svg").write_text(svg)
        self.lines += [f"![{text}]({name}.svg)", ""]

    def target(self, what, measured, relation, bound, unit, met):
        sign = "≥" if relation == "at least" else "≤"
        self.targets.append((what, f"{number(measured)} {unit}".strip(),
                             f"{sign} {bound:g} {unit}".strip(), "yes" if met else "**no**"))

    def classic(self):
        document = load(self.results, "classic")
        if document is None:
            return
        runs = report.Results(document["runs"], {})
        for scenario, key, relation, bound in JMS_TARGETS:
            ratio = runs.ratio(scenario, "ternd", "classic", key)
            if ratio is not None:
                met = ratio >= bound if relation == "at least" else ratio <= bound
                self.target(f"JMS {scenario}: {JMS_NAMES[key]}, to Classic's", ratio, relation,
                            bound, "×", met)
        self.lines += ["## JMS beside ActiveMQ Classic", "", conditions(document), ""]
        bars = [(one["name"], ratio, next((bound for name, key, _, bound in JMS_TARGETS
                                           if (name, key) == (one["name"], "rate")), None))
                for one in JMS_SCENARIOS
                if (ratio := runs.ratio(one["name"], "ternd", "classic", "rate"))]
        self.plot("classic", "messages a second to Classic's",
                  plots.bars("JMS: messages a second, to Classic's", bars))
        rows = []
        for one in JMS_SCENARIOS:
            for system in ("ternd", "classic", "activemq6", "limit", "limit-sync"):
                mine = list(runs.of(one["name"], system).values())
                if not mine:
                    continue
                key = lambda name: [run[name] for run in mine]
                rows.append((one["name"], system, spread(key("rate")),
                             f"{number(median(key('send_p50_us')))} / "
                             f"{number(median(key('send_p99_us')))}",
                             spread(key("cpu_per_100k"), 10),
                             spread(key("client_cpu_per_100k"), 10),
                             number(max(key("rss_peak_mib")))))
        self.lines += table(("load", "", "messages a second", "send p50 / p99 µs",
                             "broker µs a message", "client µs a message", "peak MiB"), rows)

    def wire(self, name):
        document = load(self.results, name)
        if document is None:
            return
        self.lines += [f"## {NAMES[name]}", "", conditions(document), ""]
        bars, rows, idle = [], [], []
        for one in document["scenarios"]:
            if "failure" in one:
                rows.append((one["text"], one["base_label"], one["failure"], "", "", "", ""))
                continue
            if "idle" in one["load"]:
                idle += self.idle(one)
                continue
            ratio = wire_comparison.ratio(one["runs"], one["base"], wire_comparison.rate)
            bars.append((one["text"].removesuffix(", 1 KiB"), ratio, one["target"]))
            self.targets.append(self.judged(NAMES[name], one, ratio))
            for system, runs in one["runs"].items():
                label = "TernMQ" if system == "ternd" else one["base_label"]
                rows.append((one["text"], label, spread([run["rate"] for run in runs]),
                             *("" if key not in runs[0] else spread([run[key] for run in runs])
                               for key in ("median_us", "p99_us")),
                             spread([1e6 * run["broker_cpu_seconds"] / max(1, run["messages"])
                                     for run in runs]),
                             number(max(run["rss_kib"] for run in runs) / 1024)))
        if bars:
            self.plot(name, f"{NAMES[name]}: messages a second to the peer's",
                      plots.bars(f"{NAMES[name]}: messages a second, to the peer's", bars))
            self.lines += table(("load", "", "messages a second", "p50 µs", "p99 µs",
                                 "broker µs a message", "MiB"), rows)
        if idle:
            self.lines += table(("idle", "", "KiB each", "connects a second"), idle)

    @staticmethod
    def judged(protocol, one, ratio):
        """Where client or disk are the limit, it is the broker's processor time that tells."""
        cpu = wire_comparison.ratio(one["runs"], one["base"], wire_comparison.per_cpu)
        met = "yes" if ratio >= one["target"] else "by processor time"
        return (f"{protocol}, {one['text']}: messages a second, to {one['base_label']}",
                f"{ratio:.3g} × ({cpu:.3g} × by processor time)", f"≥ {one['target']:g} ×",
                met if max(ratio, cpu) >= one["target"] else "**no**")

    def idle(self, one):
        at_most = one.get("kib_at_most", 20)
        for system, runs in one["runs"].items():
            each = [run["rss_kib_each"] for run in runs]
            label = "TernMQ" if system == "ternd" else one["base_label"]
            yield (one["text"], label, spread(each), spread([run["rate"] for run in runs]))
            if system == "ternd":
                self.target(f"{one['text']} ({one['load']['protocol']}): memory of each",
                            max(each), "at most", at_most, "KiB", max(each) <= at_most)

    def alone(self):
        document = load(self.results, "alone")
        if document is None:
            return
        self.lines += ["## Without a peer", "", conditions(document), ""]
        rows = []
        for one in document["figures"]:
            rows.append((one["what"], f"{spread(one['values'])} {one['unit']}"))
            if "bound" in one:
                self.target(one["what"], median(one["values"]), one["relation"], one["bound"],
                            one["unit"], one["met"])
        self.lines += table(("what", "median (range)"), rows)

    def curve(self, name):
        document = load(self.results, f"curve-{name}")
        if document is None:
            return
        axis, drawn, log_y, sentence = CURVES[name]
        self.lines += [f"## {document['about']}", "", sentence + " " + conditions(document), ""]
        middles = {}
        for one in document["points"]:
            middles.setdefault((one["series"], one["x"]), []).append(one)
        for key, title in drawn:
            series = {}
            for (kind, x), ones in middles.items():
                if key in ones[0] and (x > 0 or key not in ("fill_rate", "drain_rate")):
                    series.setdefault(kind, []).append((x, median(one[key] for one in ones)))
            self.plot(f"{name}-{key}", f"{title} by {axis}",
                      plots.curves(title, axis, title, series, log_x=name != "shards",
                                   log_y=log_y))
        rows = [(f"{kind}, {x:,}", *(spread([one.get(key, 0) for one in ones]) for key in
                                      ("rate", "broker_cpu_us", "p99_us", "rss_mib")))
                for (kind, x), ones in middles.items()]
        self.lines += table((axis, "messages a second", "broker µs a message", "p99 µs", "MiB"),
                            rows)

    def latency(self):
        document = load(self.results, "latency-load")
        if document is not None:
            self.lines += ["## How late messages are under load", "",
                           "Each counts from when it was due. The shares are of the most that went "
                           "through in the same round, with senders that wait for nobody; at four "
                           "fifths of that, senders that keep to their times and two shards do not "
                           "fit into two processors any more, and messages queue up. "
                           + conditions(document), ""]
            groups = {}
            for one in document["runs"]:
                groups.setdefault((one["kind"], one["share"]), []).append(one)
            rows = [(f"{kind}, {share:.0%} of the most",
                     spread([one["rate"] for one in ones]),
                     *(spread([one[f"{key}_ms"] for one in ones]) for key in
                       ("p50", "p99", "p99.9", "max")),
                     spread([one["broker_cpu_us"] for one in ones]))
                    for (kind, share), ones in groups.items()]
            self.lines += table(("load", "messages a second", "p50 ms", "p99 ms", "p99.9 ms",
                                 "max ms", "broker µs a message"), rows)
        document = load(self.results, "latency-pauses")
        if document is None:
            return
        self.lines += ["## Pauses", "",
                       "The longest that a message took in each second of a long run at half of "
                       "the most. Meanwhile another program synced 4 KiB to the same disk and went "
                       "to sleep for 20 ms, again and again: what was late there was not the "
                       "broker. "
                       + conditions({**document, "rounds": 1}), ""]
        rows = []
        for one in document["runs"]:
            witness = one["witness"]
            self.plot(f"pauses-{one['kind']}", f"longest times, {one['kind']}",
                      plots.curves(f"{one['kind']}: the longest of each second", "seconds", "ms",
                                   {"until received": one["intervals"]}, log_x=False))
            rows.append((f"{one['kind']}, {one['rate']:,.0f}/s for {one['seconds']} s",
                         *(f"{one[f'{key}_ms']:.2f}" for key in ("p99", "p99.9", "max")),
                         f"{witness['sync']['max_ms']:.1f}", f"{witness['wake']['max_ms']:.1f}"))
        self.lines += table(("load", "p99 ms", "p99.9 ms", "max ms", "the witness's sync, max ms",
                             "the witness's sleep, max ms late"), rows)

    def text(self):
        self.classic()
        for name in WIRE:
            self.wire(name)
        self.alone()
        for name in CURVES:
            self.curve(name)
        self.latency()
        targets = ["## What was promised", "",
                   *table(("what", "measured", "wanted", "met"), self.targets)]
        return INTRODUCTION + "\n".join(targets + self.lines).rstrip() + "\n"


def write(folder):
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "README.md").write_text(Page(folder).text())


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else FOLDER / "results")
