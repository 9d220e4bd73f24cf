"""What python3-qpid-proton, unmodified, can do with the broker. Each test is a feature."""

import socket
import time
import unittest
import uuid

from proton import Delivery, Message, Terminus, symbol
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import (AtMostOnce, Container, Copy, DurableSubscription, ReceiverOption,
                            Selector)

from proton_client import (TIMEOUT_SECONDS, Capability, LinkDetached, connect,
                           container, remote_capabilities, texts, unique)


class Story(unittest.TestCase):
    broker = None  # set by the runner

    def setUp(self):
        self.connection = connect(self.broker)
        self.addCleanup(self.connection.close)

    def queue_with(self, *bodies, **fields):
        queue = unique("queue")
        sender = self.connection.create_sender(queue)
        for body in bodies:
            sender.send(Message(body=body, **fields))
        sender.close()
        return queue

    def receiver(self, address, credit=10, **options):
        return self.connection.create_receiver(
            address, credit=credit, name=options.pop("name", unique("link")), **options)

    def assert_nothing_in(self, queue):
        """Drained, not timed."""
        receiver = self.receiver(queue, credit=0)
        receiver.link.drain(1)
        self.connection.wait(lambda: receiver.link.credit == 0, timeout=TIMEOUT_SECONDS)
        self.assertFalse(receiver.fetcher.has_message)


class Transfers(Story):
    def test_unsettled_messages_come_in_order(self):
        queue = self.queue_with(*(f"m{i}" for i in range(50)), durable=True)
        receiver = self.receiver(queue)
        self.assertEqual(texts(receiver, 50), [f"m{i}" for i in range(50)])

    def test_presettled_both_ways(self):
        queue = unique("queue")
        sender = self.connection.create_sender(queue, options=AtMostOnce())
        for i in range(10):
            sender.send(Message(body=i))
        receiver = self.receiver(queue, options=AtMostOnce())
        self.assertEqual([receiver.receive(TIMEOUT_SECONDS).body for _ in range(10)],
                         list(range(10)))

    def test_exactly_the_configured_credit(self):
        sender = self.connection.create_sender(unique("queue"))
        self.connection.wait(lambda: sender.link.credit > 0, timeout=TIMEOUT_SECONDS)
        self.assertEqual(sender.link.credit, 1000)

    def test_credit_is_renewed(self):
        queue = unique("queue")
        sender = self.connection.create_sender(queue)
        for i in range(2500):
            sender.send(Message(body=i))
        receiver = self.receiver(queue, credit=500)
        self.assertEqual(texts(receiver, 2500), list(range(2500)))

    def test_no_more_than_the_credit(self):
        queue = self.queue_with("a", "b", "c")
        receiver = self.receiver(queue, credit=0)
        receiver.link.flow(2)
        self.assertEqual(texts(receiver, 2), ["a", "b"])
        self.assertEqual(receiver.link.credit, 0)

    def test_drain(self):
        queue = self.queue_with("a", "b")
        receiver = self.receiver(queue, credit=0)
        receiver.link.drain(10)
        self.connection.wait(lambda: receiver.link.credit == 0, timeout=TIMEOUT_SECONDS)
        self.assertEqual(texts(receiver, 2), ["a", "b"])
        empty = self.receiver(unique("queue"), credit=0)
        empty.link.drain(10)
        self.connection.wait(lambda: empty.link.credit == 0, timeout=TIMEOUT_SECONDS)
        self.assertFalse(empty.fetcher.has_message)

    def test_large_messages_in_many_frames(self):
        bodies = [bytes([i]) * (i * 300_000) for i in range(1, 6)]
        queue = self.queue_with(*bodies, durable=True)
        receiver = self.receiver(queue)
        self.assertEqual(texts(receiver, 5), bodies)

    def test_peer_with_the_smallest_frames(self):
        queue = self.queue_with("x" * 10_000)
        connection = connect(self.broker, max_frame_size=512)
        self.addCleanup(connection.close)
        receiver = connection.create_receiver(queue)
        self.assertEqual(receiver.receive(TIMEOUT_SECONDS).body, "x" * 10_000)

    def test_aborted_delivery_leaves_nothing(self):
        queue = unique("queue")
        sender = self.connection.create_sender(queue)
        delivery = sender.link.delivery("t1")
        sender.link.stream(b"\0Sp\xc0\x02\x01A" + bytes(100))
        delivery.abort()
        sender.send(Message(body="whole"))
        receiver = self.receiver(queue, credit=2)
        self.assertEqual(texts(receiver, 1), ["whole"])
        self.assertFalse(receiver.fetcher.has_message)


