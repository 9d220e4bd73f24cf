"""What the programs that check a broker packet by packet have in common."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness


def parser(description):
    options = harness.parser(description)
    options.add_argument("--filter", default="", help="checks to run, by a part of their name")
    options.add_argument("--port", type=int, help="a broker that runs already")
    return options


def run(options, plays, **broker):
    """Plays against a broker that is made as `broker` says, which has to stop in good order."""
    with harness.broker_for(options, with_java=False, **broker) as (ours, _):
        run_all(ours.port, options.filter, plays)
        ours.check_alive()
        code = ours.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


def run_all(port, wanted, plays):
    """`plays`: of each its name, the check, and what makes its world for a port."""
    failed = []
    for name, check, make_world in plays:
        if wanted not in name:
            continue
        world = make_world(port)
        try:
            check(world)
            print(f"ok     {name}", flush=True)
        except Exception as problem:
            failed.append(name)
            print(f"FAILED {name}: {problem!r}", flush=True)
        finally:
            world.close()
    assert not failed, f"{len(failed)} of the checks failed: {', '.join(failed)}"
