"""The Java side of the tests: one class path, one compilation shared by every test.

The clients are Debian's ActiveMQ 5.17 or, from Maven Central, newer ones. The sources are written
for `javax.jms`; for a client of the `jakarta.jms` line they are compiled with that name instead.
"""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SOURCE_FOLDERS = ("harness/classic", "interop/jms", "interop/stomp", "crash/load")
MAVEN_FOLDER = "interop/maven"  # sources and clients that Debian does not have
DEBIAN_CLIENT = "5.17"
MAVEN_CLIENTS = ("5.19", "6.2")  # profiles of MAVEN_FOLDER/pom.xml
JAR_FOLDER = Path("/usr/share/java")
# Debian packages: libactivemq-java (which brings most others), libmqtt-client-java and junit4.
JARS = (
    "activemq-client", "activemq-openwire-legacy", "activemq-broker", "activemq-kahadb-store",
    "activemq-jaas", "activemq-stomp", "activemq-mqtt", "activemq-protobuf", "hawtbuf",
    "mqtt-client", "hawtdispatch", "hawtdispatch-transport",
    "geronimo-jms_1.1_spec", "geronimo-jta-1.2-spec",
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
            f"missing {', '.join(missing)}: install libactivemq-java, "
            "libmqtt-client-java and junit4")
    return os.pathsep.join(map(str, paths))


def maven_path(project, folder, profile=None):
    """The class path of a Maven project, which is resolved once per change of it."""
    project = project / "pom.xml"
    listed = folder / f"class-path-{hashlib.sha256(project.read_bytes()).hexdigest()[:16]}"
    if not listed.exists():  # Maven makes the folder, too
        try:
            subprocess.run(["mvn", "--quiet", "--batch-mode", "-Dstyle.color=never",
                            "--file", str(project),
                            *(["--activate-profiles", profile] if profile else []),
                            "dependency:build-classpath", f"-Dmdep.outputFile={listed}"],
                           check=True)
        except FileNotFoundError:
            raise MissingPackages("missing mvn: install maven") from None
        except subprocess.CalledProcessError:
            raise MissingPackages("Maven could not fetch the clients, see above") from None
    return listed.read_text().strip()


class Java:
    """Compiled test classes in `classes`, and the command lines that run them with `client`."""

    def __init__(self, classes, client=DEBIAN_CLIENT):
        self.jakarta = int(client.partition(".")[0]) >= 6
        self.classes = Path(classes).absolute()  # a broker runs elsewhere
        self.folders = SOURCE_FOLDERS
        if client == DEBIAN_CLIENT:
            jars = jar_path()
        else:
            self.classes = self.classes.with_name(f"{self.classes.name}-{client}")
            self.folders += (MAVEN_FOLDER,)
            jars = maven_path(TESTS / MAVEN_FOLDER, self.classes, client)
        self.class_path = os.pathsep.join((str(self.classes), jars))

    def compile(self):
        """Compiles every Java source under tests/, unless nothing changed since the last time.

        Tests may run in parallel: the first one compiles, the others wait for its lock.
        """
        self.classes.mkdir(parents=True, exist_ok=True)
        sources = sorted(
            source for folder in self.folders for source in (TESTS / folder).glob("*.java"))
        wanted = self._fingerprint(sources)
        stamp = self.classes / "sources.sha256"
        with open(self.classes / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if stamp.exists() and stamp.read_text() == wanted:
                return
            for old in self.classes.rglob("*.class"):
                old.unlink()
            if self.jakarta:
                sources = self._translate(sources)
            command = ["javac", "-nowarn", "-Xlint:unchecked", "-Werror", "-encoding", "UTF-8",
                       "-XDignore.symbol.file", "-cp", self.class_path, "-d", str(self.classes)]
            try:
                subprocess.run(command + [str(s) for s in sources], check=True)
            except FileNotFoundError:
                raise MissingPackages("missing javac: install openjdk-17-jdk-headless") from None
            except subprocess.CalledProcessError:
                raise CompileFailed("javac failed, see above") from None
            stamp.write_text(wanted)

    def _translate(self, sources):
        """Copies of the sources that say jakarta.jms."""
        copies = []
        for source in sources:
            copy = self.classes / "sources" / source.relative_to(TESTS)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(source.read_text().replace("javax.jms", "jakarta.jms"))
            copies.append(copy)
        return copies

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
