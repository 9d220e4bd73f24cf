#!/usr/bin/python3
"""What ActiveMQ's own schema says a document may have, element by element: each attribute is known
here, applied or not. Debian's libactivemq-java brings the schema of 5.17."""

import argparse
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

SECONDS = 30
JAR = Path("/usr/share/java/activemq-spring.jar")
XSD = "{http://www.w3.org/2001/XMLSchema}"
VALUES = {"xs:boolean": "true", "xs:integer": "1", "xs:long": "1", "xs:float": "1"}
# Attributes of these names hold Java objects, by `#name` of a bean, or what only its setters know.
OBJECTS = set("""adapter adminConnectionContext adminView broker brokerContext brokerInfo
    brokerObjectName brokerService buffer consumerSystemUsage createTransactionStore deadLetterQueue
    deadLetterStrategy destination destinationFactory destinationPolicy directory discoveryAgent
    dispatchPolicy executor ioExceptionHandler jobSchedulerStore jobSchedulerUsage limiter locker
    managementContext map memoryUsage messageAuthorizationPolicy messageEvictionStrategy
    messageGroupMapFactory networkBridgeFilterFactory next parent pendingDurableSubscriberPolicy
    pendingMessageLimitStrategy pendingQueuePolicy pendingSubscriberPolicy persistenceAdapter
    persistenceFactory persistenceTaskRunnerFactory producerSystemUsage publishedAddressPolicy
    redeliveryPolicyMap regionBroker scheduledThreadPoolExecutor secureRandom
    sendFailIfNoSpaceExplicitySet server slowConsumerStrategy SSLContext sslContext startException
    stopOnError store storeUsage subscriptionRecoveryPolicy systemUsage taskRunnerFactory
    tempDataStore tempStore tempUsage transactionIdTransformer usage percentUsage usageManager
    useExternalMessageReferences userGroups userPasswords wrapped brokerName""".split())

BROKER = '<broker xmlns="http://activemq.apache.org/schema/core">%s</broker>'
POLICY = ('<destinationPolicy><policyMap><policyEntries><policyEntry queue="a">%s</policyEntry>'
          '</policyEntries></policyMap></destinationPolicy>')
VIRTUAL = ('<destinationInterceptors><virtualDestinationInterceptor><virtualDestinations>%s'
           '</virtualDestinations></virtualDestinationInterceptor></destinationInterceptors>')
# Where the parts of a policy stand, by the ends of their names.
PARTS = (("deadLetterStrategy", ("DeadLetterStrategy", "discarding")),
         ("dispatchPolicy", ("DispatchPolicy",)),
         ("subscriptionRecoveryPolicy", ("SubscriptionRecoveryPolicy",)),
         ("pendingMessageLimitStrategy", ("PendingMessageLimitStrategy",)),
         ("messageEvictionStrategy", ("EvictionStrategy",)),
         ("slowConsumerStrategy", ("abortSlowConsumerStrategy", "abortSlowAckConsumerStrategy")),
         ("messageGroupMapFactory", ("MessageGroupMapFactory", "messageGroupHashBucketFactory")),
         ("networkBridgeFilterFactory", ("NetworkBridgeFilterFactory",)),
         ("pendingQueuePolicy", ("storeCursor", "vmQueueCursor", "fileQueueCursor")),
         ("pendingSubscriberPolicy", ("vmCursor", "fileCursor")),
         ("pendingDurableSubscriberPolicy", ("DurableSubscriberCursor", "vmDurableCursor")))


def forms(names):
    """Element by element, a document that has it; its attributes are still to be filled in."""
    yield "broker", '<broker xmlns="http://activemq.apache.org/schema/core" %s/>'
    plain = {
        "policyEntry": POLICY.replace('<policyEntry queue="a">%s</policyEntry>',
                                      "<policyEntry %s/>"),
        "transportConnector": "<transportConnectors><transportConnector %s/></transportConnectors>",
        "kahaDB": "<persistenceAdapter><kahaDB %s/></persistenceAdapter>",
        "memoryPersistenceAdapter":
            "<persistenceAdapter><memoryPersistenceAdapter %s/></persistenceAdapter>",
        "mirroredQueue": "<destinationInterceptors><mirroredQueue %s/></destinationInterceptors>",
        "systemUsage": "<systemUsage><systemUsage %s/></systemUsage>",
        "sslContext": "<sslContext><sslContext %s/></sslContext>",
        **{usage: f"<systemUsage><systemUsage><{usage}><{usage} %s/></{usage}></systemUsage>"
                  "</systemUsage>" for usage in ("memoryUsage", "storeUsage", "tempUsage")},
        **{one: VIRTUAL % f"<{one} %s/>"
           for one in ("virtualTopic", "compositeQueue", "compositeTopic")},
        **{one: f"<plugins><{one} %s/></plugins>"
           for one in names if one.lower().endswith("plugin")},
    }
    for holder, ends in PARTS:
        for one in names:
            if one.endswith(ends):
                plain[one] = POLICY % f"<{holder}><{one} %s/></{holder}>"
    for one, form in plain.items():
        yield one, BROKER % form


def unknown(tern, form, attributes):
    """What the command says it does not know of them."""
    text = " ".join(f"{name}={quoteattr(VALUES.get(kind, '1'))}"
                    for name, kind in attributes.items() if name not in OBJECTS)
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as document:
        document.write(form % text)
        document.flush()
        said = subprocess.run([tern, "config", "check", document.name], capture_output=True,
                              text=True, timeout=SECONDS).stdout
    assert re.search(r"^\d+ applied, \d+ without effect, \d+ rejected$", said, re.M), said
    return [line for line in said.splitlines() if "there is no such" in line]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with zipfile.ZipFile(JAR) as jar:
        schema = ElementTree.fromstring(jar.read("activemq.xsd"))
    elements = {one.get("name"): {attribute.get("name"): attribute.get("type")
                                  for attribute in one.iter(f"{XSD}attribute")}
                for one in schema.findall(f"{XSD}element")}
    count = 0
    problems = []
    for name, form in forms(elements):
        problems += unknown(options.tern, form, elements[name])
        count += len(elements[name])
    if problems:
        sys.exit("\n".join(problems))
    print(f"{count} attributes")


if __name__ == "__main__":
    main()
