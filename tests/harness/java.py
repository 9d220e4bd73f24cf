"""The Java side of the tests: one class path, one compilation shared by every test."""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SOURCE_FOLDERS = ("harness/classic", "interop/jms", "interop/stomp", "crash/load")
JAR_FOLDER = Path("/usr/share/java")
# Debian packages: libactivemq-java (which brings all the others) and junit4.
JARS = (
    "activemq-client", "activemq-openwire-legacy", "activemq-broker", "activemq-kahadb-store",
    "activemq-protobuf", "hawtbuf", "geronimo-jms_1.1_spec", "geronimo-jta-1.2-spec",
    "geronimo-j2ee-management-1.1-spec", "slf4j-api", "slf4j-nop", "commons-lang3",
    "jackson-core", "jackson-annotations", "jackson-databind", "junit4", "hamcrest",
)


class MissingPackages(Exception):
    """A jar or javac is not installed; the text says what to install."""


class CompileFailed(Exception):
    """javac has said why."""


def jar_path():
    paths = [JAR_FOLDER / f"{name}.jar" for name in JARS]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        raise MissingPackages(
            f"missing {', '.join(missing)}: install libactivemq-java and junit4")
    return os.pathsep.join(map(str, paths))


class Java:
    """Compiled test classes in `classes`, and the command lines that run them."""

    def __init__(self, classes):
        self.classes = Path(classes)
        self.class_path = os.pathsep.join((str(self.classes), jar_path()))

    def compile(self):
        """Compiles every Java source under tests/, unless nothing changed since the last time.

        Tests may run in parallel: the first one compiles, the others wait for its lock.
        """
        self.classes.mkdir(parents=True, exist_ok=True)
        sources = sorted(
            source for folder in SOURCE_FOLDERS for source in (TESTS / folder).glob("*.java"))
        wanted = self._fingerprint(sources)
        stamp = self.classes / "sources.sha256"
        with open(self.classes / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if stamp.exists() and stamp.read_text() == wanted:
                return
            for old in self.classes.rglob("*.class"):
                old.unlink()
            command = ["javac", "-nowarn", "-Xlint:unchecked", "-Werror", "-encoding", "UTF-8",
                       "-XDignore.symbol.file", "-cp", self.class_path, "-d", str(self.classes)]
            try:
                subprocess.run(command + [str(s) for s in sources], check=True)
            except FileNotFoundError:
                raise MissingPackages("missing javac: install openjdk-17-jdk-headless") from None
            except subprocess.CalledProcessError:
                raise CompileFailed("javac failed, see above") from None
            stamp.write_text(wanted)

    def command(self, main_class, *arguments, heap_mib=512, properties=None):
        """The argument vector that runs `main_class`."""
        defines = [f"-D{key}={value}" for key, value in (properties or {}).items()]
        return ["java", f"-Xmx{heap_mib}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Xshare:auto", *defines, "-cp", self.class_path, main_class,
                *map(str, arguments)]

    @staticmethod
    def _fingerprint(sources):
        digest = hashlib.sha256()
        for source in sources:
            digest.update(str(source.relative_to(TESTS)).encode())
            digest.update(source.read_bytes())
        return digest.hexdigest()
