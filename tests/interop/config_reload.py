#!/usr/bin/python3
"""A running broker takes over a changed activemq.xml: all of it, or nothing.

A queue named in the document is made when it is taken over, and is there after a restart: the
broker says how many it has recovered.
"""

import argparse
import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

WAIT_SECONDS = 60
TAKEN_OVER = r"elements and attributes applied"
REFUSED = r"nothing of .* was taken over"


def document(queues, attributes="", plugins=""):
    names = "".join(f'<queue physicalName="{name}"/>' for name in queues)
    return (f'<broker xmlns="http://activemq.apache.org/schema/core" {attributes}>\n'
            f"<destinations>{names}</destinations>\n<plugins>{plugins}</plugins>\n</broker>\n")


class Broker:
    """`ternd` with a document; its log is read line by line."""

    def __init__(self, binary, folder, name="activemq.xml", listener="openwire"):
        self.http = None
        self.port = None
        self.listener = listener
        self.file = folder / name
        self.command = [binary, "--config", str(self.file), "--data", str(folder / "data"),
                        "--listen", f"{listener}=127.0.0.1:0", "--listen", "http=127.0.0.1:0",
                        "--set", "http.open=true"]
        self.process = None
        self.lines = None

    def write(self, text):
        # At once: a broker that watches the file must not see half of it.
        new = self.file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        os.replace(new, self.file)

    def start(self):
        self.lines = queue.SimpleQueue()
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self._read, args=(self.process.stdout, self.lines),
                         daemon=True).start()
        recovered = self.wait_for(r"(\d+) queues with \d+ messages recovered")
        ready = self.wait_for(r"^ready .*").string
        self.http = re.search(r"http=(\S+)", ready)[1]
        self.port = int(re.search(rf"\b{self.listener}=\S+:(\d+)", ready)[1])
        return int(recovered[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WAIT_SECONDS) == 0

    def wait_for(self, pattern):
        while True:
            line = self.lines.get(timeout=WAIT_SECONDS)
            assert line is not None, f"the broker ended before it said {pattern!r}"
            if found := re.search(pattern, line):
                return found

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put(None)


def run_by_command(binary, tern, folder):
    """Operators reload and export by the API; what they are shown is a document again."""
    def command(*arguments, expect=0):
        done = subprocess.run([tern, "config", *arguments, "--http", f"http://{broker.http}"],
                              capture_output=True, text=True, timeout=WAIT_SECONDS)
        assert done.returncode == expect, (arguments, done)
        return done.stdout + done.stderr

    broker = Broker(binary, folder)
    broker.write(document(["A"], 'brokerName="east"'))
    broker.start()
    assert 'brokerName="east"' in command("export")
    broker.write(document(["A", "B"], 'brokerName="east"'))
    assert command("reload") == "taken over\n"
    assert 'physicalName="B"' in command("export")
    broker.write(document(["A", "B", "C"], 'brokerName="east" persistent="perhaps"'))
    refused = command("reload", expect=1)
    assert "activemq.xml:1:" in refused and "'perhaps' should be" in refused, refused
    shown = command("export")
    assert 'physicalName="C"' not in shown
    broker.write(document(["A", "B", "C"], 'brokerName="west"'))
    assert "at the next start" in command("reload")
    broker.write(shown)
    assert command("reload") == "taken over\n", "all is again as at the start"
    broker.stop()
    assert broker.start() == 3
    assert command("export") == shown
    broker.stop()


def run_with_properties(binary, folder):
    """What a property file says counts when that changes, though the document stays as it is."""
    broker = Broker(binary, folder)
    properties = folder / "names.properties"

    def say(text):
        new = properties.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        os.replace(new, properties)

    plugins = '<runtimeConfigurationPlugin checkPeriod="50"/>'
    broker.write('<beans xmlns="http://www.springframework.org/schema/beans">\n'
                 '<bean class="org.springframework.beans.factory.config.'
                 'PropertyPlaceholderConfigurer"><property name="location" '
                 'value="file:${activemq.conf}/names.properties"/></bean>\n'
                 f'{document(["${first}", "${second}"], plugins=plugins)}</beans>')
    say("first=A\nsecond=A\n")
    assert broker.start() == 0
    say("first=A\n")
    broker.wait_for(r"nothing says what '\$\{second\}' is")
    broker.wait_for(REFUSED)
    say("first=A\nsecond=B\n")
    broker.wait_for(TAKEN_OVER)
    broker.stop()
    assert broker.start() == 2
    broker.stop()


def run(binary, folder):
    broker = Broker(binary, folder)
    broker.write(document(["A"]))
    assert broker.start() == 0
    # Refused as a whole, and the line says where.
    broker.write(document(["A", "B"], 'persistent="perhaps"'))
    broker.reload()
    where = broker.wait_for(r"activemq.xml:(\d+):(\d+): broker@persistent: 'perhaps' should be")
    assert where[1] == "1" and int(where[2]) > 1, where[0]
    broker.wait_for(REFUSED)
    broker.write(document(["A"]))
    broker.stop()
    assert broker.start() == 1
    # Taken over when told to.
    watching = '<runtimeConfigurationPlugin checkPeriod="50"/>'
    broker.write(document(["A", "B"], plugins=watching))
    broker.reload()
    broker.wait_for(TAKEN_OVER)
    broker.stop()
    assert broker.start() == 2
    # Taken over without being told, since the document asks for that.
    broker.write(document(["A", "B", "C"], plugins=watching))
    broker.wait_for(TAKEN_OVER)
    broker.stop()
    assert broker.start() == 3
    broker.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ternd", required=True, metavar="PATH", help="the daemon under test")
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-test-") as folder:
        run(options.ternd, Path(folder))
    with tempfile.TemporaryDirectory(prefix="tern-test-") as folder:
        run_with_properties(options.ternd, Path(folder))
    with tempfile.TemporaryDirectory(prefix="tern-test-") as folder:
        run_by_command(options.ternd, options.tern, Path(folder))


if __name__ == "__main__":
    main()
