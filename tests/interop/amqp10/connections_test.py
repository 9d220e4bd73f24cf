"""How connections begin, live and end, by python3-qpid-proton."""

import socket

from proton import Message, symbol
from proton.handlers import MessagingHandler
from proton.reactor import Container

from proton_client import TIMEOUT_SECONDS, connect, texts, unique
from story import Story


class Connections(Story):
    def test_sasl_plain_and_anonymous(self):
        for options in ({"user": "u", "password": "peer-secret", "allowed_mechs": "PLAIN",
                         "allow_insecure_mechs": True},
                        {"allowed_mechs": "ANONYMOUS"}):
            connect(self.broker, **options).close()

    def test_without_sasl(self):
        connect(self.broker, sasl_enabled=False).close()

    def test_open_says_what_the_broker_can(self):
        conn = self.connection.conn
        offered = [str(c) for c in conn.remote_offered_capabilities.elements]
        self.assertIn("ANONYMOUS-RELAY", offered)
        self.assertEqual(conn.remote_properties[symbol("product")], "TernMQ")
        self.assertEqual(conn.transport.remote_max_frame_size, 131_072)
        self.assertEqual(conn.transport.remote_idle_timeout, 30)

    def test_second_connection_of_a_sole_container_is_refused(self):
        class Sole(MessagingHandler):
            def __init__(self, url):
                super().__init__()
                self.url, self.condition, self.property = url, None, None

            def on_start(self, event):
                event.container.container_id = "sole"
                self.first = self.open(event)

            def open(self, event):
                return event.container.connect(
                    self.url, reconnect=False,
                    desired_capabilities=[symbol("sole-connection-for-container")])

            def on_connection_opened(self, event):
                if event.connection == self.first:
                    self.second = self.open(event)
                else:
                    self.property = event.connection.remote_properties

            def on_connection_error(self, event):
                self.condition = event.connection.remote_condition
                event.connection.close()
                self.first.close()

        sole = Sole(f"amqp://127.0.0.1:{self.broker.amqp_port}")
        Container(sole).run()
        self.assertEqual(sole.condition.name, "amqp:invalid-field")
        self.assertEqual(sole.condition.info[symbol("invalid-field")], symbol("container-id"))
        self.assertTrue(sole.property[symbol("amqp:connection-establishment-failed")])

    def test_many_sessions_and_links(self):
        queue = unique("queue")
        senders = [self.connection.create_sender(queue, name=unique("link")) for _ in range(50)]
        for number, sender in enumerate(senders):
            sender.send(Message(body=number))
            sender.close()
        self.assertEqual(texts(self.receiver(queue, credit=50), 50), list(range(50)))

    def test_wrong_protocol_header_is_answered(self):
        for header in (b"AMQP\x00\x01\x01\x00", b"AMQP\x02\x01\x00\x00"):
            with socket.create_connection(("127.0.0.1", self.broker.amqp_port)) as peer:
                peer.sendall(header)
                peer.settimeout(TIMEOUT_SECONDS)
                answer = b""
                while chunk := peer.recv(64):
                    answer += chunk
                self.assertEqual(answer, b"AMQP\x03\x01\x00\x00")

    def test_nonsense_ends_that_connection_only(self):
        with socket.create_connection(("127.0.0.1", self.broker.amqp_port)) as peer:
            peer.sendall(b"AMQP\x00\x01\x00\x00" + b"\xff" * 64)
            peer.settimeout(TIMEOUT_SECONDS)
            answer = b""
            while chunk := peer.recv(4096):
                answer += chunk
        self.assertIn(b"amqp:connection:framing-error", answer)
        self.assertEqual(texts(self.receiver(self.queue_with("alive")), 1), ["alive"])


class Restart(Story):
    def test_durable_messages_survive(self):
        queue = self.queue_with("kept", durable=True)
        self.connection.close()
        self.broker.stop()
        self.broker.start()
        connection = connect(self.broker)
        self.addCleanup(connection.close)
        receiver = connection.create_receiver(queue)
        self.assertEqual(texts(receiver, 1), ["kept"])
