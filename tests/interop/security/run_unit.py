#!/usr/bin/python3
"""Whether the daemon can live with what its systemd unit leaves it: each system call of a working
broker is one that the unit's filter lets pass, and so are sockets, memory and files.

Nothing here needs a running systemd: the calls are those that strace has seen.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import mqtt
from harness import options as harness
from harness.broker import TernBroker
from harness.certificates import Certificates
from harness.stomp import Client

UNIT = Path(__file__).resolve().parents[3] / "packaging" / "ternd.service"
DOCUMENT = Path(__file__).resolve().parent / "activemq.xml"
# What hardening guides ask for, each with the value that is strictest.
WANTED = {
    "DynamicUser": "yes", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "",
    "AmbientCapabilities": "", "UMask": "0077", "StateDirectoryMode": "0700",
    "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
    "PrivateUsers": "yes", "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes", "ProtectControlGroups": "yes", "ProtectClock": "yes",
    "ProtectHostname": "yes", "ProtectProc": "invisible", "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes", "RestrictSUIDSGID": "yes", "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes", "SystemCallArchitectures": "native",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX"}
CALL = re.compile(r"^\d+ +(\w+)\(", re.MULTILINE)
OPENED = re.compile(r'openat\((?:AT_FDCWD|\d+)(?:<([^>]*)>)?, "([^"]*)", ([A-Z_|]+)')


def settings_of_unit():
    """Each directive with its values, in the order of the lines."""
    found = {}
    for line in UNIT.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def calls_in(group):
    """The names of a group of systemd's, those of groups in it included."""
    told = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], check=True,
                          capture_output=True, text=True).stdout
    names = {word for line in told.splitlines()[1:] for word in line.split()
             if not line.strip().startswith("#")}
    groups = {name for name in names if name.startswith("@")}
    return (names - groups).union(*(calls_in(one) for one in groups))


def allowed_calls(filters):
    """As systemd puts its lines together: one after the other."""
    allowed = set()
    for line in filters:
        for word in line.removeprefix("~").split():
            names = calls_in(word) if word.startswith("@") else {word}
            allowed = allowed - names if line.startswith("~") else allowed | names
    return allowed


class Traced(TernBroker):
    def command(self):
        # The tracer is a child of nobody's: signals go to the broker.
        return ["strace", "-D", "-f", "-qq", "-y", "-o", str(self.work / "calls"),
                *super().command()]


def live(broker, certificates):
    """A little of everything: logins good and bad, messages on disk, TLS, operators, another
    document."""
    with Client(broker.port) as client:
        client.connect(login="tester", passcode="tester-secret")
        for _ in range(20):
            client.sync("SEND", b"x" * 5000, destination="/queue/m.rwa.unit", persistent="true")
        client.sync("SEND", b"x" * (3 << 20), destination="/queue/m.rwa.unit", persistent="true")
        client.send("SUBSCRIBE", destination="/queue/m.rwa.unit", id="1")
        client.expect("MESSAGE")
    with Client(broker.port) as client:
        client.send("CONNECT", accept_version="1.2", host="x", login="tester", passcode="guessed")
        client.expect("ERROR")
    lasting = mqtt.Client(broker.port)
    lasting.connect("lasting", clean=False, user="tester", password="tester-secret")
    lasting.subscribe(("m/rwa/unit", 1))
    lasting.publish("m/rwa/unit", "m", qos=1, retain=True)
    lasting.drop()
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{broker.port}", "-CAfile",
         certificates.path("ca.pem")], input=b"", capture_output=True)
    assert b"Verify return code: 0" in done.stdout, done
    for path in ("/health/ready", "/", "/metrics"):
        subprocess.run(["curl", "-sS", "-u", "root:root-secret", "-o", os.devnull,
                        f"http://127.0.0.1:{broker.http_port}{path}"], check=True)
    broker.process.send_signal(signal.SIGHUP)
    assert len(broker.wait_for_log("elements and attributes applied", 2)) == 2


def check_calls(text, unit, data):
    used = set(CALL.findall(text))
    assert {"fdatasync", "accept4", "setpriority"} & used, "that was no broker at work"
    denied = used - allowed_calls(unit["SystemCallFilter"])
    # Before the unit's filter is there, strace starts it.
    assert denied <= {"execve"}, f"the unit's filter would kill it for {denied}"
    families = set(re.findall(r"\bsocket\((AF_\w+)", text))
    # What glibc asks the kernel for addresses by; it goes on without.
    extra = families - set(unit["RestrictAddressFamilies"][0].split()) - {"AF_NETLINK"}
    assert not extra, f"the unit has no sockets of {extra}"
    for line in text.splitlines():
        made = re.search(r"\b(mmap|mprotect|pkey_mprotect)\(.*?(PROT_[A-Z_|]+)", line)
        if made and "PROT_EXEC" in made[2]:
            assert made[1] == "mmap" and "PROT_WRITE" not in made[2], line
        assert "CLONE_NEW" not in line, line
    for folder, path, flags in OPENED.findall(text):
        if not re.search("O_WRONLY|O_RDWR|O_CREAT", flags):
            continue
        where = Path(os.path.normpath(Path(folder or "/") / path))
        own = where.is_relative_to(data) or where.is_relative_to("/proc/self")  # threads' names
        assert own, f"{where} is written to"


def run():
    options = harness.parser(__doc__).parse_args()
    unit = settings_of_unit()
    for name, value in WANTED.items():
        assert unit.get(name) == [value], f"{name}={unit.get(name)}, not {value}"
    with tempfile.TemporaryDirectory(prefix="tern-unit-") as work:
        certificates = Certificates(Path(work))
        broker = Traced(work, options.ternd, listener="auto", document=DOCUMENT,
                        settings={"http.listen": "127.0.0.1:0", **certificates.pem_settings})
        with harness.running(broker):
            live(broker, certificates)
            assert broker.stop() == 0
            check_calls((Path(work) / "calls").read_text(errors="replace"), unit,
                        broker.data.resolve())


if __name__ == "__main__":
    harness.main(run)
