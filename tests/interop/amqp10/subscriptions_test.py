"""Subscriptions and filters, by python3-qpid-proton."""

from proton import Described, Message, Terminus, symbol, ulong
from proton.reactor import DurableSubscription, LinkOption, Selector

from proton_client import (TIMEOUT_SECONDS, Capability, LinkDetached, connect, container,
                           remote_capabilities, texts, unique)
from story import Story


class Subscriptions(Story):
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
        self.assertEqual(self.both(one, two, 10), list(range(10)))

    def subscribed(self, client, topic, name, *options, **more):
        """A receiver of a durable subscription, and its connection."""
        connection = connect(self.broker, **container(client))
        receiver = connection.create_receiver(
            topic and f"topic://{topic}", name=name, credit=more.pop("credit", 10),
            options=[DurableSubscription(), *options], **more)
        return connection, receiver

    def go_away(self, connection, receiver):
        """Detached and not closed."""
        receiver.link.detach()
        connection.close()

    def test_closing_ends_a_durable_subscription(self):
        topic, name, client = unique("topic"), unique("sub"), unique("client")
        connection, receiver = self.subscribed(client, topic, name)
        receiver.close()
        connection.close()
        self.topic_sender(topic).send(Message(body="unheard", durable=True))
        connection, receiver = self.subscribed(client, topic, name)
        self.topic_sender(topic).send(Message(body="heard", durable=True))
        self.assertEqual(texts(receiver, 1), ["heard"])
        connection.close()

    def test_a_durable_subscription_outlives_the_broker(self):
        topic, name, client = unique("topic"), unique("sub"), unique("client")
        self.go_away(*self.subscribed(client, topic, name))
        self.topic_sender(topic).send(Message(body="kept", durable=True))
        self.connection.close()
        self.broker.kill()
        self.broker.start()
        self.connection = connect(self.broker)
        connection, receiver = self.subscribed(client, topic, name)
        self.assertEqual(texts(receiver, 1), ["kept"])
        receiver.close()
        connection.close()

    def test_what_a_durable_subscription_is_can_be_asked_for(self):
        topic, name, client = unique("topic"), unique("sub"), unique("client")
        self.go_away(*self.subscribed(client, topic, name, Selector("a = 1")))
        connection = connect(self.broker, **container(client))
        self.addCleanup(connection.close)
        receiver = connection.create_receiver(None, name=name, options=NoSource(), credit=0)
        source = receiver.link.remote_source
        self.assertEqual(source.address, topic)
        self.assertEqual(source.durability, Terminus.DELIVERIES)
        self.assertEqual(remote_capabilities(receiver.link), ["topic"])
        self.assertIn("a = 1", filters_of(receiver.link).values())
        receiver.close()  # unsubscribes
        with self.assertRaises(LinkDetached) as refused:
            connection.create_receiver(None, name=name, options=NoSource())
        self.assertEqual(refused.exception.condition, "amqp:not-found")

    def test_one_in_use_can_neither_be_shared_nor_deleted(self):
        topic, name, client = unique("topic"), unique("sub"), unique("client")
        first, _ = self.subscribed(client, topic, name)
        self.addCleanup(first.close)
        with self.assertRaises(LinkDetached) as refused:
            self.subscribed(client, topic, name)
        self.assertEqual(refused.exception.condition, "amqp:resource-locked")
        connection = connect(self.broker, **container(client))
        self.addCleanup(connection.close)
        receiver = connection.create_receiver(None, name=name, options=NoSource(), credit=0)
        receiver.link.close()
        connection.wait(lambda: receiver.link.remote_condition, timeout=TIMEOUT_SECONDS)
        self.assertEqual(receiver.link.remote_condition.name, "amqp:resource-locked")

    def test_another_selector_makes_it_anew(self):
        topic, name, client = unique("topic"), unique("sub"), unique("client")
        self.go_away(*self.subscribed(client, topic, name, Selector("a = 1")))
        self.topic_sender(topic).send(Message(body="old", properties={"a": 1}, durable=True))
        connection, receiver = self.subscribed(client, topic, name, Selector("a > 0"))
        self.topic_sender(topic).send(Message(body="new", properties={"a": 1}, durable=True))
        self.assertEqual(texts(receiver, 1), ["new"])
        receiver.close()
        connection.close()

    def both(self, one, two, count):
        got = []
        while len(got) < count:
            two.connection.wait(lambda: one.fetcher.has_message or two.fetcher.has_message,
                                timeout=TIMEOUT_SECONDS)
            for receiver in (one, two):
                while receiver.fetcher.has_message:
                    got += texts(receiver, 1)
        return sorted(got)

    def test_shared_durable_subscriptions_with_and_without_client_id(self):
        for scope, suffixes in ((("global",), ("|global", "|global2")), ((), ("", "|2"))):
            topic, name, client = unique("topic"), unique("sub"), unique("client")
            connection = connect(self.broker, **container(client))
            options = [DurableSubscription(), Capability("topic", "shared", *scope)]
            links = [connection.create_receiver(topic, name=name + suffix, options=options,
                                                credit=5) for suffix in suffixes]
            for number in range(10):
                self.topic_sender(topic).send(Message(body=number, durable=True))
            self.assertEqual(self.both(*links, 10), list(range(10)))
            for link in links:
                link.link.detach()
            connection.close()
            self.topic_sender(topic).send(Message(body="while away", durable=True))
            # A global one is open to others.
            connection = connect(self.broker,
                                 **container(unique("client") if scope else client))
            again = connection.create_receiver(topic, name=name + suffixes[0], options=options,
                                               credit=5)
            self.assertEqual(texts(again, 1), ["while away"])
            again.close()
            connection.close()

    def test_shared_ones_agree_on_their_selector(self):
        topic, name = unique("topic"), unique("sub")
        shared = Capability("topic", "shared", "global")
        self.receiver(topic, name=f"{name}|global-volatile1", options=[shared, Selector("a = 1")])
        with self.assertRaises(LinkDetached) as refused:
            self.receiver(topic, name=f"{name}|global-volatile2",
                          options=[shared, Selector("a = 2")])
        self.assertEqual(refused.exception.condition, "amqp:resource-locked")

    def test_a_volatile_shared_one_ends_with_its_last_consumer(self):
        topic, name = unique("topic"), unique("sub")
        shared = Capability("topic", "shared", "global")
        self.receiver(topic, name=f"{name}|global-volatile1", options=shared).close()
        self.topic_sender(topic).send(Message(body="unheard"))
        again = self.receiver(topic, name=f"{name}|global-volatile1", options=shared)
        self.topic_sender(topic).send(Message(body="heard"))
        self.assertEqual(texts(again, 1), ["heard"])

    def test_no_local(self):
        topic = unique("topic")
        options = FilterSet({"no-local": ("apache.org:no-local-filter:list", [])})
        deaf = self.receiver(f"topic://{topic}", options=options)
        self.assertEqual(list(filters_of(deaf.link)), ["no-local"])
        self.topic_sender(topic).send(Message(body="own"))
        other = self.other().create_sender(f"topic://{topic}")
        other.send(Message(body="other's"))
        self.assertEqual(texts(deaf, 1), ["other's"])

    def test_filters_of_selectors_by_number_and_by_name(self):
        for descriptor in ("apache.org:selector-filter:string", ulong(0x0000468C00000004)):
            queue = self.queue_with("a", properties={"n": 1})
            options = FilterSet({"mine": (descriptor, "n = 2"), "odd": ("no:such-filter", "x")})
            receiver = self.receiver(queue, options=options)
            self.assertEqual(filters_of(receiver.link), {"mine": "n = 2"})
            self.connection.create_sender(queue).send(Message(body="b", properties={"n": 2}))
            self.assertEqual(texts(receiver, 1), ["b"])

    def test_selectors_know_headers_and_annotations(self):
        said = {"id": "ID:7", "correlation_id": "c", "subject": "s", "priority": 6,
                "group_id": "g", "durable": True, "annotations": {symbol("colour"): "red"}}
        for selector in ("JMSMessageID = 'ID:7'", "JMSCorrelationID = 'c'", "JMSType = 's'",
                         "JMSPriority > 5", "JMSXGroupID = 'g'",
                         "JMSDeliveryMode = 'PERSISTENT'", "m.colour = 'red'"):
            with self.subTest(selector):
                queue = self.queue_with("no")
                receiver = self.receiver(queue, options=Selector(selector))
                self.connection.create_sender(queue).send(Message(body="yes", **said))
                self.assertEqual(texts(receiver, 1), ["yes"])


class NoSource(LinkOption):
    """A receiver without a source: the link's name says it all."""

    def apply(self, link):
        link.source.type = Terminus.UNSPECIFIED


class FilterSet(LinkOption):
    """Filters by name, each with its descriptor and value."""

    def __init__(self, filters):
        self.filters = filters

    def apply(self, link):
        link.source.filter.put_dict({
            symbol(name): Described(
                symbol(descriptor) if isinstance(descriptor, str) else descriptor, value)
            for name, (descriptor, value) in self.filters.items()})


def filters_of(link):
    """The filters that the broker has agreed to."""
    data = link.remote_source.filter
    data.rewind()
    if not data.next():
        return {}
    return {str(name): described.value for name, described in data.get_object().items()}
