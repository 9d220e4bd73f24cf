#!/usr/bin/python3
"""What the guides show, to be built and run.

usage: guides.py GUIDE OUTPUT_DIR    writes each C++ program of a guide to a file of its name
"""

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(guide, language):
    """The contents of all blocks in this language."""
    return [text for name, text in BLOCK.findall(Path(guide).read_text()) if name == language]


def programs(guide):
    """{file name: source}: a program's first line is `// name.cc`."""
    found = {}
    for source in blocks(guide, "cpp"):
        match = re.match(r"// (\w+\.cc)\n", source)
        if match:
            found[match[1]] = source
    return found


def transcript(guide):
    """[(command, expected output)] of all console blocks, in order."""
    steps = []
    for block in blocks(guide, "console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            steps.append((command, output))
    return steps


def matches(expected, output):
    """Whether the output is as expected, where `...` stands for anything in a line."""
    pattern = r"[^\n]*".join(re.escape(part) for part in expected.split("..."))
    return re.fullmatch(pattern, output) is not None


def write_programs(guide, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in programs(guide).items():
        path = folder / name
        if not path.exists() or path.read_text() != source:
            path.write_text(source)
        print(path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write_programs(sys.argv[1], sys.argv[2])
