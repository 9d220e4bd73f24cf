"""Tables of statements and the tests that show them.

A row is `| statement | what it asks | shown |`.
"""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROW = re.compile(r"\| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
NOT_OURS = ("not shown: ", "the client's")


def problem(shown):
    """What is wrong with the last column of a row; nothing if all is well."""
    if shown.startswith(NOT_OURS):
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


def read(path):
    """The statements of the table at `path`, and what is wrong with its rows."""
    found, wrong = [], []
    for line in path.read_text().splitlines():
        if not line.startswith("| ") or line.startswith("| statement "):
            continue
        row = ROW.fullmatch(line)
        if not row:
            wrong.append(f"not a row of three: {line}")
            continue
        statement = row[1].strip()
        if statement in found:
            wrong.append(f"{statement}: twice")
        found.append(statement)
        if said := problem(row[3].strip()):
            wrong.append(f"{statement}: {said}")
    return found, wrong
