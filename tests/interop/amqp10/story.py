"""What the tests by way of python3-qpid-proton have in common."""

import unittest

from proton import Message

from proton_client import TIMEOUT_SECONDS, connect, unique


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

    def topic_sender(self, topic):
        return self.connection.create_sender(f"topic://{topic}", name=unique("link"))

    def other(self, **options):
        """One more connection."""
        connection = connect(self.broker, **options)
        self.addCleanup(connection.close)
        return connection

    def assert_nothing_in(self, queue):
        """Drained, not timed."""
        receiver = self.receiver(queue, credit=0)
        receiver.link.drain(1)
        self.connection.wait(lambda: receiver.link.credit == 0, timeout=TIMEOUT_SECONDS)
        self.assertFalse(receiver.fetcher.has_message)
