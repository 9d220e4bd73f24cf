"""What an operator sets, each on a broker of its own, by python3-qpid-proton."""

import time
import unittest

from proton import ConnectionException, Message, symbol
from proton.utils import BlockingConnection

import amqp_broker
import raw_peer as raw
from proton_client import TIMEOUT_SECONDS, connect, texts, unique
from story import Story

SMALL_QUEUES = """<broker xmlns="http://activemq.apache.org/schema/core">
  <destinationPolicy><policyMap><policyEntries>
    <policyEntry queue=">" memoryLimit="1 mb">
      <pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy>
    </policyEntry>
  </policyEntries></policyMap></destinationPolicy>
</broker>"""
DURABLE = b"\x00\x53\x70\xc0\x02\x01\x41"  # a header


class Limits(unittest.TestCase):
    def broker_with(self, document=None, **settings):
        names = {f"amqp.{name}": value for name, value in settings.items()}
        started = amqp_broker.running(Story.broker.binary, names, document)
        broker = started.__enter__()
        self.addCleanup(started.__exit__, None, None, None)
        return broker

    def peer(self, broker, **fields):
        peer = raw.RawPeer(broker, **fields)
        self.addCleanup(peer.close)
        return peer

    def test_more_messages_than_credit(self):
        peer = self.peer(self.broker_with(producer_credit=2)).open_session()
        peer.attach_sender(0, raw.composite(raw.TARGET, "q"))
        self.assertEqual(int(peer.expect(raw.FLOW)[6]), 2)
        frames = [raw.framed(raw.TRANSFER, raw.uint(0), raw.uint(number), b"%d" % number,
                             raw.uint(0), False,
                             payload=DURABLE + raw.data_message(b"m")) for number in range(9)]
        peer.socket.sendall(b"".join(frames))
        self.assertEqual(peer.expect(raw.DETACH).condition(2), "amqp:link:transfer-limit-exceeded")

    def test_who_sends_to_a_full_queue_gets_no_credit(self):
        broker = self.broker_with(SMALL_QUEUES, producer_credit=20)
        peer = self.peer(broker).open_session()
        peer.attach_sender(0, raw.composite(raw.TARGET, "q"))
        self.assertEqual(int(peer.expect(raw.FLOW)[6]), 20)
        for number in range(20):
            peer.transfer(0, number, raw.data_message(bytes(100_000)))
        peer.send(raw.FLOW, raw.uint(0), raw.uint(100), raw.uint(20), raw.uint(100), raw.uint(0),
                  None, None, None, False, True)
        self.assertEqual(int(peer.expect(raw.FLOW)[6]), 0)
        connection = connect(broker)
        self.addCleanup(connection.close)
        texts(connection.create_receiver("q", credit=1), 20)
        self.assertGreater(int(peer.expect(raw.FLOW)[6]), 0)

    def test_messages_that_are_too_large(self):
        peer = self.peer(self.broker_with(max_message_bytes=1024)).open_session()
        self.assertEqual(int(peer.attach_sender(0, raw.composite(raw.TARGET, "q"))[10]), 1024)
        peer.transfer(0, 0, raw.data_message(bytes(600)), more=True)
        peer.transfer(0, 0, bytes(600), more=True)
        self.assertEqual(peer.expect(raw.DETACH).condition(2), "amqp:link:message-size-exceeded")

    def test_peers_that_are_silent(self):
        peer = self.peer(self.broker_with(idle_timeout_ms=200))
        self.assertEqual(int(peer.expect(raw.OPEN)[4]), 200)
        self.assertEqual(peer.expect(raw.CLOSE).condition(0), "amqp:resource-limit-exceeded")

    def test_frames_that_are_too_large(self):
        peer = self.peer(self.broker_with(max_frame_bytes=512)).open_session()
        peer.attach_sender(0, raw.composite(raw.TARGET, "q"))
        peer.transfer(0, 0, bytes(600))
        self.assertEqual(peer.expect(raw.CLOSE).condition(0), "amqp:connection:framing-error")

    def test_servers_for_failover_are_announced(self):
        broker = self.broker_with(failover_servers="one.example:5672,two.example:5673")
        connection = connect(broker)
        self.addCleanup(connection.close)
        servers = connection.conn.remote_properties[symbol("failover-server-list")]
        self.assertEqual([(one[symbol("network-host")], one[symbol("port")]) for one in servers],
                         [("one.example", 5672), ("two.example", 5673)])

    def test_clients_are_sent_elsewhere(self):
        broker = self.broker_with(redirect="other.example:5671")
        with self.assertRaises(ConnectionException) as refused:
            BlockingConnection(f"amqp://127.0.0.1:{broker.amqp_port}", timeout=TIMEOUT_SECONDS)
        self.assertIn("amqp:connection:redirect", str(refused.exception))
        closed = self.peer(broker).expect(raw.CLOSE)
        info = closed[0].value[2]
        self.assertEqual((info[symbol("network-host")], info[symbol("port")]),
                         ("other.example", 5671))

    def test_the_end_of_the_broker_is_told(self):
        broker = self.broker_with()
        peer = self.peer(broker).open_session()
        broker.stop()
        self.assertEqual(peer.expect(raw.CLOSE).condition(0), "amqp:connection:forced")


