"""What every test program takes on its command line, and the broker it makes from that."""

import argparse
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.broker import BrokerFailed, ClassicBroker, TernBroker, stable_port
from harness.java import (DEBIAN_CLIENT, MAVEN_CLIENTS, CompileFailed, Java,
                          MissingPackages)

DEFAULT_CLASSES = Path(tempfile.gettempdir()) / f"tern-test-classes-{os.getuid()}"
LOG_LINES_SHOWN = 60
SETTLE_SECONDS = 20


def parser(description):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--broker", choices=("ternd", "classic"), default="ternd")
    options.add_argument("--ternd", default=os.environ.get("TERN"), metavar="PATH",
                         help="the daemon under test (default: environment variable TERN)")
    options.add_argument("--classes", default=DEFAULT_CLASSES, metavar="DIR",
                         help="where compiled Java classes are kept")
    options.add_argument("--client", choices=(DEBIAN_CLIENT, *MAVEN_CLIENTS),
                         default=DEBIAN_CLIENT,
                         help="version of the ActiveMQ client, and of --broker classic; those "
                              f"other than {DEBIAN_CLIENT} come from Maven Central")
    options.add_argument("--shards", type=int, metavar="N",
                         help="of the daemon (default: as many as it chooses)")
    options.add_argument("--keep", action="store_true", help="keep the scratch directory")
    return options


@contextlib.contextmanager
def scratch_for(options, prefix="tern-test-"):
    """A directory that goes at the end, unless it is to be kept."""
    work = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield work
    finally:
        if options.keep:
            print(f"scratch directory kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def broker_for(options, restarts=False, settings=None, listener="openwire", with_java=True,
               document=None):
    """A started broker and the Java tools, if wanted. On failure the end of its log is shown."""
    java = None
    if with_java or options.broker == "classic":
        java = Java(options.classes, options.client)
        java.compile()
    raise_file_limit()
    port = stable_port() if restarts else 0
    with scratch_for(options) as work:
        if options.broker == "classic":
            broker = ClassicBroker(work, java, port)
        elif options.ternd:
            if options.shards:
                settings = {"shards": options.shards, **(settings or {})}
            broker = TernBroker(work, options.ternd, port, settings, listener, document)
        else:
            raise SystemExit("no daemon to test: give --ternd PATH or set TERN")
        with running(broker):
            yield broker, java


@contextlib.contextmanager
def running(broker):
    """Starts it and ends it, whatever happens. On failure the end of its log is shown."""
    failed = True
    try:
        broker.start()
        yield broker
        failed = False
    finally:
        broker.close()
        if failed:
            show_log(broker)


def show_log(broker):
    lines = broker.log_text().splitlines()[-LOG_LINES_SHOWN:]
    print(f"--- last {len(lines)} log lines of {broker.name} ---", *lines, "---",
          sep="\n", file=sys.stderr)


def raise_file_limit():
    """Thousands of sockets here and in the broker, which inherits the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def hash_of(password, ternd):
    """As the command beside the daemon makes it."""
    done = subprocess.run([Path(ternd).with_name("tern"), "hash-password"], input=password + "\n",
                          stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()[-1]


def settle(reached):
    """Waits for what follows, such as what the end of a connection leads to."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.02)


def main(run):
    """Runs a test program: exit 0 passed, 1 failed, 2 could not run."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that clean-up still happens
    try:
        run()
    except (AssertionError, BrokerFailed) as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        sys.exit(1)
    except (CompileFailed, MissingPackages) as unable:
        print(unable, file=sys.stderr)
        sys.exit(2)
