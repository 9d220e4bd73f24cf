#!/usr/bin/python3
"""MQTT 3.1, 3.1.1 and 5.0 packet by packet: what the specifications ask of a server.

The tables beside this file say which check shows which statement. `--port` takes the port of any
broker, mosquitto's as well.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

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


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", help="checks to run, by a part of their name")
    parser.add_argument("--shards", type=int, default=1, help="threads of the broker")
    parser.add_argument("--port", type=int, help="a broker that runs already")
    options = parser.parse_args()
    if options.port:
        return run_checks(options.port, options.filter)
    for guarded in (False, True):
        with harness.broker_for(options, listener="mqtt", with_java=False,
                                settings={"shards": options.shards},
                                document=USERS if guarded else None) as (broker, _):
            run_checks(broker.port, options.filter, guarded)
            broker.check_alive()
            code = broker.stop()
            assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


def run_checks(port, wanted, guarded=False):
    failed = []
    for function, versions, needs_users in CHECKS:
        if wanted not in function.__name__ or needs_users != guarded:
            continue
        for version in versions:
            world, name = World(port, version), f"{function.__name__} {version}"
            try:
                function(world)
                print(f"ok     {name}", flush=True)
            except Exception as problem:
                failed.append(name)
                print(f"FAILED {name}: {problem!r}", flush=True)
            finally:
                world.close()
    assert not failed, f"{len(failed)} of the checks failed: {', '.join(failed)}"


if __name__ == "__main__":
    harness.main(run)
