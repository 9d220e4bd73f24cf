#!/usr/bin/env python3
"""A broker whose users and rights are those of a directory: OpenLDAP's server and its layout.

Logins, groups, rights that come and go while the broker runs, a directory that goes away and comes
back, one that is silent, one that cannot show who it is, with clients of STOMP and operators. No
password is in the broker's log.
"""

import argparse
import base64
import contextlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.broker import TernBroker
from harness.stomp import Client

SECONDS = 60
ACCOUNT = "cn=mqbroker,ou=Services,dc=example,dc=com"

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <jaasAuthenticationPlugin configuration="LdapConfiguration"/>
  <authorizationPlugin><map><cachedLDAPAuthorizationMap
      connectionURL="{tls}" caCertificates="{ca}"
      connectionUsername="{account}" connectionPassword="sunflower"
      queueSearchBase="ou=Queue,ou=Destination,ou=corp,dc=example,dc=com"
      topicSearchBase="ou=Topic,ou=Destination,ou=corp,dc=example,dc=com"
      tempSearchBase="ou=Temp,ou=Destination,ou=corp,dc=example,dc=com"
      legacyGroupMapping="false" refreshInterval="200"/></map></authorizationPlugin>
</plugins></broker>
"""
LOGIN_CONFIG = """LdapConfiguration {{
  org.apache.activemq.jaas.LDAPLoginModule required
    connectionURL="{url}" connectionUsername="{account}" connectionPassword=sunflower
    userBase="ou=User,ou=corp,dc=example,dc=com" userSearchMatching="(uid={{0}})"
    roleBase="ou=Group,ou=corp,dc=example,dc=com" roleName=cn
    roleSearchMatching="(member={{0}})" startTls=true caCertificates="{ca}";
}};
"""
# Users of a file, and those of a directory, as each test sets it up.
TWO_REALMS = """LdapConfiguration {{
  org.apache.activemq.jaas.PropertiesLoginModule sufficient
    org.apache.activemq.jaas.properties.user="users.properties"
    org.apache.activemq.jaas.properties.group="groups.properties";
  org.apache.activemq.jaas.LDAPLoginModule sufficient
    connectionURL="{url}" connectionUsername="{account}" connectionPassword=sunflower
    userBase="ou=User,ou=corp,dc=example,dc=com" userSearchMatching="(uid={{0}})"
    roleBase="ou=Group,ou=corp,dc=example,dc=com" roleName=cn
    roleSearchMatching="(member={{0}})" timeout={timeout} caCertificates="{ca}";
}};
"""
USERS_ONLY = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <jaasAuthenticationPlugin configuration="LdapConfiguration"/>
</plugins></broker>
"""
ELSEWHERE = "127.0.0.9"
SILENT_MS = 3000
GROUP = """dn: cn={group},ou=ORDERS.$,ou=Queue,ou=Destination,ou=corp,dc=example,dc=com
changetype: modify
{what}: member
member: uid=kim,ou=User,ou=corp,dc=example,dc=com
"""


MEMBERSHIP = """dn: cn={group},ou=Group,ou=corp,dc=example,dc=com
changetype: modify
{what}: member
member: uid=kim,ou=User,ou=corp,dc=example,dc=com
"""


