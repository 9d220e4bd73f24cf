#!/usr/bin/python3
"""Messages that are wanted later, or that expire into the dead letter queue: each comes once, in
time, also when the broker is killed in the middle; how late they were is said."""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core" schedulerSupport="true">
  <persistenceAdapter><kahaDB journalMaxFileLength="{journal} mb"/></persistenceAdapter>
  <systemUsage><systemUsage>
    <memoryUsage><memoryUsage limit="{memory} mb"/></memoryUsage>
  </systemUsage></systemUsage>
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue=">" expireMessagesPeriod="100"/>
  </policyEntries></policyMap></destinationPolicy>
</broker>
"""


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--what", choices=("schedule", "expiry"), default="schedule")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--producers", type=int, default=4)
    parser.add_argument("--start", type=int, default=10, metavar="SECONDS",
                        help="until the first is due: all must be sent by then")
    parser.add_argument("--seconds", type=int, default=20, help="from the first to the last")
    parser.add_argument("--memory-mib", type=int, default=256,
                        help="what does not fit waits on the disk for its time")
    parser.add_argument("--journal-mib", type=int, default=32,
                        help="of a file: what is older than a few of them leaves the journal")
    parser.add_argument("--kill", action="store_true", help="in the middle of them")
    parser.add_argument("--away", type=float, default=0, metavar="SECONDS",
                        help="from the kill to the next start")
    parser.add_argument("--p99-ms", type=int, default=50, metavar="MS", help="may not be more")
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as document:
        document.write(DOCUMENT.format(memory=options.memory_mib, journal=options.journal_mib))
        document.flush()
        with harness.broker_for(options, restarts=True, document=Path(document.name)) as made:
            measure(options, *made)


def measure(options, broker, java):
    command = java.command("crash.load.Later", broker.url, options.what, options.messages,
                           options.producers, options.start, options.seconds, options.broker,
                           heap_mib=512)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as load:
        line = load.stdout.readline()
        found = re.match(r"due (\d+) (\d+)", line)
        assert found, f"the load says {line!r}"
        first, last = int(found[1]), int(found[2])
        gone = "gone 0 0"
        if options.kill:
            time.sleep(max((first + last) / 2000 - time.time(), 0))
            begun = int(time.time() * 1000)
            broker.kill()
            time.sleep(options.away)
            broker.start()
            gone = f"gone {begun} {int(time.time() * 1000)}"
        said, _ = load.communicate(gone + "\n")
        print(said, end="")
        assert load.returncode == 0, "messages were lost, came twice or too early, see above"
    found = re.search(r"all came once: (\d+), late by ms: p50 \d+ p99 (\d+)", said)
    assert found, "nothing was measured"
    if options.broker == "ternd":
        assert "out of order: 0\n" in said, "not in the order of their times"
        assert int(found[2]) <= options.p99_ms, f"more than {options.p99_ms} ms late"


if __name__ == "__main__":
    harness.main(run)
