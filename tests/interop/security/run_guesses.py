#!/usr/bin/python3
"""Right passwords while wrong ones come in crowds from very many addresses, for names that nobody
has and for one that somebody has: who has been in from a host gets in from there, whatever is
guessed; users whom nobody guesses at get in from anywhere, and those who are connected are served.
"""

import re
import socket
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.broker import TernBroker
from harness.stomp import Client

SECONDS = 60
AT_A_TIME = 50
GUESSES = 2000
LOGINS = 10
PASSWORD = "hashed-secret"
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <simpleAuthenticationPlugin><users>{users}</users></simpleAuthenticationPlugin>
</plugins></broker>
"""
USER = '<authenticationUser username="{}" password="{}" groups="users"/>'


def ask(port, user, password, host):
    """What a client from there is told."""
    with socket.create_connection(("127.0.0.1", port), SECONDS, (host, 0)) as link:
        link.sendall(f"CONNECT\naccept-version:1.2\nlogin:{user}\npasscode:{password}\n\n\0"
                     .encode())
        return link.recv(65536).split(b"\n", 1)[0]


def ask_and_go_on(port, user, password):
    """What a client is told that sends more before it reads."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as link:
        link.sendall(f"CONNECT\naccept-version:1.2\nlogin:{user}\npasscode:{password}\n\n\0"
                     .encode())
        # All that is sent, the end included, is there before anything of it is read.
        harness.settle(lambda: len(link.recv(65536, socket.MSG_PEEK)) > 0)
        link.sendall(b"SEND\ndestination:/queue/others\n\nm\0" * 100)
        said = b""
        while piece := link.recv(65536):
            said += piece
        return said


class Crowd:
    """Guesses without a pause, many at a time, each from another address."""

    def __init__(self, port):
        self.port = port
        self.lock = threading.Lock()
        self.begun = self.answered = 0
        self.wrong = []
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.guess, daemon=True) for _ in range(AT_A_TIME)]

    def guess(self):
        while not self.ending.is_set():
            with self.lock:
                number = self.begun = self.begun + 1
            host = f"127.{1 + number % 250}.{number // 250 % 250}.9"
            user = "ann" if number % 2 else f"nobody{number}"
            said = ask(self.port, user, "guessed-secret", host)
            with self.lock:
                self.answered += 1
                if said != b"ERROR":
                    self.wrong.append((user, said))

    def __enter__(self):
        for one in self.threads:
            one.start()
        return self

    def await_more(self, count):
        wanted = self.answered + count
        harness.settle(lambda: self.answered >= wanted)
        assert self.answered >= wanted, f"{self.answered} guesses were answered, not {wanted}"

    def __exit__(self, *_):
        self.ending.set()
        for one in self.threads:
            one.join(SECONDS)


def run():
    options = harness.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-guesses-") as work:
        document = Path(work) / "activemq.xml"
        hashed = harness.hash_of(PASSWORD, options.ternd)
        document.write_text(DOCUMENT.format(
            users="".join(USER.format(name, hashed) for name in ("ann", "bob", "kim"))))
        broker = TernBroker(work, options.ternd, listener="stomp", document=document,
                            settings={"log.max_repetitions": 20})
        with harness.running(broker):
            said = ask_and_go_on(broker.port, "kim", "guessed-secret")
            assert said.startswith(b"ERROR") and said.count(b"\0") == 1, (
                f"a client that goes on sending is told {said}")
            with Client(broker.port) as client:
                client.connect(login="ann", passcode=PASSWORD)
                with Crowd(broker.port) as crowd:
                    crowd.await_more(GUESSES // 2)
                    for number in range(LOGINS):
                        assert ask(broker.port, "ann", PASSWORD, "127.0.0.1") == b"CONNECTED", (
                            "others lock ann out where she has been")
                        new = f"127.254.0.{number + 1}"
                        assert ask(broker.port, "bob", PASSWORD, new) == b"CONNECTED", (
                            f"bob does not get in from a new host, {number}")
                        client.sync("SEND", b"m", destination="/queue/others")
                        crowd.await_more(GUESSES // 2 // LOGINS)
                    assert not crowd.wrong, crowd.wrong[:3]
                print(f"{crowd.answered} guesses were refused", flush=True)
            assert broker.stop() == 0
            lines = re.findall(r"(\d+ more lines .*)?no stomp login for", broker.log_text())
            assert 0 < len(lines) < crowd.answered // 10, f"{len(lines)} lines about guesses"
            assert any(lines), "the log does not say how many more guesses there were"
            events = (broker.data / "audit" / "audit.log").read_text().count('"denied"')
            assert events < GUESSES, f"{events} events about guesses"


if __name__ == "__main__":
    harness.main(run)
