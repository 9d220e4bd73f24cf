#!/usr/bin/env python3
"""What no linter knows: rules of this tree for all its text files.

- No marks of unfinished work, no absolute paths of somebody's machine, no trailing blanks, no tabs
  but in makefiles, a newline at the end, lines of source of at most 100 characters.
- A source includes its own header before any other: so each of these headers compiles alone.
- Each module of src/ has a README of at most 20 lines.
- Relative links in Markdown lead somewhere.
- The tests that docs/security.md names for the attacks of the past are there.
- A source of more than 600 lines is reported, but does not fail.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE_SUFFIXES = {".cc", ".h", ".py", ".sh", ".java", ".cmake"}
LINE_LENGTH_MAX = 100
SOURCE_LINES_MAX = 600
README_LINES_MAX = 20
# Put together here so that this file does not contain them.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|Users)/\w|" + re.escape(str(ROOT)) + r"\b")
INCLUDE = re.compile(r'^#include\s+(\S+)', re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
ATTACKS = "\n## Attacks of the past\n"
TEST_NAME = re.compile(r"`([\w./]+)`")
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def tracked_files():
    """Files of the tree, committed or about to be; without git, all outside of build/."""
    try:
        listing = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others",
             "--exclude-standard", "--deduplicate"], capture_output=True, check=True)
        names = [name for name in listing.stdout.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                 if path.relative_to(ROOT).parts[0] not in ("build", ".git")]
    return sorted(Path(name) for name in names if (ROOT / name).is_file())


def text_of(path):
    """None for what is no text."""
    data = (ROOT / path).read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def line_findings(path, line):
    if match := UNFINISHED.search(line):
        yield f"{match[0]}: unfinished work belongs into the tracker"
    if match := MACHINE_PATH.search(line):
        yield f"{match[0]}…: a path of somebody's machine"
    if line != line.rstrip() and path.suffix != ".md":
        yield "trailing blanks"
    if "\t" in line and path.suffix in SOURCE_SUFFIXES:
        yield "a tab"
    if len(line) > LINE_LENGTH_MAX and path.suffix in SOURCE_SUFFIXES:
        yield f"{len(line)} characters; {LINE_LENGTH_MAX} are allowed"


def file_findings(path, text):
    """(line, text) for each finding."""
    for number, line in enumerate(text.split("\n"), 1):
        for finding in line_findings(path, line.rstrip("\r")):
            yield number, finding
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield 1, "no #pragma once"
    if path.suffix == ".cc" and (ROOT / path).with_suffix(".h").exists():
        first = INCLUDE.search(text)
        own = path.with_suffix(".h").relative_to("src") if path.parts[0] == "src" else path.stem
        if first is None or str(own) not in first[1]:
            yield 1, "its own header has to be included first"
    if path.suffix == ".md":
        prose = CODE_BLOCK.sub(lambda block: "\n" * block[0].count("\n"), text)
        for match in LINK.finditer(prose):
            target = match[1]
            if "://" not in target and not (ROOT / path.parent / target).exists():
                yield prose.count("\n", 0, match.start()) + 1, f"{target} does not exist"


def readme_findings():
    for cmake in sorted((ROOT / "src").rglob("CMakeLists.txt")):
        if "tern_module(" not in cmake.read_text(encoding="utf-8"):
            continue
        readme = cmake.parent / "README.md"
        if not readme.exists():
            yield f"{cmake.parent.relative_to(ROOT)}: a module needs a README.md"
        elif (lines := len(readme.read_text(encoding="utf-8").splitlines())) > README_LINES_MAX:
            yield f"{readme.relative_to(ROOT)}: {lines} lines; {README_LINES_MAX} are allowed"


def attack_findings():
    """What is wrong with the last column of the table of attacks."""
    document = Path("docs/security.md")
    text = (ROOT / document).read_text(encoding="utf-8")
    table = text.partition(ATTACKS)[2].partition("\n## ")[0]
    hostile = (ROOT / "tests/hostile/run_hostile.py").read_text(encoding="utf-8")
    played = re.findall(r"\w+", hostile.partition("\nATTACKS = (")[2].partition(")")[0])
    files = [f"/{path}" for path in tracked_files()]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    if not rows or not played:
        yield f"{document}: no table of attacks, or no clients that play them"
    for row in rows:
        names = TEST_NAME.findall(row.rstrip(" |").rpartition("|")[2])
        if not names:
            yield f"{document}: no test for: {row.split('|')[1].strip()}"
        for name in names:
            there = any(path.endswith(f"/{name}") for path in files) if "." in name else (
                name in played)
            if not there:
                yield f"{document}: {name}: there is no such test"


def main():
    found = [*readme_findings(), *attack_findings()]
    for path in tracked_files():
        text = text_of(path)
        # Seeds of fuzz targets and recorded frames are no prose of ours.
        if text is None or "corpus" in path.parts:
            continue
        found += [f"{path}:{line}: {finding}" for line, finding in file_findings(path, text)]
        lines = text.count("\n")
        if lines > SOURCE_LINES_MAX and path.suffix in SOURCE_SUFFIXES:
            print(f"{path}: {lines} lines: is it one thing? (no failure)")
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
