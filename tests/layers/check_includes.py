#!/usr/bin/env python3
"""Checks that the tree is the architecture: who includes whom, and who does I/O.

Reads cmake/layers.cmake and every source under src/. A finding is printed as `file:line: what`, and
makes the exit code 1. Files of tests (TEST_STEMS below) may include and do what they like, but
nobody else may include them.

usage: check_includes.py [ROOT]
"""

import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
COMMENT_OR_LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)'(?:\\.|[^'\\\n])+'""",
    re.DOTALL)

# Names of files that belong to tests: x_test.cc, x_fuzz.cc, and what several of them share. A
# source in a module's TESTS does so under any name.
TEST_STEMS = re.compile(r".*_(test|fuzz|fixture|story)|testing")

# What only modules in TERN_IO_MODULES may include or name. The words in front go into the finding.
IO_HEADERS = {
    "sockets, event loops and TLS":
        r"boost/(asio|beast)\b.*|openssl/(ssl|bio|tls1)\.h|sys/(socket|epoll|eventfd|un|uio)\.h|"
        r"netinet/.*|arpa/.*|netdb\.h|poll\.h",
    "files": r"fstream|filesystem|iostream|unistd\.h|fcntl\.h|dirent\.h|sys/(stat|file|mman)\.h",
    "threads and locks":
        r"thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|"
        r"pthread\.h",
    "clocks": r"ctime|time\.h|sys/time\.h",
    "randomness": r"random|sys/random\.h",
    "coroutines": r"coroutine",
    "the command line and log files": r"CLI/.*|spdlog/.*",
}
IO_NAMES = {
    "threads and locks": r"std::(this_thread|j?thread|async|mutex)\b",
    "clocks":
        r"_clock::now\b|\b(clock_gettime|gettimeofday)\b|\btime\s*\(\s*(NULL|nullptr|0)\s*\)",
    "randomness": r"\brandom_device\b|\bs?rand\s*\(|\bgetrandom\b",
    "files": r"\bfopen\s*\(|std::[io]?fstream\b",
    "coroutines": r"\bco_(await|return|yield)\b",
    "the environment": r"\bgetenv\b",
}


class Layers:
    """What cmake/layers.cmake says."""

    def __init__(self, text):
        text = re.sub(r"#[^\n]*", "", text)
        values = {name: value.replace('"', " ").split()
                  for name, value in re.findall(r"set\(\s*(\w+)\s+([^)]*)\)", text)}
        self.io = set(values.pop("TERN_IO_MODULES", []))
        self.allowed = {name.removeprefix("TERN_LAYER_"): set(edges)
                        for name, edges in values.items() if name.startswith("TERN_LAYER_")}

    def findings(self):
        """What is wrong with the list itself."""
        for name in sorted(self.io - set(self.allowed)):
            yield f"TERN_IO_MODULES names {name}, which has no TERN_LAYER_{name}"
        for name, edges in self.allowed.items():
            for edge in sorted(edges):
                if edge not in self.allowed:
                    yield f"{name} lists {edge}, which has no TERN_LAYER_{edge}"
                elif edge in self.io and name not in self.io:
                    yield f"{name} does no I/O but lists {edge}, which does"
                elif self._are_different_rooms(name, edge):
                    yield f"{name} lists {edge}: a room knows no other room"
        try:
            TopologicalSorter(self.allowed).prepare()
        except CycleError as error:
            yield f"a cycle: {' -> '.join(reversed(error.args[1]))}"

    @staticmethod
    def _are_different_rooms(name, edge):
        rooms = [module.split("_")[1:2] for module in (name, edge)
                 if module.startswith("protocol_")]
        return len(rooms) == 2 and rooms[0] != rooms[1]

    def module_of(self, folder):
        """The module a folder, relative to src/, belongs to: its own or the nearest above."""
        for candidate in (folder, *folder.parents):
            name = "_".join(candidate.parts)
            if name in self.allowed:
                return name
        return None


def is_test(path):
    return bool(TEST_STEMS.fullmatch(path.stem))


def code_only(text):
    """`text` without comments and literals; line numbers stay."""
    return COMMENT_OR_LITERAL.sub(lambda match: "\n" * match[0].count("\n") or " ", text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def include_findings(layers, module, text):
    for match in INCLUDE.finditer(text):
        line, header = line_of(text, match.start()), match[2]
        if match[1] == "<":
            if module not in layers.io:
                for what, pattern in IO_HEADERS.items():
                    if re.fullmatch(pattern, header):
                        yield line, f"{module} does no I/O but includes <{header}> ({what})"
            continue
        target = layers.module_of(Path(header).parent)
        if ".." in header or "/" not in header:
            yield line, f'"{header}" is no full path from src/'
        elif target is None:
            yield line, f'"{header}" lies in no module of cmake/layers.cmake'
        elif is_test(Path(header)):
            yield line, f'"{header}" is for tests only'
        elif target != module and target not in layers.allowed[module]:
            yield line, f'{module} may not include {target} ("{header}")'


def name_findings(module, text):
    code = code_only(text)
    for what, pattern in IO_NAMES.items():
        for match in re.finditer(pattern, code):
            yield line_of(code, match.start()), (
                f"{module} does no I/O but uses `{match[0].strip()}` ({what})")


def file_findings(layers, source, path):
    """(line, text) for each finding in `path`, a file relative to `source`, which is src/."""
    module = layers.module_of(path.parent)
    if module is None:
        yield 1, f"{path.parent} is no module of cmake/layers.cmake"
        return
    words, name = names_in_cmake(source, path)
    if is_test(path) or name in words.get("TESTS", ()):
        return
    text = (source / path).read_text(encoding="utf-8")
    yield from include_findings(layers, module, text)
    if module not in layers.io:
        yield from name_findings(module, text)
    if path.suffix == ".h" and name not in words.get("HEADERS", ()):
        yield 1, "is in no HEADERS list, so nothing shows that it compiles alone"


def names_in_cmake(source, path):
    """The nearest CMakeLists.txt at or above `path`: its words by the keyword they follow, as seen
    from that folder, and `path` as seen from there."""
    words = {}
    for folder in path.parents:
        cmake = source / folder / "CMakeLists.txt"
        if cmake.exists():
            keyword = ""
            text = re.sub(r"#[^\n]*", "", cmake.read_text(encoding="utf-8"))
            for word in re.split(r"[\s()]+", text):
                keyword = word if re.fullmatch(r"[A-Z_]{4,}", word) else keyword
                words.setdefault(keyword, set()).add(word)
            return words, str(path.relative_to(folder))
    return words, str(path)


def findings(root):
    layers_file = root / "cmake" / "layers.cmake"
    source = root / "src"
    layers = Layers(layers_file.read_text(encoding="utf-8"))
    for text in layers.findings():
        yield f"cmake/layers.cmake:1: {text}"
    for path in sorted(source.rglob("*")):
        if path.suffix in (".h", ".cc"):
            relative = path.relative_to(source)
            for line, text in file_findings(layers, source, relative):
                yield f"src/{relative}:{line}: {text}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = list(findings(root))
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