class Outcomes(Story):
    def redelivered(self, settle):
        receiver = self.receiver(self.queue_with("m"), credit=1)
        first = receiver.receive(TIMEOUT_SECONDS)
        self.assertEqual(first.delivery_count, 0)
        settle(receiver)
        second = receiver.receive(TIMEOUT_SECONDS)
        receiver.accept()
        return second.delivery_count

    def test_released_comes_back_uncounted(self):
        self.assertEqual(self.redelivered(lambda r: r.release(delivered=False)), 0)

    def test_modified_as_failed_comes_back_counted(self):
        def fail(receiver):
            receiver.fetcher.unsettled[0].local.failed = True
            receiver.settle(Delivery.MODIFIED)

        self.assertEqual(self.redelivered(fail), 1)

    def test_modified_as_undeliverable_becomes_a_dead_letter(self):
        self.dead_letter(lambda r: setattr(r.fetcher.unsettled[0].local, "undeliverable", True),
                         Delivery.MODIFIED)

    def test_rejected_becomes_a_dead_letter(self):
        self.dead_letter(lambda r: None, Delivery.REJECTED)

    def dead_letter(self, prepare, state):
        body = uuid.uuid4().hex
        receiver = self.receiver(self.queue_with(body, durable=True), credit=1)
        receiver.receive(TIMEOUT_SECONDS)
        prepare(receiver)
        receiver.settle(state)
        letters = self.receiver("ActiveMQ.DLQ", credit=1)
        while letters.receive(TIMEOUT_SECONDS).body != body:
            letters.accept()
        letters.accept()

    def test_unsettled_come_back_when_the_link_goes(self):
        queue = self.queue_with("a", "b")
        receiver = self.receiver(queue)
        receiver.receive(TIMEOUT_SECONDS)
        receiver.close()
        self.assertEqual(texts(self.receiver(queue), 2), ["a", "b"])

    def test_unsettled_come_back_when_the_connection_goes(self):
        queue = self.queue_with("a")
        other = connect(self.broker)
        other.create_receiver(queue).receive(TIMEOUT_SECONDS)
        other.close()
        self.assertEqual(texts(self.receiver(queue), 1), ["a"])


class Nodes(Story):
    def test_topic_by_prefix_and_by_capability(self):
        topic = unique("topic")
        one = self.receiver(f"topic://{topic}")
        two = self.receiver(topic, options=Capability("topic"))
        self.connection.create_sender(topic, options=Capability("topic")).send(Message(body=1))
        self.connection.create_sender(f"topic://{topic}").send(Message(body=2))
        self.assertEqual(texts(one, 2), [1, 2])
        self.assertEqual(texts(two, 2), [1, 2])

    def test_queue_by_prefix_is_the_plain_one(self):
        queue = self.queue_with("m")
        self.assertEqual(texts(self.receiver(f"queue://{queue}"), 1), ["m"])

    def test_capabilities_are_echoed(self):
        receiver = self.receiver(unique("topic"), options=Capability("topic"))
        self.assertEqual(remote_capabilities(receiver.link), ["topic"])

    def test_dynamic_queue_and_reply(self):
        replies = self.receiver(None, dynamic=True)
        address = replies.link.remote_source.address
        self.assertTrue(address)
        requests = unique("queue")
        self.connection.create_sender(requests).send(Message(body="?", reply_to=address))
        server = connect(self.broker)
        self.addCleanup(server.close)
        request = server.create_receiver(requests).receive(TIMEOUT_SECONDS)
        server.create_sender(request.reply_to).send(Message(body="!"))
        self.assertEqual(texts(replies, 1), ["!"])

    def test_dynamic_queue_ends_with_its_link(self):
        replies = self.receiver(None, dynamic=True)
        address = replies.link.remote_source.address
        replies.close()
        with self.assertRaises(LinkDetached) as refused:
            self.connection.create_sender(f"temp-queue://{address}")
        self.assertEqual(refused.exception.condition, "amqp:not-found")

    def test_anonymous_relay(self):
        queue = unique("queue")
        topic = unique("topic")
        listener = self.receiver(f"topic://{topic}")
        sender = self.connection.create_sender(None)
        sender.send(Message(address=queue, body="to the queue"))
        sender.send(Message(address=f"topic://{topic}", body="to the topic"))
        self.assertEqual(texts(self.receiver(queue), 1), ["to the queue"])
        self.assertEqual(texts(listener, 1), ["to the topic"])

    def test_anonymous_relay_rejects_what_has_no_address(self):
        sender = self.connection.create_sender(None)
        delivery = sender.send(Message(body="nowhere"), error_states=[])
        self.assertEqual(delivery.remote_state, Delivery.REJECTED)
        self.assertEqual(delivery.remote.condition.name, "amqp:not-found")

    def test_browsing_leaves_everything(self):
        queue = self.queue_with("a", "b")
        browser = self.receiver(queue, options=Copy())
        self.assertEqual(texts(browser, 2), ["a", "b"])
        self.assertEqual(texts(self.receiver(queue), 2), ["a", "b"])

    def test_null_source_of_no_subscription_is_refused(self):
        class NoSource(ReceiverOption):
            def apply(self, receiver):
                receiver.source.type = Terminus.UNSPECIFIED

        with self.assertRaises(LinkDetached) as refused:
            self.connection.create_receiver(None, name="nothing", options=NoSource())
        self.assertEqual(refused.exception.condition, "amqp:not-found")


