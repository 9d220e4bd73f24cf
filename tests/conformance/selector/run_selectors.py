"""Lets the Java implementation of selectors judge ours.

Both get the table (cases.txt), then random selectors and messages; they must agree, but for the
cases of the table that say otherwise. Where Java throws on a message, we answer; where it refuses a
selector, so do we. A failure prints the seed, which replays it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from harness.java import MissingPackages, jar_path  # noqa: E402
from random_selectors import Generator  # noqa: E402

TABLE = HERE / "cases.txt"
SHOWN_MAX = 20
FAILED_SHARE_MAX = 0.3  # more, and the random selectors test too little


def compile_oracle(jars, folder):
    subprocess.run(["javac", "-nowarn", "-Xlint:unchecked", "-Werror", "-encoding", "UTF-8",
                    "-cp", jars, "-d", folder, str(HERE / "SelectorOracle.java")], check=True)
    return ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
            os.pathsep.join((folder, jars)), "SelectorOracle"]


def verdicts(command, lines):
    """One for each line, without columns."""
    done = subprocess.run(command, input="".join(f"{line}\n" for line in lines),
                          stdout=subprocess.PIPE, encoding="utf-8", check=True)
    answers = [answer.split(":")[0] for answer in done.stdout.splitlines()]
    if len(answers) != len(lines):
        raise SystemExit(f"{command[0]} answered {len(answers)} of {len(lines)} lines")
    return answers


def table_findings(lines, theirs, ours):
    for line, java, we in zip(lines, theirs, ours):
        verdict = line.split(";;")[0].strip()
        differs = verdict.startswith("!")
        expected = verdict.lstrip("!").split(":")[0]
        if we != expected:
            yield f"we say {we}: {line}"
        elif differs and java == expected:
            yield f"Java agrees, which the table denies: {line}"
        elif not differs and java != expected:
            yield f"Java says {java}: {line}"


def random_findings(lines, theirs, ours):
    for line, java, we in zip(lines, theirs, ours):
        if we != java and not (java == "failed" and we != "refused"):
            yield f"Java says {java}, we {we}: {line}"


def broken_findings(lines, theirs, ours):
    for line, java, we in zip(lines, theirs, ours):
        if (we == "refused") != (java == "refused"):
            yield f"Java says {java}, we {we}: {line}"


def report(what, findings, count):
    print(f"{what}: {count - len(findings)} of {count} agree")
    for finding in findings[:SHOWN_MAX]:
        print(f"  {finding}")
    return not findings


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", required=True, help="the program judge_selectors")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20000, help="random selectors")
    options = parser.parse_args()
    try:
        jars = jar_path()
    except MissingPackages as missing:
        print(missing, file=sys.stderr)
        return 1

    table = [line for line in TABLE.read_text(encoding="utf-8").splitlines()
             if line and not line.startswith("#")]
    generator = Generator(options.seed)
    sound = [generator.case() for _ in range(options.count)]
    broken = [generator.broken_case() for _ in range(options.count // 4)]
    lines = table + sound + broken
    print(f"replay with --seed {options.seed} --count {options.count}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        theirs = verdicts(compile_oracle(jars, folder), lines)
    ours = verdicts([options.judge], lines)

    good = True
    start = 0
    for what, part, findings_of in (("table", table, table_findings),
                                    ("random selectors", sound, random_findings),
                                    ("broken selectors", broken, broken_findings)):
        stop = start + len(part)
        findings = list(findings_of(part, theirs[start:stop], ours[start:stop]))
        good &= report(what, findings, len(part))
        start = stop

    answers = theirs[len(table):len(table) + len(sound)]
    shares = {answer: answers.count(answer) / len(answers) for answer in sorted(set(answers))}
    print("Java's answers:", ", ".join(f"{share:.0%} {a}" for a, share in shares.items()))
    if shares.get("failed", 0) > FAILED_SHARE_MAX:
        print("too many random selectors fail in Java")
        good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
