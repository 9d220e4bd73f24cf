#!/usr/bin/python3
"""A topic with 99 subscribers, in turn with one more that takes nothing and without it: what that
one costs the others."""

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from harness import options as harness

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry topic=">">
      <pendingMessageLimitStrategy>
        <constantPendingMessageLimitStrategy limit="100000"/>
      </pendingMessageLimitStrategy>
    </policyEntry>
  </policyEntries></policyMap></destinationPolicy>
</broker>
"""


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--subscribers", type=int, default=99)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--body", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as document:
        document.write(DOCUMENT)
        document.flush()
        with harness.broker_for(options, document=Path(document.name)) as (broker, java):
            command = java.command("crash.load.StalledSubscriber", broker.url,
                                   options.subscribers, options.messages, options.body,
                                   options.rounds, heap_mib=2048)
            said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    times = {what: [int(ms) for ms in re.findall(rf"^{what} (\d+)$", said, re.M)]
             for what in ("with", "without")}
    ratio = statistics.median(times["without"]) / statistics.median(times["with"])
    print(f"rate of the {options.subscribers} with one that takes nothing: {ratio:.2f} of the rate"
          f" without it (median of {options.rounds} rounds each)")


if __name__ == "__main__":
    harness.main(run)