class Subscriptions(Story):
    def topic_sender(self, topic):
        return self.connection.create_sender(f"topic://{topic}", name=unique("link"))

    def test_selector(self):
        queue = unique("queue")
        receiver = self.receiver(queue, options=Selector("color = 'red' AND size > 2"))
        sender = self.connection.create_sender(queue)
        for color, size in (("red", 1), ("blue", 5), ("red", 3)):
            sender.send(Message(body=f"{color} {size}", properties={"color": color, "size": size}))
        self.assertEqual(texts(receiver, 1), ["red 3"])

    def test_bad_selector_is_refused(self):
        with self.assertRaises(LinkDetached) as refused:
            self.receiver(unique("queue"), options=Selector("this is = not one"))
        self.assertEqual(refused.exception.condition, "amqp:invalid-field")

    def test_durable_subscription_outlives_its_connection(self):
        topic, name = unique("topic"), unique("sub")
        for body in (None, "while away"):
            connection = connect(self.broker, **container("durable-client"))
            receiver = connection.create_receiver(
                f"topic://{topic}", name=name, options=DurableSubscription(), credit=10)
            if body is None:
                # Detached but not closed: answered before the close of the connection is.
                receiver.link.detach()
                connection.close()
                self.topic_sender(topic).send(Message(body="while away", durable=True))
            else:
                self.assertEqual(texts(receiver, 1), [body])
                receiver.close()
                connection.close()

    def test_shared_subscription_divides_the_messages(self):
        topic, name = unique("topic"), unique("sub")
        options = Capability("topic", "shared", "global")
        one = self.receiver(topic, name=f"{name}|global-volatile1", options=options)
        two = self.receiver(topic, name=f"{name}|global-volatile2", options=options)
        sender = self.topic_sender(topic)
        for number in range(10):
            sender.send(Message(body=number))
        got = []
        while len(got) < 10:
            self.connection.wait(lambda: one.fetcher.has_message or two.fetcher.has_message,
                                 timeout=TIMEOUT_SECONDS)
            for receiver in (one, two):
                while receiver.fetcher.has_message:
                    got += texts(receiver, 1)
        self.assertEqual(sorted(got), list(range(10)))


class Messages(Story):
    def echo(self, message):
        queue = unique("queue")
        self.connection.create_sender(queue).send(message)
        receiver = self.receiver(queue)
        received = receiver.receive(TIMEOUT_SECONDS)
        receiver.accept()
        return received

    def test_all_properties_pass(self):
        sent = Message(
            id=uuid.uuid4(), user_id=b"u", subject="s", reply_to="r", correlation_id=77,
            content_type="text/x", content_encoding="e", expiry_time=time.time() + 3600,
            creation_time=time.time(), group_id="g", group_sequence=5, reply_to_group_id="rg",
            properties={"a": 1, "b": "x", "c": True, "d": 2.5, "e": None}, priority=7,
            durable=True, annotations={symbol("x-opt-mine"): "kept"}, body={"k": ["v", 1, None]})
        got = self.echo(sent)
        for field in ("id", "user_id", "subject", "reply_to", "correlation_id", "content_type",
                      "content_encoding", "expiry_time", "creation_time", "group_id",
                      "group_sequence", "reply_to_group_id", "properties", "priority", "durable",
                      "annotations", "body"):
            self.assertEqual(getattr(got, field), getattr(sent, field), field)

    def test_ids_keep_their_type(self):
        for identifier in ("text", uuid.uuid4(), 2**63 + 1, b"\x00\xff"):
            self.assertEqual(self.echo(Message(id=identifier, body="")).id, identifier)

    def test_bare_message_is_untouched(self):
        queue = unique("queue")
        sender = self.connection.create_sender(queue)
        # A body of two data sections, a footer, and an uncommon encoding of the properties.
        raw = (b"\0Sp\xc0\x02\x01A" b"\0Ss\xd0\0\0\0\x09\0\0\0\x01\xb1\0\0\0\0"
               b"\0Su\xa0\x01a" b"\0Su\xb0\0\0\0\x01b" b"\0Sx\xc1\x01\0")
        sender.link.delivery("raw")
        sender.link.stream(raw)
        sender.link.advance()
        receiver = self.connection.create_receiver(queue, credit=0,
                                                   handler=RawReceiver(self.connection))
        receiver.link.flow(1)
        handler = receiver.link.handler
        self.connection.wait(lambda: RawReceiver.got is not None, timeout=TIMEOUT_SECONDS)
        del handler
        self.assertTrue(RawReceiver.got.endswith(raw[raw.index(b"\0Ss"):]), RawReceiver.got)

    def test_time_to_live_counts_down(self):
        got = self.echo(Message(body="m", ttl=60))
        self.assertGreater(got.ttl, 0)
        self.assertLessEqual(got.ttl, 60)

    def test_malformed_message_is_rejected(self):
        sender = self.connection.create_sender(unique("queue"))
        delivery = sender.link.delivery("bad")
        sender.link.stream(b"no message at all")
        sender.link.advance()
        self.connection.wait(lambda: delivery.settled, timeout=TIMEOUT_SECONDS)
        self.assertEqual(delivery.remote_state, Delivery.REJECTED)
        self.assertEqual(delivery.remote.condition.name, "amqp:decode-error")


