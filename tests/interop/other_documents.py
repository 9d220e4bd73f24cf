#!/usr/bin/python3
"""A broker that is given the document of another one, and real clients of that.

A broker.xml of ActiveMQ Artemis, which is read again when it changes; a rabbitmq.conf; and what of
an activemq.xml other clients than Java's see: other separators, and topics from the start.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pika
import stomp
from proton import ConnectionException, Message
from proton.utils import BlockingConnection, LinkDetached, SendException

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent / "admin"))

from api import Api
from config_reload import REFUSED, TAKEN_OVER, Broker

WAIT_SECONDS = 20
LOGIN = """activemq {
  org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule sufficient
    org.apache.activemq.jaas.properties.user="artemis-users.properties"
    org.apache.activemq.jaas.properties.role="artemis-roles.properties";
};
"""
PERMISSIONS = ("createAddress", "createDurableQueue", "createNonDurableQueue", "consume", "browse",
               "send")


def until(holds):
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "nothing has changed"
        time.sleep(0.02)


def names(api, kind):
    return {one["name"] for one in api.get(f"{kind}?limit=1000")["items"]}


def api_of(broker, *login):
    return Api(int(broker.http.rpartition(":")[2]), login or None)


# -- activemq.xml

def separators_and_topics(binary, _, folder):
    broker = Broker(binary, folder, listener="auto")
    broker.write("""<broker xmlns="http://activemq.apache.org/schema/core">
      <destinations><topic physicalName="news.all"/><queue physicalName="jobs"/></destinations>
      <plugins><destinationPathSeparatorPlugin pathSeparator="/"/></plugins></broker>""")
    broker.start()
    api = api_of(broker)
    assert names(api, "topics") == {"news.all"}, names(api, "topics")
    bean = "org.apache.activemq:type=Broker,brokerName=localhost"
    read = api.call("GET", f"/api/jolokia/read/{bean}/Topics")
    assert "destinationName=news.all" in read["value"][0]["objectName"], read
    assert 'name="news.all"' in api.page("/admin/xml/topics.jsp")

    link = BlockingConnection(f"amqp://127.0.0.1:{broker.port}", timeout=WAIT_SECONDS,
                              allowed_mechs="ANONYMOUS")
    sender = link.create_sender("queue://proton/one")
    sender.send(Message(body="a"))
    assert link.create_receiver("queue://proton.one").receive(WAIT_SECONDS).body == "a"
    assert "proton.one" in names(api, "queues")
    link.close()

    inbox = []
    listener = type("Inbox", (stomp.ConnectionListener,),
                    {"on_message": lambda self, frame: inbox.append(frame)})()
    client = stomp.Connection12([("127.0.0.1", broker.port)])
    client.set_listener("", listener)
    client.connect(wait=True)
    client.subscribe("/topic/news/*", id="1", ack="auto", headers={"receipt": "subscribed"})
    until(lambda: api.get("topics?search=news.")["total"] > 1)
    client.send("/topic/news/all", "b")
    until(lambda: inbox)
    assert inbox[0].body == "b"
    assert inbox[0].headers["destination"] == "/topic/news/all", "as its sender wrote it"
    client.disconnect()
    broker.stop()


# -- broker.xml

def artemis(queues=("jobs",), settings="", diverts=""):
    permissions = {role: "".join(f'<permission type="{kind}" roles="{role}"/>'
                                 for kind in PERMISSIONS) for role in ("staff", "bosses")}
    addresses = "".join(
        f'<address name="{name}"><anycast><queue name="{name}"/></anycast></address>'
        for name in queues)
    return f"""<configuration xmlns="urn:activemq"><core xmlns="urn:activemq:core">
      <name>artemis</name>
      <configuration-file-refresh-period>50</configuration-file-refresh-period>
      <security-settings>
        <security-setting match="#">{permissions["staff"]}</security-setting>
        <security-setting match="secret.#">{permissions["bosses"]}</security-setting>
      </security-settings>
      <address-settings>
        <address-setting match="#"><expiry-address>Expired</expiry-address></address-setting>
        <address-setting match="jobs"><default-ring-size>2</default-ring-size></address-setting>
        {settings}
      </address-settings>
      <addresses>{addresses}
        <address name="news"><multicast><queue name="copies"/></multicast></address>
      </addresses>
      <diverts>{diverts}</diverts>
    </core></configuration>"""


def divert(name, to):
    return (f'<divert name="{name}"><address>{name}</address>'
            f"<forwarding-address>{to}</forwarding-address></divert>")


def send(link, address, message):
    sender = link.create_sender(address)
    sender.send(message)
    sender.close()


def log_in(broker, user):
    return BlockingConnection(f"amqp://127.0.0.1:{broker.port}", timeout=WAIT_SECONDS, user=user,
                              password=f"{user}-secret", allowed_mechs="PLAIN")


def refused(link, address):
    try:
        link.create_sender(address).send(Message(body="x"))
    except (LinkDetached, SendException) as why:
        told = f"{why!s} {why!r}"
        assert "unauthorized" in told or "REJECTED" in told.upper(), told
        return True
    return False


def taken(link, queue, count):
    receiver = link.create_receiver(f"queue://{queue}", credit=count)
    found = []
    for _ in range(count):
        found.append(receiver.receive(WAIT_SECONDS).body)
        receiver.accept()
    receiver.close()
    return found


def start_artemis(binary, folder):
    (folder / "login.config").write_text(LOGIN, encoding="utf-8")
    (folder / "artemis-users.properties").write_text("ann=ann-secret\nbea=bea-secret\n"
                                                     "root=root-secret\n",
                                                     encoding="utf-8")
    (folder / "artemis-roles.properties").write_text("staff=ann\nbosses=bea\nadmins=root\n",
                                                     encoding="utf-8")
    broker = Broker(binary, folder, "broker.xml", "auto")
    broker.write(artemis(diverts=divert("orders", "archive")))
    broker.start()
    return broker


def artemis_clients(binary, tern, folder):
    broker = start_artemis(binary, folder)
    api = api_of(broker, "root", "root-secret")
    assert {"jobs", "news::copies"} <= names(api, "queues"), names(api, "queues")
    assert "news" in names(api, "topics")
    try:
        BlockingConnection(f"amqp://127.0.0.1:{broker.port}", timeout=WAIT_SECONDS, user="ann",
                           password="guess", allowed_mechs="PLAIN")
        raise AssertionError("a wrong password was taken")
    except ConnectionException:
        pass
    ann = log_in(broker, "ann")
    sender = ann.create_sender("queue://jobs")
    for body in ("1", "2", "3"):
        sender.send(Message(body=body, durable=True))
    assert taken(ann, "jobs", 2) == ["2", "3"], "a ring of two"
    send(ann, "topic://news", Message(body="n"))
    assert taken(ann, "news::copies", 1) == ["n"]
    send(ann, "queue://orders", Message(body="o"))
    assert taken(ann, "archive", 1) == ["o"]
    send(ann, "queue://late", Message(body="l", ttl=0.05))
    assert taken(ann, "Expired", 1) == ["l"]
    assert refused(ann, "queue://secret.plans"), "only the closest setting counts"
    bea = log_in(broker, "bea")
    send(bea, "queue://secret.plans", Message(body="s"))
    assert taken(bea, "secret.plans", 1) == ["s"]
    assert refused(bea, "queue://jobs")
    ann.close()
    bea.close()
    broker.stop()

    done = subprocess.run([tern, "config", "convert", broker.file], capture_output=True, text=True,
                          check=True)
    converted = folder / "converted.xml"
    converted.write_text(done.stdout, encoding="utf-8")
    again = subprocess.run([tern, "config", "convert", converted], capture_output=True, text=True,
                           check=True)
    assert again.stdout == done.stdout


def artemis_changes(binary, _, folder):
    broker = start_artemis(binary, folder)
    api = api_of(broker, "root", "root-secret")
    broker.write(artemis(queues=("more",)))
    until(lambda: "more" in names(api, "queues"))
    assert "jobs" in names(api, "queues"), "OFF: it stays"
    ann = log_in(broker, "ann")
    send(ann, "queue://orders", Message(body="o"))
    assert taken(ann, "archive", 1) == ["o"], "OFF: the divert stays"
    force = ("<config-delete-queues>FORCE</config-delete-queues>"
             "<config-delete-diverts>FORCE</config-delete-diverts>")
    forced = "".join(f'<address-setting match="{name}">{force}</address-setting>'
                     for name in ("jobs", "orders"))
    broker.write(artemis(queues=("more",), settings=forced))
    until(lambda: "jobs" not in names(api, "queues"))
    assert "more" in names(api, "queues")
    taken(ann, "orders", 1)
    # A queue goes with its last consumer, and nothing makes it again.
    until(lambda: "archive" not in names(api, "queues"))
    send(ann, "queue://orders", Message(body="p"))
    assert taken(ann, "orders", 1) == ["p"]
    assert "archive" not in names(api, "queues"), "FORCE: the divert has gone"
    broker.wait_for(TAKEN_OVER)
    # All or nothing.
    broker.write(artemis(queues=("never",), settings="<address-setting/>"))
    broker.wait_for(r"broker.xml:\d+:\d+: core/address-settings/address-setting: .* names nothing")
    broker.wait_for(REFUSED)
    assert "never" not in names(api, "queues")
    ann.close()
    broker.stop()


# -- rabbitmq.conf

def rabbitmq(binary, _, folder):
    broker = Broker(binary, folder, "rabbitmq.conf", "amqp")
    broker.write("# limits\nheartbeat = 7\nchannel_max = 3\nmax_message_size = 1000\n"
                 "default_queue_type = quorum\n"
                 "default_user = rab\ndefault_pass = rab-secret\n")
    broker.start()
    assert 'heartbeat="7"' in api_of(broker, "rab", "rab-secret").get("configuration")["document"]

    def connect(password):
        login = pika.PlainCredentials("rab", password)
        return pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", broker.port, credentials=login, heartbeat=None))

    try:
        connect("guess")
        raise AssertionError("a wrong password was taken")
    except pika.exceptions.ProbableAuthenticationError:
        pass
    link = connect("rab-secret")
    agreed = link._impl.params
    assert (agreed.heartbeat, agreed.channel_max) == (7, 3), agreed
    channel = link.channel()
    channel.confirm_delivery()
    channel.queue_declare("q", durable=True)
    channel.basic_publish("", "q", b"x" * 1000)
    assert channel.basic_get("q", auto_ack=True)[2] == b"x" * 1000
    other = link.channel()
    channel.queue_declare("q", durable=True, arguments={"x-queue-type": "quorum"})
    try:
        other.queue_declare("q", durable=True, arguments={"x-queue-type": "classic"})
        raise AssertionError("it is of the default type")
    except pika.exceptions.ChannelClosedByBroker as why:
        assert why.reply_code == 406, why
    try:
        channel.basic_publish("", "q", b"x" * 1001)
        raise AssertionError("a message that is too large was taken")
    except pika.exceptions.AMQPError as why:
        assert "406" in str(why) or "501" in str(why) or "311" in str(why), why
    broker.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ternd", required=True, metavar="PATH", help="the daemon under test")
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    for story in (separators_and_topics, artemis_clients, artemis_changes, rabbitmq):
        with tempfile.TemporaryDirectory(prefix="tern-test-") as folder:
            story(options.ternd, options.tern, Path(folder))
        print(story.__name__, "ok")


if __name__ == "__main__":
    main()
