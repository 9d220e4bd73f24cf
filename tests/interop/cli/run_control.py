#!/usr/bin/python3
"""`activemq` as the scripts of ActiveMQ Classic's users call it: start, stop, restart, status,
console and create, their exit codes and the file with the process's number."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.options import settle

SCRIPT = Path(__file__).resolve().parents[3] / "packaging" / "activemq"
SECONDS = 60
# Ports of no other broker's, and what listens is said.
OPTIONS = "--listen auto=127.0.0.1:0 --listen http=127.0.0.1:0"


class Control:
    def __init__(self, base, script=SCRIPT):
        self.base = base
        self.script = script
        self.pid_file = base / "data" / "activemq.pid"
        self.environment = {**os.environ, "ACTIVEMQ_BASE": str(base), "ACTIVEMQ_OPTS": OPTIONS}

    def __call__(self, *words, expect=0, cwd="/"):
        done = subprocess.run([self.script, *words], env=self.environment, cwd=cwd, text=True,
                              timeout=SECONDS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == expect, (words, done.returncode, done.stdout)
        return done.stdout

    def pid(self):
        return int(self.pid_file.read_text())


def stands(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "ternd"
    except OSError:
        return False


def in_the_background(control):
    assert control("status", expect=1) == "ActiveMQ not running\n"
    assert "nothing to do" in control("stop")
    control("start")
    first = control.pid()
    assert stands(first) and str(first) in control("status")
    # Once is enough.
    assert f"'{first}' is already running" in control("start") and control.pid() == first
    control("restart")
    second = control.pid()
    assert second != first and stands(second) and not stands(first)
    control("stop")
    assert not stands(second) and not control.pid_file.exists()
    control("status", expect=1)


def after_a_crash(control):
    control("start")
    killed = control.pid()
    os.kill(killed, signal.SIGKILL)
    settle(lambda: not stands(killed))
    control("status", expect=1)
    control("start")
    assert control.pid() != killed
    # The number in the file may be somebody else's by now.
    control("stop")
    control.pid_file.write_text(f"{os.getpid()}\n")
    control("status", expect=1)
    assert "nothing to do" in control("stop")
    control.pid_file.unlink()


def documents(control):
    conf = control.base / "conf"
    conf.mkdir()
    (conf / "activemq.xml").write_text("<broker brokerNames='x'/>")
    assert "did not start" in control("start", expect=1)
    assert not control.pid_file.exists()
    (conf / "other.xml").write_text("<broker brokerName='other'/>")
    for words in (["xbean:other.xml"], [f"xbean:file:{conf}/other.xml"], [f"{conf}/other.xml"]):
        control("start", *words)
        control("stop")
    (conf / "activemq.xml").unlink()


def in_the_foreground(control):
    process = subprocess.Popen([SCRIPT, "console"], env=control.environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while "ready" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0
    process.stdout.close()


def a_broker_of_its_own(control):
    folder = control.base / "mine"
    said = control("create", str(folder)).strip()
    assert said == f"{folder}/bin/mine start", said
    assert "<broker" in (folder / "conf" / "activemq.xml").read_text()
    assert "there already" in control("create", str(folder), expect=1)
    mine = Control(folder, folder / "bin" / "mine")
    # It knows its folder by itself, wherever it is called.
    del mine.environment["ACTIVEMQ_BASE"]
    mine("start", cwd="/tmp")
    try:
        assert stands(mine.pid()) and (folder / "data").is_dir()
        control("status", expect=1)
    finally:
        mine("stop")


def other_verbs(control):
    control("bstat", "--http", "http://127.0.0.1:1", expect=1)
    assert "start" in control("help")
    control(expect=2)
    control("no-such-verb", expect=2)


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-control-") as scratch:
        programs = Path(scratch) / "bin"
        programs.mkdir()
        for name, path in (("ternd", options.ternd), ("tern", options.tern)):
            (programs / name).symlink_to(Path(path).resolve())
        os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
        base = Path(scratch) / "base"
        base.mkdir()
        control = Control(base)
        try:
            for story in (in_the_background, after_a_crash, documents, in_the_foreground,
                          a_broker_of_its_own, other_verbs):
                story(control)
        finally:
            control("stop")
        shutil.rmtree(base)


if __name__ == "__main__":
    harness.main(run)
