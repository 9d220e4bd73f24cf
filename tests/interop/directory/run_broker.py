#!/usr/bin/env python3
"""A broker whose users and rights are those of a directory: OpenLDAP's server and its layout.

Logins, groups, rights that come and go while the broker runs, a directory that goes away and comes
back, with clients of STOMP. No password is in the broker's log.
"""

import argparse
import subprocess
import sys
import tempfile
import time
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
GROUP = """dn: cn={group},ou=ORDERS.$,ou=Queue,ou=Destination,ou=corp,dc=example,dc=com
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

    def change(self, group, what):
        """Kim comes into the group of those who may do that, or leaves it."""
        path = self.work / "changes.ldif"
        path.write_text(GROUP.format(group=group, what=what))
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
        broker = TernBroker(work, options.ternd, listener="stomp", document=document)
        try:
            broker.start()
            play(broker, directory)
            broker.stop()
        except BaseException:
            harness.show_log(broker)
            raise
        finally:
            broker.close()
            directory.close()
    print("passed")


if __name__ == "__main__":
    main()
