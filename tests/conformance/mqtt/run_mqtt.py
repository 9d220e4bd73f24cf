#!/usr/bin/python3
"""MQTT 3.1, 3.1.1 and 5.0 packet by packet: what the specifications ask of a server.

The tables beside this file say which check shows which statement. `--port` takes the port of any
broker, mosquitto's as well.
"""

import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import checks
import connecting
import publishing
import retaining
import rights
import sessions
import subscribing
from harness import options as harness
from world import CHECKS, World

PARTS = (connecting, publishing, retaining, rights, subscribing, sessions)
USERS = Path(__file__).resolve().parents[2] / "interop" / "security" / "activemq.xml"


def plays(guarded):
    return [(f"{function.__name__} {version}", function,
             functools.partial(World, version=version))
            for function, versions, needs_users in CHECKS if needs_users == guarded
            for version in versions]


def run():
    parser = checks.parser(__doc__)
    options = parser.parse_args()
    if options.port:
        return checks.run_all(options.port, options.filter, plays(False))
    for guarded in (False, True):
        checks.run(options, plays(guarded), listener="mqtt",
                   document=USERS if guarded else None)


if __name__ == "__main__":
    harness.main(run)
