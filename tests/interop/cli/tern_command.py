"""Runs the `tern` command against the broker under test."""

import json
import os
import signal
import subprocess
import uuid

SECONDS = 60


class Tern:
    """The command with its broker: what it prints, and how it ends."""

    def __init__(self, program, url):
        self.program = str(program)
        self.url = url
        self.environment = {**os.environ, "TERN_URL": url}

    def start(self, *arguments, **options):
        """The running command; the caller waits for it."""
        return subprocess.Popen([self.program, *map(str, arguments)], env=self.environment,
                                **options)

    def run(self, *arguments, stdin=b"", expect=0):
        """Standard output and standard error of the command, which must end with `expect`."""
        process = self.start(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        out, err = finish(process, stdin)
        assert process.returncode == expect, (
            f"tern {' '.join(map(str, arguments))} ended with {process.returncode}: {err.decode()}")
        return out, err

    def produce(self, queue, lines):
        """Sends each text, in order."""
        text = "".join(line + "\n" for line in lines)
        self.run("produce", "-d", queue, "--lines", stdin=text.encode())

    def consume(self, queue, count, *arguments):
        """So many texts from the queue; none may contain a line end."""
        out, _ = self.run("consume", "-d", queue, "--lines", "-n", count, "--timeout", SECONDS,
                          *arguments)
        return out.decode().splitlines()

    def browse(self, queue):
        """The texts in the queue."""
        out, _ = self.run("browse", "-d", queue, "--lines")
        return out.decode().splitlines()

    def browse_json(self, queue):
        out, _ = self.run("browse", "-d", queue, "--json")
        return [json.loads(line) for line in out.decode().splitlines()]


def finish(process, stdin=None):
    """Waits for the end; a command that hangs is a failure."""
    try:
        return process.communicate(stdin, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"{process.args} did not end in {SECONDS} s") from None


def interrupt(process):
    process.send_signal(signal.SIGINT)


def new_queue():
    """A name that nobody has used."""
    return f"CLI.{uuid.uuid4().hex[:12]}"


def numbers(count, first=0):
    return [str(i) for i in range(first, first + count)]