class Directory:
    def __init__(self, program, work):
        self.work = work
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.url, self.tls, self.ca = (self.process.stdout.readline().strip() for _ in range(3))

    def order(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == "done"

    def change(self, group, what, of=GROUP):
        """Kim comes into the group of those who may do that, or leaves it."""
        path = self.work / "changes.ldif"
        path.write_text(of.format(group=group, what=what))
        self.order(f"modify {path}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(SECONDS)


def login(broker, user, password):
    """None, or what the client is told."""
    with Client(broker.port) as client:
        client.send("CONNECT", accept_version="1.2", host="x", login=user, passcode=password)
        answer = client.frame()
        return None if answer.command == "CONNECTED" else answer.headers["message"]


def send(broker, user, password, queue):
    """The same of sending."""
    with Client(broker.port) as client:
        client.connect(login=user, passcode=password)
        client.send("SEND", b"x", destination=f"/queue/{queue}", receipt="1")
        answer = client.frame()
        return None if answer.command == "RECEIPT" else answer.headers["message"]


def wait_until(what, holds):
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.05)


def play(broker, directory):
    ann, kim = ("ann", "ann's secret"), ("kim", "kim's secret")
    assert login(broker, *ann) is None
    assert login(broker, *kim) is None
    wait_until("rights are read", lambda: send(broker, *ann, "ORDERS.A.B") is None)
    assert "not authorized" in send(broker, *ann, "OTHER"), "no entry is for that"
    assert "not authorized" in send(broker, *kim, "ORDERS.A.B"), "kim reads only"
    directory.change("write", "add")
    wait_until("a right is given", lambda: send(broker, *kim, "ORDERS.A.B") is None)
    directory.change("write", "delete")
    wait_until("a right is taken", lambda: send(broker, *kim, "ORDERS.A.B") is not None)
    with Client(broker.port) as client:
        client.connect(login=kim[0], passcode=kim[1])
        client.send("SUBSCRIBE", destination="/queue/ORDERS.A.B", id="1", ack="client", receipt="1")
        assert {client.frame().command, client.frame().command} == {"RECEIPT", "MESSAGE"}
        directory.change("read", "delete")
        while (frame := client.frame()).command == "MESSAGE":
            pass
        assert "not authorized any more to read from: /queue/ORDERS.A.B" in frame.headers["message"]
        client.expect_closed()
    directory.change("read", "add")

    with Client(broker.port) as other, Client(broker.port) as client:
        other.connect(login=ann[0], passcode=ann[1])
        client.connect(login=kim[0], passcode=kim[1])
        directory.change("everybody", "delete", MEMBERSHIP)
        client.expect_error("this login does not hold any more")
        client.expect_closed()
        other.sync("SEND", b"x", destination="/queue/ORDERS.A")
    directory.change("everybody", "add", MEMBERSHIP)

    with Client(broker.port) as client:
        client.connect(login=ann[0], passcode=ann[1])
        directory.order("kill")
        assert login(broker, *ann), "nobody can say who that is"
        broker.wait_for_log("what it said last holds")
        client.send("SEND", b"x", destination="/queue/ORDERS.A", receipt="1")
        client.expect("RECEIPT")
        directory.order("start")
    wait_until("logins go on", lambda: login(broker, *ann) is None)
    assert send(broker, *ann, "ORDERS.A") is None

    # Last, as who has guessed has to wait before the next login.
    for user, password in (("ann", "guessed secret"), ("ann", ""), ("nobody", "guessed secret"),
                           ("*", "ann's secret"), ("ann)(uid=*", "ann's secret")):
        assert login(broker, user, password), f"{user} got in"


def operator(broker, user, password, queue=None):
    """The status of a request to look, or to make a queue."""
    login = base64.b64encode(f"{user}:{password}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{broker.http_port}/api/v1/queues",
        data=None if queue is None else b'{"name":"%s"}' % queue.encode(),
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def play_operators(broker):
    """Members of amazonmq-console-admins see and make anything."""
    assert operator(broker, "kim", "kim's secret") == 200
    assert operator(broker, "kim", "kim's secret", "by.kim") in (200, 201)
    assert operator(broker, "ann", "ann's secret") == 403
    assert operator(broker, "ann", "guessed secret") == 401


@contextlib.contextmanager
def two_realms(options, **values):
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "login.config").write_text(TWO_REALMS.format(account=ACCOUNT, **values))
        (work / "users.properties").write_text("local=local-secret\n")
        (work / "groups.properties").write_text("users=local\n")
        (work / "activemq.xml").write_text(USERS_ONLY)
        broker = TernBroker(work, options.ternd, listener="stomp", document=work / "activemq.xml",
                            settings={"stomp.connect_timeout_ms": SECONDS * 1000})
        with harness.running(broker):
            yield broker
            assert broker.stop() == 0


def play_silent(options):
    """While very many wait for a directory that says nothing, others work and log in; then those
    are denied, and the log says why."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ldap://127.0.0.1:{silent.getsockname()[1]}"
        with two_realms(options, url=url, ca="", timeout=SILENT_MS) as broker:
            assert login(broker, "local", "local-secret") is None
            with Client(broker.port) as client, contextlib.ExitStack() as waiting:
                client.connect(login="local", passcode="local-secret")
                links = []
                for _ in range(8):
                    link = waiting.enter_context(socket.create_connection(
                        ("127.0.0.1", broker.port), SECONDS, (ELSEWHERE, 0)))
                    link.sendall(b"CONNECT\naccept-version:1.2\nhost:x\nlogin:ann\n"
                                 b"passcode:ann's secret\n\n\0")
                    links.append(link)
                for _ in range(50):
                    client.sync("SEND", b"m", destination="/queue/others")
                assert login(broker, "local", "local-secret") is None
                # All that was done before anybody has got an answer.
                for link in links:
                    link.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        raise AssertionError(f"answered already: {link.recv(4096)}")
                    link.settimeout(SECONDS)
                for link in links:
                    assert link.recv(4096).startswith(b"ERROR")
            assert broker.wait_for_log(rf"no stomp login for ann .*cannot ask {url}: Timed out")


def play_stranger(options, directory):
    """A directory whose certificate nobody of ours has signed hears no password."""
    with two_realms(options, url=directory.tls, ca="", timeout=SILENT_MS) as broker:
        assert login(broker, "ann", "ann's secret")
        assert broker.wait_for_log("no stomp login for ann .*its certificate is none to trust")
        assert login(broker, "local", "local-secret") is None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ternd", required=True)
    parser.add_argument("--directory", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        directory = Directory(options.directory, work)
        values = {"url": directory.url, "tls": directory.tls, "ca": directory.ca,
                  "account": ACCOUNT}
        (work / "login.config").write_text(LOGIN_CONFIG.format(**values))
        document = work / "activemq.xml"
        document.write_text(DOCUMENT.format(**values))
        broker = TernBroker(work, options.ternd, listener="stomp", document=document,
                            settings={"http.listen": "127.0.0.1:0", "logins.check_ms": 100})
        with contextlib.closing(directory), harness.running(broker):
            play_operators(broker)
            play(broker, directory)
            broker.stop()
            play_silent(options)
            play_stranger(options, directory)
    print("passed")


if __name__ == "__main__":
    main()
