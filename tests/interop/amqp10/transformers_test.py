"""What clients of other protocols see of a message, as a connector's transformer says."""

import amqp_broker
import pika
from proton import Message
from proton_client import TIMEOUT_SECONDS, connect
from story import Story

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><transportConnectors>
  <transportConnector name="amqp" uri="amqp://127.0.0.1:0?transport.transformer=HOW"/>
</transportConnectors></broker>"""
SENT = {"body": "grüße", "subject": "s", "correlation_id": "c", "priority": 7}


class Transformers(Story):
    def seen_by_others(self, how):
        """A message's properties and body, for a client of AMQP 0-9-1; it is what was sent for one
        of AMQP 1.0."""
        started = amqp_broker.running(Story.broker.binary, document=DOCUMENT.replace("HOW", how))
        broker = started.__enter__()
        self.addCleanup(started.__exit__, None, None, None)
        self.connection = connect(broker)
        sender = self.connection.create_sender("q")
        for _ in range(2):
            sender.send(Message(properties={"colour": "red"}, instructions={"x-opt-hop": "one"},
                                **SENT))
        self.check(self.receiver("q", credit=1).receive(TIMEOUT_SECONDS))
        self.connection.close()
        other = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", broker.amqp091_port))
        _, properties, body = other.channel().basic_get("q", auto_ack=True)
        other.close()
        return properties, body

    def check(self, message):
        self.assertEqual({name: getattr(message, name) for name in SENT}, SENT)
        self.assertEqual(message.properties["colour"], "red")

    def check_encoding(self, body):
        message = Message()
        message.decode(body)
        self.check(message)

    def test_jms_is_what_a_message_says(self):
        properties, body = self.seen_by_others("jms")
        self.assertEqual((properties.correlation_id, body.decode()), ("c", "grüße"))
        self.assertTrue(properties.headers["JMS_AMQP_HEADER"])
        self.assertEqual(properties.headers["JMS_AMQP_DA_x-opt-hop"], "one")
        self.assertEqual(properties.headers["JMS_AMQP_ORIGINAL_ENCODING"], 5)  # a value, a text

    def test_native_is_that_with_its_encoding(self):
        properties, body = self.seen_by_others("native")
        self.assertEqual((properties.correlation_id, properties.headers["colour"]), ("c", "red"))
        self.assertTrue(properties.headers["JMS_AMQP_NATIVE"])
        self.check_encoding(body)

    def test_raw_is_its_encoding_alone(self):
        properties, body = self.seen_by_others("raw")
        self.assertIsNone(properties.correlation_id)
        self.assertNotIn("colour", properties.headers)
        self.assertTrue(properties.headers["JMS_AMQP_NATIVE"])
        self.check_encoding(body)
