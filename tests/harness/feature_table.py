"""The table of client and feature in a document, of which each run enters its own column.

It stands between two comments. A feature is a test class: its name without "Test", in words.
"""

import re

BEGIN = "<!-- feature table: entered by the run -->"
END = "<!-- end of the feature table -->"


def words(test_class):
    """"AcknowledgeModesTest" becomes "acknowledge modes"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", test_class.removesuffix("Test")).lower()


def count(results):
    """{feature: [passed, skipped]} of pairs of outcome and test class."""
    counts = {}
    for outcome, test_class in results:
        feature = counts.setdefault(words(test_class), [0, 0])
        feature[outcome == "skip"] += 1
    return counts


def cell(passed, skipped):
    return f"{passed}" + (f" ({skipped} skipped)" if skipped else "")


def enter(path, client, counts):
    """Replaces the column of `client` in the table of the file at `path`, or adds it."""
    text = path.read_text()
    before, found, rest = text.partition(BEGIN)
    inside, ended, after = rest.partition(END)
    assert found and ended, f"{path} has no place for a table of features"
    clients, table = read(inside)
    if client not in clients:
        clients.append(client)
    for row in table.values():
        row.pop(client, None)
    for feature, (passed, skipped) in counts.items():
        table.setdefault(feature, {})[client] = cell(passed, skipped)
    path.write_text(before + BEGIN + "\n" + drawn(clients, table) + END + after)


def read(inside):
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in inside.strip().splitlines()]
    if not rows:
        return [], {}
    clients = rows[0][1:]
    return clients, {row[0]: {client: value for client, value in zip(clients, row[1:]) if value}
                     for row in rows[2:]}


def drawn(clients, table):
    rows = [["feature", *clients], ["---"] * (len(clients) + 1)]
    rows += [[feature, *(table[feature].get(client, "") for client in clients)]
             for feature in sorted(table) if table[feature]]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
