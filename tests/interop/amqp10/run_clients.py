#!/usr/bin/python3
"""Runs what clients of AMQP 1.0 in other languages than Python can do with a broker."""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parents[1])]

from harness import feature_table
from harness import options as harness
from harness.java import CompileFailed, MissingPackages, maven_path
from harness.node import Node

import amqp_broker
import known_users

CACHE = Path(tempfile.gettempdir()) / f"tern-test-amqp-{os.getuid()}"
RUN_SECONDS = 300


def built(name, sources, make):
    """The folder where `make(folder)` has put what it makes of these sources, once for each change
    of them."""
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    folder = CACHE / f"{name}-{digest[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "busy", "w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            make(folder)
            (folder / "made").touch()
    return folder


def compile_with(command, missing, cwd=None):
    try:
        subprocess.run(command, cwd=cwd, check=True)
    except FileNotFoundError:
        raise MissingPackages(f"missing {command[0]}: install {missing}") from None
    except subprocess.CalledProcessError:
        raise CompileFailed(f"{command[0]} failed, see above") from None


def proton_cpp(broker):
    source = FOLDER / "cpp" / "proton_cpp_client.cc"
    folder = built("cpp", [source], lambda folder: compile_with(
        ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", str(source), "-lqpid-proton-cpp",
         "-o", str(folder / "client")], "g++ and libqpid-proton-cpp12-dev"))
    return told([str(folder / "client"), f"127.0.0.1:{broker.amqp_port}"], folder)


def rhea(broker):
    place = Node(FOLDER / "rhea").place
    return told(["node", "rhea_client.js", "127.0.0.1", str(broker.amqp_port)], place)


def go_amqp(broker):
    sources = sorted((FOLDER / "go").iterdir())
    folder = built("go", sources, lambda folder: compile_with(
        ["go", "build", "-o", str(folder / "client"), "."], "golang-go", FOLDER / "go"))
    return told([str(folder / "client"), f"127.0.0.1:{broker.amqp_port}"], folder)


def told(command, folder):
    """Outcome and feature of each test that the program tells of."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True,
                          timeout=RUN_SECONDS)
    print(done.stdout, end="", flush=True)
    assert done.returncode == 0, f"{command[0]} ended with status {done.returncode}"
    return [line.split()[:2] for line in done.stdout.splitlines()
            if line.startswith(("ok ", "failed "))]


def qpid_jms(broker):
    users = [known_users.document(by.text(known_users.BOB))
             for by in (known_users.SCRAM_256, known_users.SCRAM_512)]
    with amqp_broker.running(broker.binary, document=users[0]) as guarded, \
            amqp_broker.running(broker.binary, document=users[1]) as guarded_512:
        return in_java("qpid", broker, f"-Dguarded=amqp://127.0.0.1:{guarded.amqp_port}",
                       f"-Dguarded.512=amqp://127.0.0.1:{guarded_512.amqp_port}")


def vertx(broker):
    return in_java("vertx", broker)


def smallrye(broker):
    return in_java("smallrye", broker)


def in_java(name, broker, *properties):
    """The JUnit tests of that folder, which has a pom.xml for their class path."""
    project = FOLDER / name
    runner = FOLDER.parent / "jms" / "RunTests.java"
    sources = [*sorted(project.glob("*.java")), runner]

    def make(folder):
        jars = maven_path(project, folder)
        compile_with(["javac", "-proc:none", "-nowarn", "-Xlint:unchecked", "-Werror",
                      "-encoding", "UTF-8", "-cp", jars, "-d", str(folder), *map(str, sources)],
                     "openjdk-17-jdk-headless")

    folder = built(name, [*sources, project / "pom.xml"], make)
    tests = [f"interop.{name}.{one.stem}" for one in sources if one.stem.endswith("Test")]
    with tempfile.NamedTemporaryFile(mode="r", prefix="tern-results-") as results:
        command = ["java", "-Xmx512m", f"-Dbroker=amqp://127.0.0.1:{broker.amqp_port}",
                   f"-Dresults={results.name}", *properties, "-cp",
                   f"{folder}:{maven_path(project, folder)}", "interop.jms.RunTests"]
        subprocess.run([*command, *tests], cwd=folder, timeout=RUN_SECONDS)
        return [line.split("\t")[:2] for line in results]


# Each with its name in the table.
CLIENTS = {"rhea": ("rhea 3.0.5", rhea), "proton-cpp": ("proton C++ 0.37", proton_cpp),
           "go-amqp": ("go-amqp 1.0.5", go_amqp), "qpid-jms": ("Qpid JMS 2.7.0", qpid_jms),
           "vertx": ("Vert.x 5.0.7", vertx), "smallrye": ("SmallRye 4.27.0", smallrye)}


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--only", required=True, choices=CLIENTS, help="the client")
    parser.add_argument("--table", type=Path, help="the file whose table gets the client's column")
    options = parser.parse_args()
    name, client = CLIENTS[options.only]
    with amqp_broker.running(options.ternd, document=amqp_broker.SCHEDULER) as broker:
        results = client(broker)
        broker.check_alive()
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"
    failed = [one for one in results if one[0] not in ("ok", "skip")]
    assert results and not failed, f"{len(failed)} of {len(results)} tests failed, see above"
    print(f"{len(results)} passed, 0 failed")
    if options.table:
        feature_table.enter(options.table, name, feature_table.count(results))


if __name__ == "__main__":
    harness.main(run)
