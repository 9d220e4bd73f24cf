#!/usr/bin/python3
"""What a message to a virtual topic costs with more and more queues on it: time, processor time of
the broker, what it writes to its disk, and memory. The messages stay on the queues."""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from harness import options as harness
from harness import stomp

TOPIC = "VirtualTopic.bench"
TICKS = os.sysconf("SC_CLK_TCK")
AHEAD = 50  # messages without an answer


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def written_bytes(pid):
    return int(dict(line.split(": ") for line in
                    Path(f"/proc/{pid}/io").read_text().splitlines())["write_bytes"])


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def make_queues(client, first, last):
    """A queue is there from its first consumer on, and stays."""
    for number in range(first, last):
        client.send("SUBSCRIBE", id=number, destination=f"/queue/Consumer.{number}.{TOPIC}",
                    activemq__prefetchSize=1, ack="client", receipt=f"s{number}")
        client.send("UNSUBSCRIBE", id=number, receipt=f"u{number}")
        assert [client.frame().command for _ in range(2)] == ["RECEIPT"] * 2


def publish(client, count, body):
    for number in range(count):
        client.send("SEND", body, destination=f"/topic/{TOPIC}", persistent="true",
                    receipt=str(number))
        if number >= AHEAD:
            client.frame()
    for _ in range(min(count, AHEAD)):
        client.frame()


def measure(broker, client, queues, options):
    pid = broker.process.pid
    body = os.urandom(options.body // 2).hex().encode()
    publish(client, AHEAD, body)
    began, used = time.monotonic(), processor_seconds(pid)
    written, resident = written_bytes(pid), resident_bytes(pid)
    publish(client, options.messages, body)
    seconds = time.monotonic() - began
    per = options.messages
    cpu = (processor_seconds(pid) - used) / per * 1e6
    print(f"| {queues} | {per / seconds:,.0f} | {cpu:,.0f} | {cpu / max(queues, 1):,.2f} | "
          f"{(written_bytes(pid) - written) / per:,.0f} | "
          f"{(resident_bytes(pid) - resident) / per:,.0f} |", flush=True)


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--queues", type=int, nargs="+", default=[1, 10, 100, 250, 500, 1000])
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--body", type=int, default=4096)
    options = parser.parse_args()
    print("| queues | messages/s | µs of processor a message | a message and queue | "
          "bytes on disk a message | bytes of memory a message |\n|---|---|---|---|---|---|")
    for queues in options.queues:
        with harness.broker_for(options, listener="stomp", with_java=False) as (broker, _):
            with stomp.Client(broker.port) as client:
                client.connect(heart_beat="0,0")
                make_queues(client, 0, queues)
                measure(broker, client, queues, options)


if __name__ == "__main__":
    harness.main(run)
