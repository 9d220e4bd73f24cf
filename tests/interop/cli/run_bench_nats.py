#!/usr/bin/python3
"""Runs `tern bench --protocol nats` against Debian's nats-server, and looks at what it counts."""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

START_SECONDS = 30
USER, PASSWORD = "ann", 'with "quotes" and \\'
DOCUMENT = """listen: 127.0.0.1:{port}
jetstream {{ store_dir: "{data}" }}
authorization {{ user: {user}, password: {password} }}
"""

url = ""
tern = None


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def bench(*options, password=PASSWORD):
    return subprocess.run(
        [str(tern), "bench", "--protocol", "nats", "--url", url, "--user", USER, "--password",
         password, "--json", "--quiet", *options], capture_output=True, text=True, timeout=120)


class Nats(unittest.TestCase):
    def result_of(self, *options):
        done = bench(*options)
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        total = result["total"]
        self.assertTrue(total["complete"], total)
        self.assertEqual((total["lost"], total["repeated"], total["foreign"]), (0, 0, 0))
        return result

    def test_a_subject_reaches_every_subscriber(self):
        result = self.result_of("--transient", "-d", "topic://news", "--publishers", "2",
                                "--subscribers", "3", "--count", "3000", "--ahead", "500")
        self.assertEqual(result["total"]["received"], 9000)

    def test_a_queue_group_shares_them(self):
        result = self.result_of("--transient", "-d", "orders", "--publishers", "2", "--subscribers",
                                "3", "--count", "3000", "--ahead", "500")
        self.assertEqual(result["total"]["received"], 3000)

    def test_a_stream_confirms_and_keeps_them(self):
        for name in ("kept", "kept.too"):
            result = self.result_of("-d", name, "--publishers", "2", "--subscribers", "2",
                                    "--count", "3000", "--size", "200")
            total = result["total"]
            self.assertEqual((total["confirmed"], total["received"]), (3000, 3000))

    def test_a_backlog(self):
        total = self.result_of("-d", "pile", "--backlog", "--count", "2000")["total"]
        self.assertEqual(total["received"], 2000)

    def test_what_it_refuses_is_said(self):
        done = bench("--transient", "-d", "orders", "--count", "10", password="wrong")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Authorization Violation", done.stderr)
        for words in (("--transacted", "5"), ("-d", "topic://kept"),
                      ("--transient", "-d", "topic://kept", "--durable")):
            done = bench(*words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn("NATS", done.stderr)


def main():
    global url, tern
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tern", type=Path, required=True)
    tern = parser.parse_args().tern
    with tempfile.TemporaryDirectory(prefix="tern-test-") as data:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        document = Path(data) / "nats.conf"
        document.write_text(DOCUMENT.format(port=port, data=data, user=USER,
                                            password=json.dumps(PASSWORD)))
        program = shutil.which("nats-server", path="/usr/sbin:/usr/bin")
        assert program, "nats-server is missing: install Debian's package"
        server = subprocess.Popen([program, "-c", str(document)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not listens(port):
                assert server.poll() is None and time.monotonic() < deadline, "it does not listen"
                time.sleep(0.05)
            url = f"tcp://127.0.0.1:{port}"
            unittest.main(argv=[sys.argv[0]], verbosity=2)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
