"""Transactions, by python3-qpid-proton."""

from proton import Message
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import Container

from proton_client import texts, unique
from story import Story


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
