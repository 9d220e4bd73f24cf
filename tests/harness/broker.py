"""A broker process under test: `ternd`, or ActiveMQ Classic as the reference, by one interface."""

import os
import queue
import random
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from harness import leaks

READY_SECONDS = 60
STOP_SECONDS = 60
LOG_SECONDS = 20


class BrokerFailed(Exception):
    """The broker did not start, did not stop, or ended by itself."""


def stable_port():
    """A free port below the ephemeral range, for brokers that are restarted on the same port.

    In the ephemeral range a client that retries while the broker is down can connect to itself,
    or another process can take the port meanwhile.
    """
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def open_sockets(pid):
    """How many, of the process: what connections leave behind. The journal's files come and go."""
    folder = f"/proc/{pid}/fd"

    def is_socket(name):
        try:
            return os.readlink(f"{folder}/{name}").startswith("socket:")
        except FileNotFoundError:
            return False  # closed meanwhile

    return sum(is_socket(name) for name in os.listdir(folder))


class Broker:
    """One broker with a data directory and a port that both survive restarts.

    `work` is a scratch directory owned by the caller. All output of all runs goes to
    `work/broker.log`, except for the ready line.
    """

    name = ""
    # The name that the port has in the ready line.
    listener = "openwire"
    # True if a message that was out at a consumer when the broker died comes back redelivered.
    flags_redelivery_after_crash = False
    # True if a bad connection costs exactly one log line and no memory.
    promises_hostile_economy = False
    # True if nobody's password may be in its logs.
    keeps_secrets = False

    def __init__(self, work, port=0):
        self.work = Path(work)
        self.data = self.work / "data"
        self.log_path = self.work / "broker.log"
        self.port = port
        self.http_port = None
        self.https_port = None
        self.management_port = None
        self.process = None
        self.lines = None  # of its standard output
        self.said = []  # those before the ready line
        self.start_seconds = None

    def command(self):
        """The argument vector that starts the broker on self.data and self.port."""
        raise NotImplementedError

    @property
    def url(self):
        return f"tcp://127.0.0.1:{self.port}"

    def start(self):
        """Starts the broker and returns when it has printed its ready line."""
        began = time.monotonic()
        self.launch()
        self.await_ready()
        self.start_seconds = time.monotonic() - began

    def launch(self):
        assert self.process is None
        self.data.mkdir(parents=True, exist_ok=True)
        self.lines = queue.SimpleQueue()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                cwd=self.work, text=True)
        threading.Thread(
            target=self._read_stdout, args=(self.process.stdout, self.lines), daemon=True).start()

    def await_ready(self):
        ready = self._wait_ready(self.lines)
        self.port = self._parse_ready(ready)
        self.http_port = self._port_of("http", ready)
        self.https_port = self._port_of("https", ready)
        self.management_port = self._port_of("management", ready)

    def kill(self):
        """SIGKILL; returns when the process is gone."""
        self.process.kill()
        self.process.wait()
        self.process = None
        self.check_secrets()

    def stop(self):
        """SIGTERM; returns the exit code (0 is an orderly stop)."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise BrokerFailed(f"still running {STOP_SECONDS} s after SIGTERM") from None
        self.process = None
        self.check_secrets()
        return code

    def check_secrets(self):
        """No password of anybody is in what the broker has written down."""
        if self.keeps_secrets:
            logs = (self.log_path, *self.data.glob("audit/*.log"))
            found = leaks.find(logs)
            assert not found, f"secrets are written down: {found}"

    def check_alive(self):
        if self.process is None or self.process.poll() is not None:
            raise BrokerFailed("the broker ended by itself")

    def close(self):
        """Ends the process whatever its state; for clean-up."""
        if self.process is not None:
            self.kill()

    def rss_bytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def open_sockets(self):
        return open_sockets(self.process.pid)

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_for_log(self, pattern, count=1):
        """The lines that match, once there are so many, or after a while as many as there are."""
        deadline = time.monotonic() + LOG_SECONDS
        while True:
            lines = [line for line in self.log_text().splitlines() if re.search(pattern, line)]
            if len(lines) >= count or time.monotonic() > deadline:
                return lines
            time.sleep(0.02)

    @staticmethod
    def _read_stdout(stream, lines):
        for line in stream:
            lines.put(line.strip())
        lines.put(None)

    def _wait_ready(self, lines):
        deadline = time.monotonic() + READY_SECONDS
        self.said = []
        while True:
            try:
                line = lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise BrokerFailed(f"no ready line within {READY_SECONDS} s") from None
            if line is None:
                raise BrokerFailed("ended before its ready line")
            if line.startswith("ready "):
                return line
            self.said.append(line)

    def _parse_ready(self, line):
        for word in line.split()[1:]:
            name, _, address = word.partition("=")
            if name == self.listener:
                return int(address.rpartition(":")[2])
        raise BrokerFailed(f"no {self.listener} address in: {line}")


    @staticmethod
    def _port_of(name, line):
        """The port of a listener for operators, if there is one."""
        found = re.search(rf" {name}=\S+:(\d+)", line)
        return found and int(found[1])


class TernBroker(Broker):
    name = "ternd"
    flags_redelivery_after_crash = True
    promises_hostile_economy = True
    keeps_secrets = True

    def __init__(self, work, binary, port=0, settings=None, listener="openwire", document=None):
        super().__init__(work, port)
        self.listener = listener
        self.binary = str(Path(binary).resolve())
        self.settings = settings or {}
        self.document = document

    def command(self):
        arguments = [self.binary, "--data", str(self.data),
                     "--listen", f"{self.listener}=127.0.0.1:{self.port}"]
        if self.document is not None:
            arguments += ["--config", str(self.document)]
        # Operators without a login, unless that is what a test is about.
        for key, value in {"http.open": "true", **self.settings}.items():
            arguments += ["--set", f"{key}={value}"]
        return arguments


class ClassicBroker(Broker):
    name = "classic"

    def __init__(self, work, java, port=0, document=None):
        super().__init__(work, port)
        self.java = java
        self.document = document  # what it says of users and their rights holds
        self.ports = {}  # of other protocols, which it speaks with a document

    def command(self):
        arguments = [self.data, self.port]
        if self.document is not None:
            arguments.append(self.document)
        return self.java.command("harness.classic.ClassicBroker", *arguments, heap_mib=1536)

    def _parse_ready(self, line):
        for word in line.split()[1:]:
            name, _, address = word.partition("=")
            self.ports[name] = int(address.rpartition(":")[2])
        return super()._parse_ready(line)
