#!/usr/bin/python3
"""A message that is larger than the broker may become: sent, kept over a kill, and received, all of
it streamed by python3-qpid-proton."""

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

from harness import options as harness

import amqp_broker
import streaming

MIB = 1024 * 1024
QUEUE = "large"
GONE_SECONDS = 20
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><systemUsage><systemUsage>
<memoryUsage><memoryUsage limit="{} mb"/></memoryUsage>
</systemUsage></systemUsage></broker>"""


def peak_bytes(broker):
    status = Path(f"/proc/{broker.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def bodies(broker):
    return list((broker.data / "large").glob("*.body"))


def await_no_bodies(broker):
    deadline = time.monotonic() + GONE_SECONDS
    while bodies(broker):
        assert time.monotonic() < deadline, f"left: {bodies(broker)}"
        time.sleep(0.05)


def timed(what, mib, peer):
    began = time.monotonic()
    peer.run()
    assert peer.problem is None, peer.problem
    seconds = time.monotonic() - began
    print(f"{what}: {mib} MiB in {seconds:.1f} s, {mib / seconds:.0f} MiB/s")
    return peer


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--mib", type=int, default=256, help="size of the message")
    parser.add_argument("--growth-mib", type=int, default=100,
                        help="how much the broker's memory may grow")
    parser.add_argument("--limit-mib", type=int, default=0,
                        help="memory limit of the document, which the process keeps as well")
    options = parser.parse_args()
    settings = {"amqp.max_message_bytes": (options.mib + 1) * MIB}
    document = DOCUMENT.format(options.limit_mib) if options.limit_mib else None
    with amqp_broker.running(options.ternd, settings, document) as broker:
        before = broker.rss_bytes()
        sender = timed("sent", options.mib, streaming.Sender(broker, QUEUE, options.mib))
        assert sender.accepted, sender.outcome
        assert len(bodies(broker)) == 1
        check_growth("while sending", peak_bytes(broker) - before, options.growth_mib)
        check_limit(broker, options.limit_mib)

        broker.kill()
        broker.start()
        before = broker.rss_bytes()
        receiver = timed("received", options.mib, streaming.Receiver(broker, QUEUE))
        assert receiver.digests == [streaming.digest_of(1, options.mib)], "the body has changed"
        check_growth("while receiving", peak_bytes(broker) - before, options.growth_mib)
        check_limit(broker, options.limit_mib)
        await_no_bodies(broker)

        broken = streaming.Sender(broker, QUEUE, options.mib, abort_at=min(options.mib - 1, 50))
        broken.run()
        await_no_bodies(broker)
        code = broker.stop()
        assert code == 0, f"exit code {code} after SIGTERM"


def check_growth(when, growth, limit_mib):
    print(f"memory {when}: {growth / MIB:.1f} MiB more at most")
    assert growth < limit_mib * MIB, f"{when} the broker's memory grew by {growth / MIB:.0f} MiB"


def check_limit(broker, limit_mib):
    peak = peak_bytes(broker)
    print(f"memory: {peak / MIB:.1f} MiB at most")
    assert not limit_mib or peak < limit_mib * MIB, f"{peak / MIB:.0f} MiB are more than the limit"


if __name__ == "__main__":
    harness.main(run)
