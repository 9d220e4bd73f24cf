#!/usr/bin/env python3
"""The tests that the table of statements names are there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import table

TABLE = "stomp_1_2.md"

if __name__ == "__main__":
    found, wrong = table.read(Path(__file__).with_name(TABLE))
    print(*wrong, f"{TABLE}: {len(found)} statements, {len(wrong)} wrong", sep="\n")
    sys.exit(0 if found and not wrong else 1)
