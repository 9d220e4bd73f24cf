#!/usr/bin/python3
"""Who gets into the web console, in Debian's Chromium: with the password that a broker without
users makes for itself, and with the users of a document."""

import json
import os
import re
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.node import Node

DOCUMENT = Path(__file__).resolve().parents[1] / "interop" / "security" / "activemq.xml"
USERS = [{"user": "root", "password": "root-secret", "role": "admin"},
         {"user": "viewer", "password": "viewer-secret", "role": "view"}]
MADE = re.compile(r"console: log in as (\S+) with the password (\S+), which is not shown again")


def play(node, broker, logins):
    os.environ["TERN_LOGINS"] = json.dumps(logins)
    node.run("login.js", shutil.which("chromium"), broker.http_port)


def status(broker, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{broker.http_port}{path}") as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def password_of_its_own(options, node):
    settings = {"http.listen": "127.0.0.1:0", "http.open": "false"}
    with harness.broker_for(options, settings=settings, listener="auto",
                            with_java=False) as (broker, _):
        assert status(broker, "/api/v1/queues") == 401
        assert status(broker, "/metrics") == 401
        assert status(broker, "/health/ready") == 200
        said = [MADE.fullmatch(line) for line in broker.said]
        made = [found for found in said if found]
        assert len(made) == 1, broker.said
        user, password = made[0].groups()
        play(node, broker, [{"user": user, "password": password, "role": "admin"}])
        kept = broker.data / "console-password"
        assert kept.stat().st_mode & 0o777 == 0o600, oct(kept.stat().st_mode)
        assert kept.read_text().startswith("$y$") and password not in kept.read_text()
        assert password not in broker.log_text()
        assert broker.stop() == 0
        broker.start()
        assert not any("password" in line for line in broker.said), "it is shown again"
        play(node, broker, [{"user": user, "password": password, "role": "admin"}])


def users_of_a_document(options, node):
    settings = {"http.listen": "127.0.0.1:0"}
    with harness.broker_for(options, settings=settings, listener="auto", with_java=False,
                            document=DOCUMENT) as (broker, _):
        play(node, broker, USERS)
        assert not (broker.data / "console-password").exists()
        audit = (broker.data / "audit" / "audit.log").read_text()
        assert '"what":"POST","outcome":"denied","user":"viewer"' in audit, audit
        assert '"what":"POST","outcome":"done","user":"root"' in audit, audit


def run():
    options = harness.parser(__doc__).parse_args()
    assert shutil.which("chromium"), "there is no chromium: install Debian's package"
    node = Node(Path(__file__).resolve().parent)
    password_of_its_own(options, node)
    users_of_a_document(options, node)


if __name__ == "__main__":
    harness.main(run)
