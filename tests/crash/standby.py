#!/usr/bin/python3
"""Two brokers on one data directory: kills the one that serves, again and again, and judges what
clients with a failover URI saw."""

import socket
import statistics
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crash.ledger import judge
from crash.run_crash import SCANT, Load
from harness import options as harness
from harness import stomp
from harness.broker import TernBroker, stable_port

STANDS_BY = "standing by: the data directory belongs to "
FAILOVER = "failover:({})?randomize=false&initialReconnectDelay=10&useExponentialBackOff=false"
VIOLATIONS_SHOWN = 20


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Pair:
    """The broker that serves and the one that stands by; and their clients' URI."""

    def __init__(self, active, standby):
        self.active, self.standby = active, standby
        self.work = active.work
        standby.data = active.data
        self.url = FAILOVER.format(f"{active.url},{standby.url}")
        self.ready_seconds, self.served_seconds = [], []
        self.stand_by(standby)

    def stand_by(self, broker):
        seen = len(broker.wait_for_log(STANDS_BY, 0))
        broker.launch()
        assert len(broker.wait_for_log(STANDS_BY, seen + 1)) == seen + 1, broker.log_text()
        assert refuses(broker.port), "a broker that stands by serves"

    def fail(self, load):
        began = time.monotonic()
        self.active.kill()
        self.standby.await_ready()
        self.ready_seconds.append(time.monotonic() - began)
        size = load.size()
        while load.size() == size:
            assert time.monotonic() - began < 60, "no client works again"
            time.sleep(0.002)
        self.served_seconds.append(time.monotonic() - began)
        self.active, self.standby = self.standby, self.active
        self.stand_by(self.standby)


def judged(load, pair):
    """Whether there is nothing to complain of."""
    with open(load.ledger) as lines:
        verdict = judge(lines, expect_flags=True, expect_order=False)
    print(", ".join(f"{count} {what}" for what, count in sorted(verdict.counts.items())))
    for name, seconds in (("ready", pair.ready_seconds), ("served", pair.served_seconds)):
        times = f"median {statistics.median(seconds):.3f} s, longest {max(seconds):.3f} s"
        print(f"kill to {name}: {times}")
    print(*verdict.violations[:VIOLATIONS_SHOWN], sep="\n")
    return not verdict.violations


def probe(port, what):
    """What whoever watches the broker is told: a status, or 0 where nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/{what}",
                                    timeout=harness.SETTLE_SECONDS) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class Operated(TernBroker):
    """A broker whose port for operators is known before it listens."""

    def __init__(self, work, ternd):
        super().__init__(work, ternd, stable_port(), listener="stomp")
        self.http_port = stable_port()

    def command(self):
        return [*super().command(), "--listen", f"http=127.0.0.1:{self.http_port}"]


def readiness(options):
    """A broker that stands by is not ready and takes no connection; once it is, all is there."""
    with harness.broker_for(options, with_java=False, listener="stomp") as (first, _):
        with stomp.Client(first.port) as client:
            client.connect()
            client.sync("SEND", b"kept", destination="/queue/kept", persistent="true")
        second_work = first.work / "second"
        second_work.mkdir()
        second = Operated(second_work, options.ternd)
        second.data = first.data
        try:
            second.launch()
            second.wait_for_log(STANDS_BY)
            assert refuses(second.port) and probe(second.http_port, "ready") == 0
            first.kill()
            deadline = time.monotonic() + harness.SETTLE_SECONDS
            while (status := probe(second.http_port, "ready")) != 200:
                assert status == 0, f"a broker that is not ready answers {status}"
                assert time.monotonic() < deadline, "it does not take over"
                time.sleep(0.01)
            assert probe(second.http_port, "live") == 200
            with stomp.Client(second.port) as client:
                client.connect()
                client.send("SUBSCRIBE", id="1", destination="/queue/kept")
                assert client.expect("MESSAGE").body == b"kept"
            second.await_ready()
            assert second.stop() == 0
        finally:
            second.close()


def kills(options, settings):
    with harness.broker_for(options, restarts=True, settings=settings) as (first, java):
        second_work = first.work / "second"
        second_work.mkdir()
        second = TernBroker(second_work, options.ternd, stable_port(), settings)
        load = None
        try:
            pair = Pair(first, second)
            load = Load(java, pair)
            for _ in range(options.kills):
                load.wait_for_news()
                pair.fail(load)
            load.wait_for_news()
            load.finish()
        finally:
            if load is not None:
                load.close()
            second.close()
        options.keep = not judged(load, pair)
        assert not options.keep, "violations"


def lock(options):
    """Who may not wait says whom the directory belongs to; who loses the lock ends at once."""
    with harness.broker_for(options, with_java=False, settings={"lock.check_ms": 50}) as (
            broker, _):
        other = TernBroker(broker.work, options.ternd, 0, {"lock.fail_when_taken": "true"})
        other.launch()
        assert other.process.wait(harness.SETTLE_SECONDS) == 2
        assert "another broker is using it: " in broker.log_text(), broker.log_text()
        assert f", process {broker.process.pid} of {socket.gethostname()}" in broker.log_text()
        waits = TernBroker(broker.work, options.ternd)
        waits.launch()
        waits.wait_for_log(STANDS_BY)
        assert waits.stop() == 0, "a broker that stands by does not end in order"
        (broker.data / "lock").unlink()
        assert broker.process.wait(harness.SETTLE_SECONDS) == 1
        assert "is lost: another broker may use it" in broker.log_text(), broker.log_text()


def console(options):
    """Of two consoles the one of the broker that serves answers, and no other."""
    with harness.scratch_for(options) as work:
        brokers = []
        for name in ("first", "second"):
            (work / name).mkdir()
            broker = TernBroker(work / name, options.ternd, stable_port(),
                                {"http.listen": f"127.0.0.1:{stable_port()}", "shards": 1})
            broker.data = work / "data"
            brokers.append(broker)
        first, second = brokers
        try:
            first.start()
            second.launch()
            assert second.wait_for_log(STANDS_BY), second.log_text()
            assert shows_console(first) and not shows_console(second)
            first.kill()
            second.await_ready()
            assert shows_console(second) and not shows_console(first)
        finally:
            first.close()
            second.close()


def shows_console(broker):
    address = broker.settings["http.listen"]
    try:
        with urllib.request.urlopen(f"http://{address}/health/ready", timeout=20) as answer:
            return answer.status == 200
    except urllib.error.URLError:
        return False


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--ample", action="store_true",
                        help="as much memory and as large files as by default")
    options = parser.parse_args()
    lock(options)
    readiness(options)
    console(options)
    kills(options, {} if options.ample else SCANT)


if __name__ == "__main__":
    harness.main(run)
