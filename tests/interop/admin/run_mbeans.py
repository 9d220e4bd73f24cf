#!/usr/bin/python3
"""Which MBeans a document shows and how: `managementContext`, `useJmx`, `enableStatistics` and
`populateUserNameInMBeans`. What they say of producers that were blocked and of a consumer that
takes nothing."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from api import Api
from harness import options as harness
from harness.broker import TernBroker
from harness.options import settle
from run_admin import Stomp
from tern_command import Tern

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core" {attributes}>
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue="NARROW" memoryLimit="4 kb"/>
  </policyEntries></policyMap></destinationPolicy>
  <managementContext><managementContext {context}/></managementContext>
  <plugins><simpleAuthenticationPlugin><users>
    <authenticationUser username="ann" password="secret" groups="cooks"/>
  </users></simpleAuthenticationPlugin></plugins>
</broker>
"""
QUEUE = ("org.apache.activemq:brokerName=*,destinationName={},destinationType=Queue,"
         "type=Broker")
LOGIN = {"login": "ann", "passcode": "secret"}


class Views:
    """A broker with such a document, by way of Jolokia."""

    def __init__(self, broker, options):
        self.api = Api(broker.http_port, tuple(LOGIN.values()))
        self.port = broker.port
        self.tern = Tern(options.tern, broker.url)
        self.url = f"http://ann:secret@127.0.0.1:{broker.http_port}"

    def find(self, pattern):
        return self.api.call("GET", f"/api/jolokia/search/{pattern}")["value"]

    def read(self, mbean):
        return self.api.call("POST", "/api/jolokia", {"type": "read", "mbean": mbean})

    def value(self, mbean, attribute):
        return self.read(mbean)["value"][attribute]

    def report(self, *arguments):
        return self.tern.run(*arguments, "--http", self.url)[0].decode()


def started(options, work, attributes="", context=""):
    work.mkdir()
    document = work / "activemq.xml"
    document.write_text(DOCUMENT.format(attributes=attributes, context=context))
    return harness.running(TernBroker(
        work, options.ternd, 0,
        {"http.listen": "127.0.0.1:0", "http.admin_groups": "cooks"}, "auto", document))


def by_default(views):
    with Stomp(views.port, **LOGIN) as client:
        client.subscribe("/queue/STALLED", 1, ack="client", **{"activemq.prefetchSize": "2"})
        for text in ("1", "2", "3"):
            client.send("SEND", text.encode(), destination="/queue/STALLED", receipt=text)
            client.receipt(text)
        [consumer] = views.find("org.apache.activemq:endpoint=Consumer,*")
        seen = views.read(consumer)["value"]
        assert seen["DispatchedQueueSize"] == seen["MessageCountAwaitingAcknowledge"] == 2, seen
        assert seen["UserName"] is None, seen
        assert len(views.find("org.apache.activemq:connectionViewType=remoteAddress,*")) == 1
        [queue] = views.find(QUEUE.format("STALLED"))
        assert views.value(queue, "EnqueueCount") == 3


def blocked(views):
    with Stomp(views.port, **LOGIN) as producer, Stomp(views.port, **LOGIN) as consumer:
        for number in range(6):
            producer.send("SEND", bytes(1000), destination="/queue/NARROW", receipt=number)
        settle(lambda: views.find(QUEUE.format("NARROW")) != [])
        [queue] = views.find(QUEUE.format("NARROW"))
        settle(lambda: views.value(queue, "BlockedSends") > 0)
        assert views.value(queue, "BlockedSends") > 0
        assert views.value(queue, "TotalBlockedTime") == 0
        consumer.send("SUBSCRIBE", destination="/queue/NARROW", id=1)
        for _ in range(6):
            consumer.expect("MESSAGE")
        settle(lambda: views.value(queue, "TotalBlockedTime") > 0)
        seen = views.read(queue)["value"]
        assert seen["TotalBlockedTime"] > 0, seen
        assert seen["AverageBlockedTime"] == seen["TotalBlockedTime"] / seen["BlockedSends"], seen


def as_told(views):
    with Stomp(views.port, **LOGIN) as client:
        client.subscribe("/queue/SECRET.A", 1)
        client.sync("SEND", b"1", destination="/queue/ORDERS")
        assert views.find("org.apache.activemq:*") == []
        assert views.find("com.acme:endpoint=Consumer,*") == []
        assert views.find("com.acme:destinationName=SECRET.A,*") == []
        [queue] = views.find("com.acme:destinationName=ORDERS,*")
        assert views.value(queue, "QueueSize") == 1
        assert views.value(queue, "EnqueueCount") == 0, "counters stand still"
        [connection] = views.find("com.acme:connectionViewType=*,*")
        assert views.value(connection, "UserName") == "ann"
        assert "ORDERS" in views.report("dstat")
        assert "SECRET" not in views.report("query")


def without(views):
    assert views.find("*:*") == []
    assert views.read("org.apache.activemq:type=Broker,brokerName=localhost")["status"] == 404
    assert views.api.get("broker")["name"] == "localhost", "the API has nothing to do with JMX"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    options = parser.parse_args()
    with harness.scratch_for(options) as work:
        with started(options, work / "usual") as broker:
            by_default(Views(broker, options))
            blocked(Views(broker, options))
        with started(options, work / "told",
                     'enableStatistics="false" populateUserNameInMBeans="true"',
                     'jmxDomainName="com.acme" allowRemoteAddressInMBeanNames="false" '
                     'suppressMBean="endpoint=Consumer,destinationName=SECRET.*"') as broker:
            as_told(Views(broker, options))
        with started(options, work / "none", 'useJmx="false"') as broker:
            without(Views(broker, options))


if __name__ == "__main__":
    harness.main(run)
