#!/usr/bin/env python3
"""Each line of the table of statements is of a known kind, and the tests it names are there."""

import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
TABLE = Path(__file__).with_name("mqtt_3_1_1.md")
ROW = re.compile(r"\| (MQTT-\d+\.\d+\.\d+-\d+) \| ([^|]+) \| ([^|]+) \|")


def problem(shown):
    """What is wrong with the last column of a row; nothing if all is well."""
    if shown.startswith("not shown: ") or shown.startswith("the client's"):
        return None
    named = re.findall(r"`(\S+?):(\w+)`", shown)
    if not named:
        return "names no test"
    for path, name in named:
        file = REPOSITORY / path
        if not file.exists():
            return f"there is no {path}"
        if not re.search(rf"\b{name}\b", file.read_text()):
            return f"{path} has no {name}"
    return None


def main():
    found, wrong = set(), []
    for line in TABLE.read_text().splitlines():
        if not line.startswith("| MQTT-"):
            continue
        row = ROW.fullmatch(line)
        if not row:
            wrong.append(f"not a row of three: {line}")
            continue
        statement, _, shown = row.groups()
        if statement in found:
            wrong.append(f"{statement}: twice")
        found.add(statement)
        if said := problem(shown.strip()):
            wrong.append(f"{statement}: {said}")
    print(*wrong, f"{len(found)} statements, {len(wrong)} wrong", sep="\n")
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main())
