"""Messages that the broker keeps in files of their own, by python3-qpid-proton."""

import time
import unittest

from proton import Message
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import Container, Copy, Selector

from proton_client import unique
from story import Story

LARGE = bytes(range(256)) * 40_000
WAIT_SECONDS = 20


class InTransaction(MessagingHandler, TransactionHandler):
    """Sends one message in a transaction, which then ends as told."""

    def __init__(self, broker, target, commit):
        super().__init__()
        self.url = f"amqp://127.0.0.1:{broker.amqp_port}"
        self.target, self.commit = target, commit

    def on_start(self, event):
        self.connection = event.container.connect(self.url, reconnect=False)
        self.sender = event.container.create_sender(self.connection, self.target)
        event.container.declare_transaction(self.connection, handler=self)

    def on_transaction_declared(self, event):
        self.transaction = event.transaction
        self.transaction.send(self.sender, Message(body=LARGE, durable=True))
        if self.commit:
            self.transaction.commit()
        else:
            self.transaction.abort()

    def on_transaction_committed(self, event):
        self.connection.close()

    def on_transaction_aborted(self, event):
        self.connection.close()


class LargeMessages(Story):
    def bodies(self):
        return list((self.broker.data / "large").glob("*.body"))

    def assert_bodies(self, count):
        """So many files, as soon as the broker has got to it."""
        # An acceptance leaves with what is asked for next.
        self.connection.create_sender(unique("queue")).close()
        deadline = time.monotonic() + WAIT_SECONDS
        while len(self.bodies()) != count and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(len(self.bodies()), count)

    def received(self, receiver):
        message = receiver.receive(WAIT_SECONDS)
        return bytes(message.body)

    def test_one_comes_as_it_was_sent_and_its_file_goes(self):
        queue = self.queue_with(LARGE, durable=True)
        self.assert_bodies(1)
        receiver = self.receiver(queue)
        self.assertEqual(self.received(receiver), LARGE)
        receiver.accept()
        self.assert_bodies(0)

    def test_properties_and_annotations_come_along(self):
        queue = unique("queue")
        sender = self.connection.create_sender(queue)
        sender.send(Message(body=LARGE, durable=True, priority=8, subject="large",
                            correlation_id="c-1", properties={"colour": "red"},
                            annotations={"x-opt-mine": 5}))
        receiver = self.receiver(queue)
        message = receiver.receive(WAIT_SECONDS)
        receiver.accept()
        self.assertEqual((message.priority, message.subject, message.correlation_id),
                         (8, "large", "c-1"))
        self.assertEqual(message.properties["colour"], "red")
        self.assertEqual(message.annotations["x-opt-mine"], 5)

    def test_small_ones_keep_their_place_behind_it(self):
        queue = self.queue_with("before", LARGE, "behind", durable=True)
        receiver = self.receiver(queue)
        for wanted in ("before", LARGE, "behind"):
            body = receiver.receive(WAIT_SECONDS).body
            self.assertEqual(bytes(body) if wanted is LARGE else body, wanted)
            receiver.accept()
        self.assert_bodies(0)

    def test_one_that_is_released_comes_again(self):
        receiver = self.receiver(self.queue_with(LARGE, durable=True), credit=1)
        self.received(receiver)
        receiver.release()
        self.assertEqual(self.received(receiver), LARGE)
        receiver.accept()
        self.assert_bodies(0)

    def test_one_that_is_rejected_becomes_a_dead_letter(self):
        receiver = self.receiver(self.queue_with(LARGE, durable=True))
        self.received(receiver)
        receiver.reject()
        dead = self.receiver("ActiveMQ.DLQ")
        self.assertEqual(self.received(dead), LARGE)
        dead.accept()
        self.assert_bodies(0)

    def test_a_transaction_has_it_or_not(self):
        queue = unique("queue")
        Container(InTransaction(self.broker, queue, commit=False)).run()
        self.assert_bodies(0)
        self.assert_nothing_in(queue)
        Container(InTransaction(self.broker, queue, commit=True)).run()
        self.assert_bodies(1)
        receiver = self.receiver(queue)
        self.assertEqual(self.received(receiver), LARGE)
        receiver.accept()
        self.assert_bodies(0)

    def test_a_selector_looks_at_its_properties(self):
        queue = unique("queue")
        sender = self.connection.create_sender(queue)
        for colour in ("red", "green"):
            sender.send(Message(body=LARGE, durable=True, properties={"colour": colour}))
        receiver = self.receiver(queue, options=Selector("colour = 'green'"))
        self.assertEqual(receiver.receive(WAIT_SECONDS).properties["colour"], "green")
        receiver.accept()
        receiver.close()
        rest = self.receiver(queue)
        self.assertEqual(rest.receive(WAIT_SECONDS).properties["colour"], "red")
        rest.accept()
        self.assert_bodies(0)

    def test_browsing_leaves_it_where_it_is(self):
        queue = self.queue_with(LARGE, durable=True)
        browser = self.receiver(queue, options=Copy())
        self.assertEqual(self.received(browser), LARGE)
        browser.close()
        self.assert_bodies(1)
        receiver = self.receiver(queue)
        self.assertEqual(self.received(receiver), LARGE)
        receiver.accept()
        self.assert_bodies(0)

    def test_all_subscribers_of_a_topic_share_a_file(self):
        topic = unique("topic")
        receivers = [self.receiver(f"topic://{topic}") for _ in range(3)]
        self.topic_sender(topic).send(Message(body=LARGE, durable=True))
        self.assert_bodies(1)
        for receiver in receivers:
            self.assertEqual(self.received(receiver), LARGE)
            receiver.accept()
        self.assert_bodies(0)

    def test_a_consumer_that_leaves_in_the_middle_loses_nothing(self):
        queue = self.queue_with(LARGE, durable=True)
        other = self.other()
        other.create_receiver(queue, credit=1, name=unique("link"))
        other.close()
        receiver = self.receiver(queue)
        self.assertEqual(self.received(receiver), LARGE)
        receiver.accept()
        self.assert_bodies(0)


if __name__ == "__main__":
    unittest.main()
