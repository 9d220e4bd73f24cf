#!/usr/bin/python3
"""What is written down of who did what, and who can read it: the audit log and its rotation, the
modes of all files, a broker without any privilege."""

import base64
import json
import os
import shutil
import stat
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.broker import TernBroker
from harness.stomp import Client

DOCUMENT = Path(__file__).resolve().parent / "activemq.xml"
FILE_BYTES = 4096
FILES = 3
NOBODY = 65534


class Unprivileged(TernBroker):
    """As its systemd unit would run it: another user, no capability, no way to get any."""

    def command(self):
        command = super().command()
        if os.geteuid() != 0:
            return command
        shutil.chown(self.work, NOBODY, NOBODY)
        shutil.chown(self.data, NOBODY, NOBODY)
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", *command]


def log_in(broker, user, password):
    with Client(broker.port) as client:
        client.send("CONNECT", accept_version="1.2", host="x", login=user, passcode=password)
        return client.frame().command == "CONNECTED"


def ask(broker, method, path, user, body=None):
    login = base64.b64encode(f"{user}:{user}-secret".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{broker.http_port}{path}", method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def logs(broker):
    """From the oldest on."""
    folder = broker.data / "audit"
    old = [folder / f"audit.{age}.log" for age in range(FILES + 2, 0, -1)]
    return [path for path in (*old, folder / "audit.log") if path.exists()]


def events(broker):
    return [json.loads(line) for path in logs(broker)
            for line in path.read_text().splitlines()]


def expect(broker, **wanted):
    """An event with these members is written, sooner or later."""
    found = []

    def is_there():
        found[:] = [event for event in events(broker) if wanted.items() <= event.items()]
        return found

    harness.settle(is_there)
    assert found, f"not written down: {wanted}\n{events(broker)[-5:]}"
    return found[-1]


def who_did_what(broker):
    assert log_in(broker, "tester", "tester-secret")
    login = expect(broker, what="login", outcome="done", user="tester", by="stomp", target="auto")
    assert login["address"].startswith("127.0.0.1:") and login["at"].endswith("Z"), login
    assert not log_in(broker, "tester", "guessed-secret")
    expect(broker, what="login", outcome="denied", user="tester", reason="wrong password")
    with Client(broker.port) as client:
        client.connect(login="tester", passcode="tester-secret")
        client.send("SEND", b"m", destination="/queue/m.none.x", receipt="1")
        assert client.frame().command == "ERROR"
    expect(broker, what="write", outcome="denied", user="tester", target="queue://m.none.x")
    assert ask(broker, "POST", "/api/v1/queues", "root", {"name": "made"}) in (200, 201)
    expect(broker, what="POST", outcome="done", user="root", by="http", target="/api/v1/queues")
    assert ask(broker, "DELETE", "/api/v1/queues/made", "viewer") == 403
    expect(broker, what="DELETE", outcome="denied", user="viewer", reason="403")
    # Whatever a name has in it stays within its line.
    assert not log_in(broker, 'x"}\\n{"what":"forged"}', "guessed-secret")
    assert all(event["what"] != "forged" for event in events(broker))


def rotates(broker):
    while len(logs(broker)) < FILES + 1:
        assert log_in(broker, "tester", "tester-secret")
    oldest = logs(broker)[0].read_text()
    lines = [path.read_text().splitlines() for path in logs(broker)]
    assert len(lines) == FILES + 1
    assert all(path.stat().st_size <= FILE_BYTES for path in logs(broker))
    harness.settle(lambda: log_in(broker, "tester", "tester-secret")
                   and logs(broker)[0].read_text() != oldest)
    assert logs(broker)[0].read_text() != oldest, "the oldest file does not go"
    # In the middle of a turn one name is missing.
    harness.settle(lambda: len(logs(broker)) == FILES + 1)
    assert len(logs(broker)) == FILES + 1, "not the files that were asked for"
    times = [event["at"] for event in events(broker)]
    assert times == sorted(times), "lines lie in the order of their times"


def modes(broker):
    """Nobody else reads what is kept."""
    count = 0
    for folder, folders, files in os.walk(broker.data):
        for name in (*folders, *files):
            path = Path(folder) / name
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = 0o700 if path.is_dir() else 0o600
            assert mode == wanted, f"{path}: {mode:o}"
            count += 1
    assert count > 5, "there is nothing to look at"


def privileges(broker):
    status = dict(line.split(":\t", 1) for line in
                  Path(f"/proc/{broker.process.pid}/status").read_text().splitlines()
                  if ":\t" in line)
    if os.geteuid() == 0:
        assert status["Uid"].split() == [str(NOBODY)] * 4, status["Uid"]
    for capabilities in ("CapPrm", "CapEff", "CapBnd"):
        assert os.geteuid() != 0 or int(status[capabilities], 16) == 0, capabilities


def run():
    options = harness.parser(__doc__).parse_args()
    settings = {"http.listen": "127.0.0.1:0", "audit.file_bytes": FILE_BYTES, "audit.files": FILES}
    with tempfile.TemporaryDirectory(prefix="tern-audit-") as work:
        os.chmod(work, 0o755)
        broker = Unprivileged(work, options.ternd, settings=settings, listener="auto",
                              document=DOCUMENT)
        with harness.running(broker):
            privileges(broker)
            who_did_what(broker)
            rotates(broker)
            modes(broker)
            assert broker.stop() == 0
            last = events(broker)[-1]
            broker.start()
            assert log_in(broker, "viewer", "viewer-secret")
            expect(broker, what="login", outcome="done", user="viewer", by="stomp")
            assert last in events(broker), "it goes on where it was"
            assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
