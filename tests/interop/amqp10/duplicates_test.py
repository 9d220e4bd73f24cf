"""Messages that their senders gave an id, and may send again."""

import amqp_broker
import raw_peer as raw
from coordinator_story import CoordinatorStory
from proton import Message
from proton_client import connect, texts, unique
from story import Story

WITHOUT = """<broker xmlns="http://activemq.apache.org/schema/core"><transportConnectors>
  <transportConnector name="amqp" uri="amqp://127.0.0.1:0?amqpDuplicateDetection=false"/>
</transportConnectors></broker>"""


def with_id(body, name, **fields):
    return Message(body=body, properties={"_AMQ_DUPL_ID": name}, **fields)


class Duplicates(Story):
    def start(self, document=None):
        started = amqp_broker.running(Story.broker.binary, document=document)
        self.broker = started.__enter__()
        self.addCleanup(started.__exit__, None, None, None)
        self.connection = connect(self.broker)

    def test_what_is_sent_again_is_accepted_and_dropped(self):
        queue = unique("queue")
        sender = self.connection.create_sender(queue)
        again = self.other().create_sender(queue)
        sender.send(with_id("first", "1"))
        again.send(with_id("again", "1"))
        again.send(with_id("another", "2"))
        self.connection.create_sender(unique("queue")).send(with_id("elsewhere", "1"))
        self.assertEqual(texts(self.receiver(queue), 2), ["first", "another"])
        self.assert_nothing_in(queue)
        self.assertTrue(self.broker.wait_for_log(f"message for queue://{queue} again"))

    def test_ids_outlive_the_broker(self):
        self.start()
        self.connection.create_sender("q").send(with_id("first", "1", durable=True))
        self.broker.kill()
        self.broker.start()
        self.connection = connect(self.broker)
        sender = self.connection.create_sender("q")
        sender.send(with_id("again", "1", durable=True))
        sender.send(with_id("another", "2", durable=True))
        self.assertEqual(texts(self.receiver("q"), 2), ["first", "another"])
        self.connection.close()

    def test_where_it_is_switched_off(self):
        self.start(WITHOUT)
        sender = self.connection.create_sender("q")
        for body in ("one", "other"):
            sender.send(with_id(body, "1"))
        self.assertEqual(texts(self.receiver("q"), 2), ["one", "other"])
        self.connection.close()


class DuplicatesInTransactions(CoordinatorStory):
    def test_a_transaction_with_one_is_dropped_whole(self):
        queue = unique("queue")
        self.connection.create_sender(queue).send(with_id("first", "1"))
        self.peer.attach_sender(1, raw.composite(raw.TARGET, queue))
        name = self.declare()
        for body, number in (("new", "2"), ("again", "1")):
            state = raw.composite(raw.TRANSACTIONAL, name)
            self.peer.transfer(1, self.next, with_id(body, number).encode(), state=state)
            self.next += 1
            self.peer.expect(raw.DISPOSITION)
        committed = self.discharge(name)
        self.assertEqual(int(committed.descriptor), raw.REJECTED)
        self.assertEqual(str(committed.value[0].value[0]), "amqp:transaction:rollback")
        self.assertEqual(texts(self.receiver(queue), 1), ["first"])
        self.assert_nothing_in(queue)
