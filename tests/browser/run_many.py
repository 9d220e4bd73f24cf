#!/usr/bin/python3
"""The web console with many queues, and many messages on one: by default as few as make a page
useless that shows them all; `--queues 50000 --messages 1000000` is what it is made for."""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness import stomp
from harness.node import Node

AHEAD = 1000  # frames between two answers
RUN_SECONDS = 800


def fill(port, queues, messages):
    """A message on each, and all the others on one, with their numbers."""
    with stomp.Client(port) as client:
        client.connect(heart_beat="0,0")
        frames = [f"SEND\ndestination:/queue/MANY.{number:06}\n\nm\0" for number in range(queues)]
        frames += [f"SEND\ndestination:/queue/DEEP\npersistent:true\nnumber:{number}\n\nm\0"
                   for number in range(messages)]
        for first in range(0, len(frames), AHEAD):
            client.raw("".join(frames[first:first + AHEAD]).encode())
            client.send("SEND", b"m", destination="/topic/nobody", receipt=first)
            client.expect("RECEIPT")


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--queues", type=int, default=3000)
    parser.add_argument("--messages", type=int, default=20_000)
    options = parser.parse_args()
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                            with_java=False) as (broker, _):
        fill(broker.port, options.queues, options.messages)
        Node(Path(__file__).resolve().parent).run(
            "many.js", shutil.which("chromium"), broker.http_port, options.queues,
            options.messages, seconds=RUN_SECONDS)


if __name__ == "__main__":
    harness.main(run)
