"""The programs that take part in a comparison: how each is started, watched and stopped."""

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
JAVA_SOURCES = REPOSITORY / "bench" / "jms"
JAR_DIRECTORY = Path("/usr/share/java")  # Debian's libactivemq-java and what it depends on
JARS = [
    "activemq-client",
    "activemq-broker",
    "activemq-kahadb-store",
    "activemq-openwire-legacy",
    "activemq-stomp",
    "activemq-protobuf",
    "geronimo-j2ee-management-1.1-spec",
    "geronimo-jms_1.1_spec",
    "hawtbuf",
    "slf4j-api",
    "slf4j-nop",
]
START_SECONDS = 60
STOP_SECONDS = 20


class Failed(Exception):
    """A program did not do its part; the text says which and how."""


def class_path(classes):
    jars = [JAR_DIRECTORY / f"{name}.jar" for name in JARS]
    missing = [jar.name for jar in jars if not jar.exists()]
    if missing:
        raise Failed(f"{JAR_DIRECTORY} lacks {', '.join(missing)}: install libactivemq-java")
    return ":".join(str(path) for path in [classes, *jars])


def compile_load(classes):
    if shutil.which("javac") is None:
        raise Failed("javac is missing: install default-jdk-headless")
    classes.mkdir(parents=True, exist_ok=True)
    sources = sorted(str(path) for path in JAVA_SOURCES.glob("*.java"))
    command = ["javac", "-Xlint:all", "-Werror", "-d", str(classes)]
    subprocess.run([*command, "-cp", class_path(classes), *sources], check=True)


def read_line(process, seconds):
    """The next line of the process's output, or a Failed after `seconds` or at its end."""
    deadline = time.monotonic() + seconds
    line = b""
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            raise Failed(f"{process.args[0]} was silent for {seconds:.0f} s")
        byte = os.read(process.stdout.fileno(), 4096)
        if not byte:
            raise Failed(f"{process.args[0]} ended with status {process.wait()}")
        line += byte
    return line.decode()


def end(process):
    """Ends a process that we started, stopped or not, and waits for it."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def maven_class_path(folder, pom, source):
    """The class path of a program whose libraries come from Maven Central; it is compiled once for
    each change of it."""
    listed = folder / "class-path"
    newest = max(one.stat().st_mtime for one in (pom, source))
    if not listed.exists() or listed.stat().st_mtime < newest:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / "resolved"
        try:
            subprocess.run(["mvn", "--quiet", "--batch-mode", "--file", str(pom),
                            "dependency:build-classpath", f"-Dmdep.outputFile={fresh}"], check=True)
            subprocess.run(["javac", "-nowarn", "-cp", fresh.read_text().strip(), "-d",
                            str(folder), str(source)], check=True)
        except (FileNotFoundError, subprocess.CalledProcessError) as problem:
            raise Failed(f"what {pom} names cannot be had: {problem}") from None
        fresh.rename(listed)
    return f"{folder}:{listed.read_text().strip()}"


class System:
    """One broker, or what stands in for one. Between its turns it is stopped (SIGSTOP), so that
    its housekeeping falls into its own measurements and not into the others'."""

    def __init__(self, name, label, command, listener="openwire"):
        self.name = name
        self.label = label
        self.listener = listener
        self.command = command  # a function from the data directory to the words of a command
        self.process = None
        self.port = None

    def start(self, directory):
        directory.mkdir(parents=True)
        with open(directory.with_suffix(".log"), "wb") as log:
            self.process = subprocess.Popen(
                self.command(directory), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=log)
        deadline = time.monotonic() + START_SECONDS
        ready = None
        while ready is None:  # a banner may stand before the line that counts
            lines = read_line(self.process, max(0.1, deadline - time.monotonic()))
            ready = re.search(rf"^ready .*?{self.listener}=\S+?:(\d+)", lines, re.MULTILINE)
        self.port = int(ready.group(1))
        self.pause()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.name} ended with status {self.process.returncode}")
        self.process.send_signal(signal.SIGCONT)

    def rss_peak_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024

    def stop(self):
        if self.process is not None:
            end(self.process)
            self.process.stdout.close()
            self.process = None


class QuietSystem(System):
    """One that says nothing when it is ready, and is told its port: `command` makes the words from
    the data directory and that."""

    def start(self, directory):
        directory.mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        with open(directory.with_suffix(".log"), "wb") as log:
            self.process = subprocess.Popen(
                self.command(directory, self.port), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self.listens():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise Failed(f"{self.label} does not listen")
            time.sleep(0.05)
        self.pause()

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


def find_program(name):
    """A broker that a Debian package brings, which may not be in the path of those who use it."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin")
    if found is None:
        raise Failed(f"{name} is missing: install Debian's package")
    return found


class LoadClient:
    """The JMS load in a Java machine of its own that serves all rounds of a scenario."""

    def __init__(self, classes):
        command = ["java", "-Xms512m", "-Xmx1g", "-cp", class_path(classes), "tern.bench.Load"]
        self.process = subprocess.Popen(
            [*command, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, timeout, **settings):
        words = " ".join(f"--{key.replace('_', '-')} {value}" for key, value in settings.items())
        try:
            self.process.stdin.write(words.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"the load client ended with status {self.process.wait()}") from None
        result = json.loads(read_line(self.process, timeout))
        if "error" in result:
            raise Failed(result["error"])
        return result

    def stop(self):
        end(self.process)
        self.process.stdout.close()


def find_binary(name):
    """The release build's program, or else the newest of any build."""
    release = REPOSITORY / "build" / "release" / "bin" / name
    if release.exists():
        return release
    built = list((REPOSITORY / "build").glob(f"*/bin/{name}"))
    return max(built, key=lambda path: path.stat().st_mtime) if built else release


def make_systems(names, ternd, limit_server, classes):
    """Those of them that are asked for. ActiveMQ 6 comes from Maven Central, all else is here."""
    def java(path, data):
        return ["java", "-Xms1g", "-Xmx2g", "-cp", path, "tern.bench.ClassicBroker", str(data)]

    made = [
        System("ternd", "TernMQ", lambda data: [
            str(ternd), "--data", str(data), "--listen", "openwire=127.0.0.1:0"]),
        System("classic", "ActiveMQ Classic 5.17", lambda data: java(class_path(classes), data)),
        System("limit", "limit server, stores nothing", lambda data: [str(limit_server)]),
        System("limit-sync", "limit server, synced first", lambda data: [
            str(limit_server), "--sync", str(data / "log")]),
    ]
    if "activemq6" in names:
        path = maven_class_path(classes.with_name("activemq6"),
                                REPOSITORY / "bench" / "activemq6" / "pom.xml",
                                JAVA_SOURCES / "ClassicBroker.java")
        made.insert(2, System("activemq6", "ActiveMQ 6.2", lambda data: java(path, data)))
    return [one for one in made if one.name in names]


def warn(text):
    print(text, file=sys.stderr, flush=True)