class RawReceiver(MessagingHandler):
    got = None

    def __init__(self, connection):
        super().__init__(prefetch=0, auto_accept=True)
        self.connection = connection

    def on_delivery(self, event):
        delivery = event.delivery
        if delivery.readable and not delivery.partial:
            RawReceiver.got = event.link.recv(delivery.pending)
            event.link.advance()
            delivery.update(Delivery.ACCEPTED)
            delivery.settle()
            self.connection.container.yield_()


class InTransaction(MessagingHandler, TransactionHandler):
    """Takes `count` messages of a queue and sends `replies`, all in one transaction, then ends it
    by `end` and afterwards closes."""

    def __init__(self, url, queue, count, target, replies, commit):
        super().__init__(prefetch=0, auto_accept=False)
        self.url, self.queue, self.count = url, queue, count
        self.target, self.replies, self.commit = target, replies, commit
        self.taken = 0
        self.sent = 0
        self.transaction = None
        self.outcome = None

    def on_start(self, event):
        self.connection = event.container.connect(self.url, reconnect=False)
        self.sender = event.container.create_sender(self.connection, self.target)
        self.receiver = event.container.create_receiver(self.connection, self.queue)
        event.container.declare_transaction(self.connection, handler=self)

    def on_transaction_declared(self, event):
        self.transaction = event.transaction
        for reply in self.replies:
            self.transaction.send(self.sender, Message(body=reply))
        if self.count:
            self.receiver.flow(self.count)
        else:
            self.finish()

    def on_message(self, event):
        self.transaction.accept(event.delivery)
        self.taken += 1
        if self.taken == self.count:
            self.finish()

    def finish(self):
        if self.commit:
            self.transaction.commit()
        else:
            self.transaction.abort()

    def on_transaction_committed(self, event):
        self.done("committed")

    def on_transaction_aborted(self, event):
        self.done("aborted")

    def on_transaction_commit_failed(self, event):
        self.done("failed")

    def done(self, outcome):
        self.outcome = outcome
        self.connection.close()

    def on_transport_error(self, event):
        self.outcome = str(event.transport.condition)


class Transactions(Story):
    def run_transaction(self, queue, count, target, replies, commit):
        handler = InTransaction(f"amqp://127.0.0.1:{self.broker.amqp_port}", queue, count, target,
                                replies, commit)
        Container(handler).run()
        return handler.outcome

    def test_commit_makes_all_of_it_seen(self):
        queue = self.queue_with("a", "b", durable=True)
        target = unique("queue")
        self.assertEqual(self.run_transaction(queue, 2, target, ["x", "y"], True), "committed")
        self.assertEqual(texts(self.receiver(target), 2), ["x", "y"])
        self.assert_nothing_in(queue)

    def test_abort_makes_none_of_it_seen(self):
        queue = self.queue_with("a", "b", durable=True)
        target = unique("queue")
        self.assertEqual(self.run_transaction(queue, 2, target, ["x", "y"], False), "aborted")
        self.assertEqual(texts(self.receiver(queue), 2), ["a", "b"])
        self.assert_nothing_in(target)


class Connections(Story):
    def test_sasl_plain_and_anonymous(self):
        for options in ({"user": "u", "password": "p", "allowed_mechs": "PLAIN",
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
