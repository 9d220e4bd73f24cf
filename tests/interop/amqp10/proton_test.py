"""What python3-qpid-proton, unmodified, can do with the broker. Each class is a feature."""

import time
import uuid

import pika
from proton import Delivery, Message, Terminus, symbol
from proton.handlers import MessagingHandler
from proton.reactor import AtMostOnce, Copy, ReceiverOption, SenderOption

from proton_client import (TIMEOUT_SECONDS, Capability, LinkDetached, connect, remote_capabilities,
                           texts, unique)
from story import Story


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


    def test_what_a_consumer_adds_to_a_message_stays(self):
        def annotate(receiver, name, value):
            local = receiver.fetcher.unsettled[0].local
            local.failed = True
            local.annotations = {symbol(name): value}
            receiver.settle(Delivery.MODIFIED)

        queue = self.queue_with("m", durable=True, annotations={symbol("x-opt-mine"): "kept"})
        for name, value in (("x-opt-why", "busy"), ("x-opt-tries", 1), ("x-opt-why", "away")):
            receiver = self.receiver(queue, credit=1)
            receiver.receive(TIMEOUT_SECONDS)
            annotate(receiver, name, value)
            receiver.close()
        again = self.receiver(queue, credit=1).receive(TIMEOUT_SECONDS)
        self.assertEqual(again.annotations, {symbol("x-opt-mine"): "kept",
                                             symbol("x-opt-why"): "away",
                                             symbol("x-opt-tries"): 1})
        self.assertEqual((again.body, again.delivery_count), ("m", 3))

    def test_modified_and_nothing_more_comes_back_uncounted(self):
        self.assertEqual(self.redelivered(lambda r: r.settle(Delivery.MODIFIED)), 0)


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

    def test_dynamic_topic(self):
        news = self.receiver(None, dynamic=True, options=Capability("temporary-topic"))
        address = news.link.remote_source.address
        listener = self.receiver(address, options=Capability("temporary-topic"))
        self.other().create_sender(f"temp-topic://{address}").send(Message(body="news"))
        self.assertEqual(texts(news, 1), ["news"])
        self.assertEqual(texts(listener, 1), ["news"])

    def test_dynamic_target(self):
        sender = self.connection.create_sender(None, options=DynamicTarget())
        address = sender.link.remote_target.address
        sender.send(Message(body="m"))
        self.assertEqual(texts(self.receiver(address), 1), ["m"])

    def test_consumers_hear_that_their_queue_is_gone(self):
        queue = unique("queue")
        receiver = self.receiver(queue, credit=1)
        with pika.BlockingConnection(
                pika.ConnectionParameters("127.0.0.1", self.broker.amqp091_port)) as other:
            other.channel().queue_delete(queue)
        with self.assertRaises(LinkDetached) as detached:
            receiver.receive(TIMEOUT_SECONDS)
        self.assertEqual(detached.exception.condition, "amqp:resource-deleted")

    def test_options_behind_the_address(self):
        queue = unique("queue")
        low = self.receiver(queue)
        high = self.receiver(f"{queue}?consumer.priority=9&consumer.selector=colour%3D'red'")
        sender = self.connection.create_sender(queue)
        for colour in ("red", "blue", "red"):
            sender.send(Message(body=colour, properties={"colour": colour}))
        self.assertEqual(texts(high, 2), ["red", "red"])
        self.assertEqual(texts(low, 1), ["blue"])
        with self.assertRaises(LinkDetached) as refused:
            self.receiver(f"{queue}?consumer.unheard=of")
        self.assertEqual(refused.exception.condition, "amqp:invalid-field")

    def test_wildcards(self):
        name = unique("news")
        listener = self.receiver(f"topic://{name}.*.*")
        for topic in ("sport.ball", "sport", "art.film"):
            self.connection.create_sender(f"topic://{name}.{topic}").send(Message(body=topic))
        self.assertEqual(texts(listener, 2), ["sport.ball", "art.film"])

    def test_composite_destinations(self):
        one, two = self.queue_with("a"), self.queue_with("b")
        self.assertEqual(sorted(texts(self.receiver(f"{one},{two}"), 2)), ["a", "b"])

    def test_virtual_topics(self):
        name = unique("orders")
        readers = [self.receiver(f"Consumer.{who}.VirtualTopic.{name}") for who in "AB"]
        self.connection.create_sender(f"topic://VirtualTopic.{name}").send(Message(body="m"))
        for reader in readers:
            self.assertEqual(texts(reader, 1), ["m"])

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


class DynamicTarget(SenderOption):
    def apply(self, sender):
        sender.target.dynamic = True


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

    def test_expired_messages_go_where_dead_letters_go(self):
        body = uuid.uuid4().hex
        queue = self.queue_with(body, ttl=0.001, durable=True)
        letters = self.receiver("ActiveMQ.DLQ", credit=1)
        while letters.receive(TIMEOUT_SECONDS).body != body:
            letters.accept()
        letters.accept()
        self.assert_nothing_in(queue)

    def test_groups_stay_with_one_consumer(self):
        queue = unique("queue")
        receivers = [self.receiver(queue, credit=100) for _ in range(2)]
        sender = self.connection.create_sender(queue)
        for number in range(20):
            sender.send(Message(body=number, group_id="ab"[number % 2], group_sequence=number + 1))
        got = {0: [], 1: []}
        while sum(map(len, got.values())) < 20:
            self.connection.wait(lambda: any(r.fetcher.has_message for r in receivers),
                                 timeout=TIMEOUT_SECONDS)
            for index, receiver in enumerate(receivers):
                while receiver.fetcher.has_message:
                    message = receiver.receive(TIMEOUT_SECONDS)
                    receiver.accept()
                    got[index].append((message.group_id, message.body))
        for seen in got.values():
            self.assertEqual(seen, sorted(seen, key=lambda one: one[1]))
        self.assertFalse({group for group, _ in got[0]} & {group for group, _ in got[1]})

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
