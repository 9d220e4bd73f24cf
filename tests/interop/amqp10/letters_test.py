"""What the broker says of dead letters, by python3-qpid-proton."""

import unittest

from proton import Message

import amqp_broker
from proton_client import TIMEOUT_SECONDS, connect
from story import Story

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core">
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue="letters.&gt;" deadLetterAddress="dead" expiryAddress="late"
                 expireMessagesPeriod="100"/>
  </policyEntries></policyMap></destinationPolicy>
</broker>"""


class Letters(unittest.TestCase):
    def setUp(self):
        started = amqp_broker.running(Story.broker.binary, document=DOCUMENT)
        self.broker = started.__enter__()
        self.addCleanup(started.__exit__, None, None, None)
        self.connection = connect(self.broker)
        self.addCleanup(self.connection.close)

    def letter(self, address):
        receiver = self.connection.create_receiver(address)
        message = receiver.receive(TIMEOUT_SECONDS)
        receiver.accept()
        return message

    def test_annotations_say_where_a_rejected_message_was(self):
        self.connection.create_sender("letters.a").send(
            Message(body="poison", durable=True, annotations={"x-opt-mine": 5}))
        receiver = self.connection.create_receiver("letters.a")
        receiver.receive(TIMEOUT_SECONDS)
        receiver.reject()
        message = self.letter("dead")
        self.assertEqual(message.body, "poison")
        self.assertEqual(message.annotations["x-opt-ORIG-ADDRESS"], "letters.a")
        self.assertEqual(message.annotations["x-opt-ORIG-QUEUE"], "letters.a")
        self.assertEqual(message.annotations["x-opt-mine"], 5)

    def test_annotations_say_when_a_message_expired(self):
        self.connection.create_sender("letters.b").send(
            Message(body="stale", durable=True, ttl=0.2))
        message = self.letter("late")
        self.assertEqual(message.body, "stale")
        self.assertEqual(message.annotations["x-opt-ORIG-ADDRESS"], "letters.b")
        self.assertGreater(message.annotations["x-opt-ACTUAL-EXPIRY"], 0)
