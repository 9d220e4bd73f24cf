#!/usr/bin/python3
"""Lets a sync fail under a sender: it is told, the broker leaves service, nothing is lost."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.broker import BrokerFailed

FAILING_FROM = 40
STOP_SECONDS = 30


def ask(java, action, broker):
    """The number the Java program prints."""
    command = java.command("crash.load.SendUntilRefused", action, broker.url)
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--preload", required=True, help="the library that makes syncs fail")
    options = parser.parse_args()
    with harness.broker_for(options, restarts=True) as (broker, java):
        broker.stop()
        os.environ["FAILING_SYNC_FROM"] = str(FAILING_FROM)
        os.environ["LD_PRELOAD"] = options.preload
        broker.start()
        del os.environ["LD_PRELOAD"]
        confirmed = ask(java, "send", broker)
        code = broker.process.wait(STOP_SECONDS)
        broker.process = None
        assert code == 1, f"exit code {code} after a failed sync, not 1"
        log = broker.log_text()
        assert "leaves service" in log, "the log does not say why the broker ended"

        broker.start()
        found = ask(java, "drain", broker)
        print(f"{confirmed} sends confirmed before the sync failed, {found} messages found later")
        assert confirmed > 0, "not even one send was confirmed"
        # The message whose sync failed may be there: nobody was told that it is not.
        assert confirmed <= found <= confirmed + 1, "messages lost or invented"
        if broker.stop() != 0:
            raise BrokerFailed("no orderly stop")


if __name__ == "__main__":
    harness.main(run)
