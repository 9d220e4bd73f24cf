#!/usr/bin/python3
"""A listener for others than this machine, without anybody who says who clients are: the broker
does not start, whatever the protocol and wherever the listener is named, unless it is told
`--insecure`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.certificates import Certificates

SECONDS = 60
EVERYWHERE = ("0.0.0.0", "[::]")
LISTENERS = ("openwire", "stomp", "mqtt", "amqp", "auto", "ws", "nio", "openwire+ssl", "stomp+ssl",
             "mqtt+ssl", "amqp+ssl", "auto+ssl", "wss")
CONNECTORS = ("tcp", "nio", "stomp", "mqtt", "amqp", "auto", "ws", "ssl", "stomp+ssl", "mqtt+ssl",
              "amqp+ssl", "auto+ssl", "wss")
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">{plugins}
  <transportConnectors><transportConnector name="one" uri="{uri}"/></transportConnectors>
</broker>
"""
USERS = """<plugins><simpleAuthenticationPlugin><users>
  <authenticationUser username="ann" password="user-secret" groups="users"/>
</users></simpleAuthenticationPlugin></plugins>"""


class Attempts:
    def __init__(self, ternd, work, certificates):
        self.ternd = ternd
        self.work = work
        self.number = 0
        self.tls = ["--set", f"tls.certificate={certificates.path('server.pem')}",
                    "--set", f"tls.key={certificates.path('server.key')}"]
        self.authorities = ["--set", f"tls.authorities={certificates.path('ca.pem')}"]

    def data(self):
        self.number += 1
        return self.work / f"data{self.number}"

    def document(self, uri, plugins=""):
        path = self.work / f"document{self.number}.xml"
        path.write_text(DOCUMENT.format(uri=uri, plugins=plugins))
        return ["--config", str(path)]

    def refuse(self, name, *words):
        """One line says what is wrong, and nothing was begun."""
        data = self.data()
        done = subprocess.run([self.ternd, "--data", data, *words], capture_output=True, text=True,
                              timeout=SECONDS)
        assert done.returncode != 0, f"{words}: it starts"
        lines = [line for line in done.stderr.splitlines() if "would be open to everybody" in line]
        assert len(lines) == 1 and f"{name} would be open" in lines[0], f"{words}: {done.stderr}"
        assert "--insecure" in lines[0] and "authentication plugin" in lines[0], lines
        assert not done.stdout, f"{words}: it says that it is ready: {done.stdout}"
        assert not (data / "journal").exists(), f"{words}: a broker was begun"

    def start(self, *words):
        """It serves, and what it says that it listens on."""
        process = subprocess.Popen([self.ternd, "--data", self.data(), *words],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            for line in process.stdout:
                if line.startswith("ready"):
                    return line
            raise AssertionError(f"{words}: it does not start: {process.stderr.read()}")
        finally:
            process.terminate()
            assert process.wait(SECONDS) == 0, words
            process.stdout.close()
            process.stderr.close()


def listeners(attempts):
    for name in LISTENERS:
        for host in EVERYWHERE:
            attempts.refuse(name, "--listen", f"{name}={host}:0", *attempts.tls)
    # One that may be reached is too many.
    attempts.refuse("mqtt", "--listen", "stomp=127.0.0.1:0", "--listen", "mqtt=0.0.0.0:0")
    assert "stomp=" in attempts.start("--listen", "stomp=127.0.0.1:0")


def connectors(attempts):
    for scheme in CONNECTORS:
        document = attempts.document(f"{scheme}://0.0.0.0:0")
        name = {"tcp": "openwire", "nio": "openwire", "ssl": "openwire+ssl"}.get(scheme, scheme)
        attempts.refuse(name, *document, *attempts.tls, "--set", "http.listen=127.0.0.1:0")


def operators(attempts):
    only = ("--listen", "stomp=127.0.0.1:0")
    for host in EVERYWHERE:
        attempts.refuse("http", *only, "--listen", f"http={host}:0", "--set", "http.open=true")
    # Operators log in wherever they are served, unless somebody has said otherwise.
    said = attempts.start(*only, "--listen", "http=0.0.0.0:0")
    assert "http=0.0.0.0:" in said, said
    assert "http=127.0.0.1:" in attempts.start(*only, "--listen", "http=127.0.0.1:0", "--set",
                                               "http.open=true")


def allowed(attempts):
    """With users, with client certificates, or when it is told so."""
    assert "stomp=0.0.0.0:" in attempts.start("--listen", "stomp=0.0.0.0:0", "--insecure")
    assert "http=0.0.0.0:" in attempts.start("--listen", "http=0.0.0.0:0", "--set",
                                             "http.open=true", "--insecure")
    users = attempts.document("tcp://127.0.0.1:0", USERS)
    assert "mqtt=0.0.0.0:" in attempts.start(*users, "--listen", "mqtt=0.0.0.0:0")
    certificates = (*attempts.tls, *attempts.authorities, "--set")
    assert "ssl=0.0.0.0:" in attempts.start("--listen", "stomp+ssl=0.0.0.0:0", *certificates,
                                            "tls.client_certificate=needed")
    attempts.refuse("stomp+ssl", "--listen", "stomp+ssl=0.0.0.0:0", *certificates,
                    "tls.client_certificate=wanted")
    # In the open nobody shows a certificate.
    attempts.refuse("stomp", "--listen", "stomp=0.0.0.0:0", *certificates,
                    "tls.client_certificate=needed")


def run():
    options = harness.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-exposed-") as folder:
        work = Path(folder)
        attempts = Attempts(options.ternd, work, Certificates(work))
        for part in (listeners, connectors, operators, allowed):
            part(attempts)
            print(f"{part.__name__}: as told", flush=True)


if __name__ == "__main__":
    harness.main(run)
