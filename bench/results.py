"""What the measuring programs leave behind: a document of JSON each, with the machine that it was
measured on, from which page.py makes the page of results."""

import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path
from statistics import median

import report

ROOT = Path(__file__).resolve().parents[1]


def line_of(command):
    """What a program says first; empty if there is none."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (said.stdout or said.stderr).strip().split("\n")[0]


def file_system(folder):
    """The kind of file system that a folder lies on."""
    best = ("", "unknown")
    path = str(Path(folder).resolve())
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind = line.split()[:3]
        if path.startswith(place) and len(place) >= len(best[0]):
            best = (place, kind)
    return best[1]


def machine(folder=ROOT):
    """What figures depend on, and nothing of who or where."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {"processors": report.machine(),
            "memory_gib": round(int(memory[1]) / 2**20, 1),
            "kernel": platform.release().partition("-")[0],
            "file_system": file_system(folder),
            "compiler": line_of(["g++", "--version"]),
            "commit": line_of(["git", "-C", str(ROOT), "describe", "--always", "--dirty"])}


def busy_seconds():
    """Of all processors together, by whomever."""
    user, nice, system = map(int, Path("/proc/stat").read_text().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def save(path, name, body, folder=ROOT):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"name": name, "date": time.strftime("%Y-%m-%d"), "machine": machine(folder), **body}
    fresh = path.with_suffix(".part")
    fresh.write_text(json.dumps(document, indent=1) + "\n")
    fresh.rename(path)


def figure(what, values, unit, relation=None, bound=None, note=""):
    """One row of a table: the values of all rounds, and what their median has to be."""
    row = {"what": what, "values": values, "unit": unit, "note": note}
    if relation is not None:
        middle = median(values)
        met = middle >= bound if relation == "at least" else middle <= bound
        row.update(relation=relation, bound=bound, met=met)
    return row


def say(row):
    goal = f", wanted: {row['relation']} {row['bound']:g}" if "bound" in row else ""
    missed = "" if row.get("met", True) else "  MISSED"
    values = row["values"]
    print(f"{row['what']}: {median(values):.4g} {row['unit']} "
          f"({min(values):.4g} to {max(values):.4g}){goal}{missed}", flush=True)
