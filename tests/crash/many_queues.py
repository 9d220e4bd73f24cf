#!/usr/bin/python3
"""Creates and uses many queues, kills the broker, and looks into every queue after the restart."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness

READY_SECONDS_AIM = 2
# What a loaded machine may make of the aim before it is a fault of the broker.
SLACK = 5


def farm(java, action, broker, count):
    command = java.command("crash.load.QueueFarm", action, broker.url, count)
    code = subprocess.run(command).returncode
    assert code == 0, f"{action}: exit code {code}, see above"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--queues", type=int, default=10_000)
    options = parser.parse_args()
    with harness.broker_for(options, restarts=True) as (broker, java):
        farm(java, "fill", broker, options.queues)
        filled = broker.rss_bytes()
        broker.kill()
        broker.start()
        print(f"{options.queues} queues: {filled >> 20} MiB in memory; restart to ready in "
              f"{broker.start_seconds:.3f} s (aim: {READY_SECONDS_AIM} s)", flush=True)
        farm(java, "check", broker, options.queues)
        if options.broker == "ternd":
            assert broker.start_seconds <= SLACK * READY_SECONDS_AIM, "the restart took too long"
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
