#!/usr/bin/env python3
"""The tables have every statement of the specifications, and the tests they name are there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import table

# How many statements each section has; they count from 1 but for 2.2.1 of 5.0, which lacks it.
SECTIONS = {
    "mqtt_3_1_1.md": """1.5.3 3; 2.2.2 2; 2.3.1 7; 3.1.0 2; 3.1.2 24; 3.1.3 11; 3.1.4 5;
        3.2.0 1; 3.2.2 6;
        3.3.1 12; 3.3.2 3; 3.3.4 1; 3.3.5 2; 3.6.1 1; 3.8.1 1; 3.8.3 4; 3.8.4 6; 3.9.3 2; 3.10.1 1;
        3.10.3 2; 3.10.4 6; 3.12.4 1; 3.14.1 1; 3.14.4 3; 4.1.0 2; 4.3.1 1; 4.3.2 2; 4.3.3 2;
        4.4.0 1; 4.5.0 2; 4.6.0 6; 4.7.1 3; 4.7.2 1; 4.7.3 4; 4.8.0 2; 6.0.0 4; 7.0.0 2; 7.1.1 1;
        7.1.2 1""",
    "mqtt_5_0.md": """1.5.4 3; 1.5.5 1; 1.5.7 1; 2.1.3 1; 2.2.1 6; 2.2.2 1; 3.1.0 2; 3.1.2 30;
        3.1.3 12;
        3.1.4 6; 3.2.0 2; 3.2.2 22; 3.3.1 13; 3.3.2 20; 3.3.4 10; 3.4.2 3; 3.5.2 3; 3.6.1 1;
        3.6.2 3; 3.7.2 3; 3.8.1 1; 3.8.3 5; 3.8.4 8; 3.9.2 2; 3.9.3 2; 3.10.1 1; 3.10.3 2; 3.10.4 6;
        3.11.2 2; 3.11.3 2; 3.12.4 1; 3.14.0 1; 3.14.1 1; 3.14.2 4; 3.14.4 3; 3.15.1 1; 3.15.2 3;
        4.1.0 2; 4.2.0 1; 4.3.1 1; 4.3.2 5; 4.3.3 13; 4.4.0 2; 4.5.0 2; 4.6.0 6; 4.7.0 1; 4.7.1 2;
        4.7.2 1; 4.7.3 4; 4.8.2 6; 4.9.0 3; 4.12.0 7; 4.12.1 2; 4.13.1 1; 4.13.2 1; 6.0.0 4""",
}
MISSING_THERE = {"mqtt_5_0.md": {"MQTT-2.2.1-1"}}


def statements(name):
    wanted = set()
    for one in SECTIONS[name].split(";"):
        section, count = one.split()
        wanted |= {f"MQTT-{section}-{number}" for number in range(1, int(count) + 1)}
    return wanted - MISSING_THERE.get(name, set())


def check(name):
    found, wrong = table.read(Path(__file__).with_name(name))
    wanted = statements(name)
    wrong += [f"{one}: not in the table" for one in sorted(wanted - set(found))]
    wrong += [f"{one}: no such statement" for one in sorted(set(found) - wanted)]
    print(*wrong, f"{name}: {len(found)} statements, {len(wrong)} wrong", sep="\n")
    return not wrong


if __name__ == "__main__":
    sys.exit(0 if all([check(name) for name in SECTIONS]) else 1)