class Later(Story):
    """Messages that are wanted later, where there is a scheduler."""

    @classmethod
    def setUpClass(cls):
        started = amqp_broker.running(Story.broker.binary, document=amqp_broker.SCHEDULER)
        cls.broker = started.__enter__()
        cls.addClassCleanup(started.__exit__, None, None, None)

    def arrives(self, count=1, **annotations):
        """Sends a message so annotated, and says how many milliseconds after it each copy came."""
        queue = unique("queue")
        receiver = self.receiver(queue)
        began = time.time()
        self.connection.create_sender(queue).send(Message(
            body="later", annotations={symbol(f"x-opt-delivery-{name}"): value
                                       for name, value in annotations.items()}))
        came = []
        for _ in range(count):
            message = receiver.receive(TIMEOUT_SECONDS)
            receiver.accept()
            self.assertEqual(message.body, "later")
            came.append(int((time.time() - began) * 1000))
        return came

    def test_it_is_offered(self):
        offered = [str(one) for one in self.connection.conn.remote_offered_capabilities.elements]
        self.assertIn("DELAYED_DELIVERY", offered)
        plain = connect(Story.broker)
        self.addCleanup(plain.close)
        offered = [str(one) for one in plain.conn.remote_offered_capabilities.elements]
        self.assertNotIn("DELAYED_DELIVERY", offered)

    def test_after_a_delay(self):
        self.assertGreaterEqual(self.arrives(delay=300)[0], 300)

    def test_at_a_time(self):
        wanted = int(time.time() * 1000) + 400
        self.arrives(time=wanted)
        self.assertGreaterEqual(time.time() * 1000, wanted)

    def test_at_once_when_the_time_is_over(self):
        self.arrives(time=1000)
        self.arrives(delay=0)
        self.arrives(delay=-5)

    def test_repeatedly(self):
        first, *_, last = self.arrives(count=3, delay=100, period=100, repeat=2)
        self.assertGreaterEqual(first, 100)
        self.assertGreaterEqual(last, 300)

    def test_order_is_that_of_the_times(self):
        queue = unique("queue")
        receiver = self.receiver(queue)
        sender = self.connection.create_sender(queue)
        for delay in (900, 300, 600):
            sender.send(Message(body=delay, annotations={symbol("x-opt-delivery-delay"): delay}))
        self.assertEqual(texts(receiver, 3), [300, 600, 900])

    def test_waiting_outlives_the_broker(self):
        queue = unique("queue")
        sent = Message(body="later", durable=True,
                       annotations={symbol("x-opt-delivery-delay"): 500,
                                    symbol("x-opt-mine"): "kept"})
        self.connection.create_sender(queue).send(sent)
        self.connection.close()
        self.broker.kill()
        self.broker.start()
        self.connection = connect(self.broker)
        got = self.receiver(queue).receive(TIMEOUT_SECONDS)
        self.assertEqual((got.body, got.annotations), ("later", sent.annotations))

    def test_cron_that_makes_no_sense_is_refused(self):
        sender = self.connection.create_sender(unique("queue"))
        delivery = sender.send(
            Message(body="never", annotations={symbol("x-opt-delivery-cron"): "now and then"}),
            error_states=[])
        self.assertEqual(delivery.remote.condition.name, "amqp:invalid-field")
