"""What of ActiveMQ Classic Debian does not have, from Maven Central: its servlet, and its MBeans
behind Jolokia."""

import os
import subprocess
import tempfile
from pathlib import Path

from harness.java import jar_path, maven_path

HERE = Path(__file__).resolve().parent
PROGRAMS = {"jolokia": "ClassicJolokia", "servlet": "ClassicServlet"}
# The servlet brings a broker of its own version; Jolokia serves Debian's.
WITH_DEBIANS = ("jolokia",)


class Classic:
    """Runs one of the programs; `with` gives the ports that it prints."""

    def __init__(self, name):
        self.name = name
        self.work = tempfile.TemporaryDirectory(prefix="tern-classic-")
        cache = Path(tempfile.gettempdir()) / f"tern-test-maven-{os.getuid()}"
        self.path = maven_path(HERE / name, cache)
        if name in WITH_DEBIANS:
            self.path = os.pathsep.join([jar_path(), self.path])
        self.process = None

    def __enter__(self):
        program = PROGRAMS[self.name]
        subprocess.run(["javac", "-d", self.work.name, "-cp", self.path,
                        HERE / self.name / f"{program}.java"], check=True)
        path = os.pathsep.join([self.work.name, self.path])
        self.process = subprocess.Popen(
            ["java", "-cp", path, program, f"{self.work.name}/data"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("ports "):
                return tuple(int(word) for word in line.split()[1:])
        raise AssertionError(f"{program} did not start")

    def run(self, program, *arguments):
        """Another program of the same folder, while this one runs."""
        subprocess.run(["javac", "-d", self.work.name, "-cp", self.path,
                        HERE / self.name / f"{program}.java"], check=True)
        path = os.pathsep.join([self.work.name, self.path])
        subprocess.run(["java", "-cp", path, program, *arguments], check=True, timeout=120)

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()
        self.work.cleanup()
