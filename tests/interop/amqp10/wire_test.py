"""What is seen on the wire only: pipelining, limits, two-step settlement, silent peers."""

from proton import UNDESCRIBED, Array, Data, Message, symbol, ubyte, uint, ulong

import raw_peer as raw
from coordinator_story import CoordinatorStory
from proton_client import TIMEOUT_SECONDS, texts, unique
from story import Story


class Wire(Story):
    def peer(self, **fields):
        peer = raw.RawPeer(self.broker, **fields)
        self.addCleanup(peer.close)
        return peer

    def ready_peer(self):
        return self.peer().open_session()

    def test_everything_at_once_before_the_first_answer(self):
        queue, peer = unique("queue"), self.peer()
        peer.send(raw.BEGIN, None, uint(0), uint(100), uint(100))
        peer.send(raw.ATTACH, "s", uint(0), raw.SENDER, None, None, raw.composite(raw.SOURCE),
                  raw.composite(raw.TARGET, queue), None, None, uint(0))
        peer.expect(raw.FLOW)  # nobody may send without credit
        for number in range(3):
            peer.transfer(0, number, raw.data_message(b"%d" % number))
        peer.send(raw.DETACH, uint(0), True)
        peer.send(raw.END)
        peer.send(raw.CLOSE)
        settled = peer.expect(raw.DISPOSITION)
        while int(settled[2] if settled[2] is not None else settled[1]) < 2:
            settled = peer.expect(raw.DISPOSITION)
        peer.expect(raw.DETACH)
        peer.expect(raw.END)
        peer.expect(raw.CLOSE)
        self.assertEqual(texts(self.receiver(queue), 3), [b"0", b"1", b"2"])

    def test_two_deliveries_in_pieces_that_alternate(self):
        queue, peer = unique("queue"), self.ready_peer()
        for handle in (0, 1):
            peer.attach_sender(handle, raw.composite(raw.TARGET, queue))
        messages = [raw.data_message(b"a" * 1000), raw.data_message(b"b" * 1000)]
        for at in range(0, len(messages[0]), 300):
            for handle, message in enumerate(messages):
                peer.transfer(handle, handle, message[at:at + 300],
                              more=at + 300 < len(message))
        self.assertEqual(sorted(texts(self.receiver(queue), 2)), [b"a" * 1000, b"b" * 1000])

    def test_tags_of_32_bytes(self):
        queue, peer = unique("queue"), self.ready_peer()
        peer.attach_sender(0, raw.composite(raw.TARGET, queue))
        peer.transfer(0, 0, raw.data_message(b"m"), tag=b"t" * 32)
        self.assertEqual(int(peer.expect(raw.DISPOSITION)[4].descriptor), raw.ACCEPTED)

    def test_aborted_deliveries_give_their_credit_back(self):
        peer = self.ready_peer()
        peer.attach_sender(0, raw.composite(raw.TARGET, unique("queue")))
        for number in range(1500):
            peer.transfer(0, number, b"", aborted=True)
        peer.transfer(0, 1500, raw.data_message(b"fine"))
        self.assertEqual(int(peer.expect(raw.DISPOSITION)[1]), 1500)

    def test_outcome_first_and_settled_later(self):
        queue, peer = self.queue_with("m"), self.ready_peer()
        peer.attach_receiver(0, queue, 1)
        number = uint(peer.expect(raw.TRANSFER)[1])
        peer.send(raw.DISPOSITION, raw.RECEIVER, number, None, False, raw.composite(raw.ACCEPTED))
        answer = peer.expect(raw.DISPOSITION)
        self.assertEqual((answer[0], answer[3]), (raw.SENDER, True))
        self.assertEqual(int(answer[4].descriptor), raw.ACCEPTED)
        peer.send(raw.DISPOSITION, raw.RECEIVER, number, None, True, raw.composite(raw.ACCEPTED))
        self.assert_nothing_in(queue)

    def test_one_disposition_for_the_links_of_a_session(self):
        queues, peer = [self.queue_with("a", "b"), self.queue_with("c", "d")], self.ready_peer()
        for handle, queue in enumerate(queues):
            peer.attach_receiver(handle, queue, 0)
        for handle in range(2):
            peer.give_credit(handle, 2)
        numbers = [int(peer.expect(raw.TRANSFER)[1]) for _ in range(4)]
        peer.send(raw.DISPOSITION, raw.RECEIVER, uint(min(numbers)), uint(max(numbers)), True,
                  raw.composite(raw.ACCEPTED))
        for queue in queues:
            self.assert_nothing_in(queue)

    def settled_without_state(self, default_outcome):
        queue, peer = self.queue_with("m"), self.ready_peer()
        peer.attach_receiver(0, queue, 1, None, None, None, None, None, None, None,
                             default_outcome)
        number = uint(peer.expect(raw.TRANSFER)[1])
        peer.send(raw.DISPOSITION, raw.RECEIVER, number, None, True)
        return queue

    def test_settled_without_a_state_is_the_default_outcome(self):
        self.assert_nothing_in(self.settled_without_state(raw.composite(raw.ACCEPTED)))

    def test_settled_without_any_outcome_is_released(self):
        queue = self.settled_without_state(None)
        self.assertEqual(texts(self.receiver(queue), 1), ["m"])

    def test_received_says_nothing_final(self):
        queue, peer = self.queue_with("m"), self.ready_peer()
        peer.attach_receiver(0, queue, 1)
        number = uint(peer.expect(raw.TRANSFER)[1])
        peer.send(raw.DISPOSITION, raw.RECEIVER, number, None, False,
                  raw.composite(0x23, uint(0), ulong(0)))
        self.assert_nothing_in(queue)  # it is still the peer's
        peer.close()
        self.assertEqual(texts(self.receiver(queue), 1), ["m"])

    def test_credit_that_is_taken_back(self):
        queue, peer = unique("queue"), self.ready_peer()
        peer.attach_receiver(0, queue, 10)
        peer.give_credit(0, 0)
        peer.send(raw.FLOW, uint(0), uint(1000), uint(0), uint(1000), uint(0), uint(0), uint(0),
                  None, False, True)
        self.assertEqual(int(peer.expect(raw.FLOW)[6]), 0)
        self.connection.create_sender(queue).send(Message(body="m"))
        self.assertEqual(texts(self.receiver(queue), 1), ["m"])

    def test_drain_uses_up_the_credit(self):
        queue, peer = self.queue_with("a", "b"), self.ready_peer()
        peer.attach_receiver(0, queue, 0)
        peer.give_credit(0, 10, drain=True)
        peer.expect(raw.TRANSFER)
        peer.expect(raw.TRANSFER)
        flow = peer.expect(raw.FLOW)
        self.assertEqual((int(flow[5]), int(flow[6]), flow[8]), (10, 0, True))

    def test_capabilities_that_are_desired_of_a_link(self):
        peer = self.ready_peer()
        peer.send(raw.ATTACH, "s", uint(0), raw.SENDER, None, None, raw.composite(raw.SOURCE),
                  raw.composite(raw.TARGET, unique("queue")), None, None, uint(0), None, None,
                  Array(UNDESCRIBED, Data.SYMBOL, symbol("queue"), symbol("UNHEARD-OF")))
        offered = peer.expect(raw.ATTACH)[11]
        self.assertEqual([str(one) for one in getattr(offered, "elements", [offered])], ["queue"])

    def test_sessions_end_without_their_links(self):
        queue, peer = self.queue_with("m"), self.ready_peer()
        peer.attach_receiver(0, queue, 1)
        peer.expect(raw.TRANSFER)
        peer.send(raw.END)
        peer.expect(raw.END)
        self.assertEqual(texts(self.receiver(queue), 1), ["m"])

    def test_a_handle_in_use(self):
        peer = self.ready_peer()
        peer.attach_sender(0, raw.composite(raw.TARGET, unique("queue")))
        peer.send(raw.ATTACH, "another", uint(0), raw.SENDER, None, None,
                  raw.composite(raw.SOURCE), raw.composite(raw.TARGET, "q"), None, None, uint(0))
        self.assertEqual(peer.expect(raw.END).condition(0), "amqp:session:handle-in-use")

    def test_a_handle_of_no_link(self):
        peer = self.ready_peer()
        peer.transfer(7, 0, raw.data_message(b"m"))
        self.assertEqual(peer.expect(raw.END).condition(0), "amqp:session:unattached-handle")

    def test_a_channel_above_the_maximum(self):
        peer = self.peer()
        peer.send(raw.BEGIN, None, uint(0), uint(1), uint(1), channel=40_000)
        self.assertEqual(peer.expect(raw.CLOSE).condition(0), "amqp:connection:framing-error")

    def test_a_peer_that_wants_signs_of_life_too_often(self):
        peer = self.peer(open=[None, None, uint(10)])
        opened = peer.expect(raw.OPEN)
        self.assertTrue(opened[9][symbol("amqp:connection-establishment-failed")])
        self.assertEqual(peer.expect(raw.CLOSE).condition(0), "amqp:precondition-failed")

    def test_signs_of_life(self):
        peer = self.peer(open=[None, None, uint(1000)])
        peer.expect(raw.OPEN)
        for _ in range(3):
            self.assertIsNone(peer.frame())

    def test_half_settled_modes(self):
        peer = self.ready_peer()
        peer.send(raw.ATTACH, "r", uint(0), raw.RECEIVER, ubyte(1), ubyte(1),
                  raw.composite(raw.SOURCE, unique("queue")), raw.composite(raw.TARGET))
        answer = peer.expect(raw.ATTACH)
        self.assertEqual(int(answer[3]), 1, "settles as it was asked to")
        self.assertIn(answer[4], (None, 0), "settles second for nobody")


class Coordinator(CoordinatorStory):
    """Transactions, frame by frame."""

    def test_several_transactions_at_a_time(self):
        queue = unique("queue")
        self.peer.attach_sender(1, raw.composite(raw.TARGET, queue))
        first, second = self.declare(), self.declare()
        self.within(first, "of the first", 1)
        self.within(second, "of the second", 1)
        self.assertEqual(int(self.discharge(second).descriptor), raw.ACCEPTED)
        self.assertEqual(texts(self.receiver(queue, credit=1), 1), ["of the second"])
        self.assertEqual(int(self.discharge(first, fail=True).descriptor), raw.ACCEPTED)
        self.assert_nothing_in(queue)

    def test_there_is_no_such_transaction(self):
        state = self.discharge(b"no such")
        self.assertEqual(int(state.descriptor), raw.REJECTED)
        self.assertEqual(str(state.value[0].value[0]), "amqp:transaction:unknown-id")

    def test_distributed_ones_are_refused(self):
        state = self.ask(raw.composite(raw.DECLARE, b"global"))
        self.assertEqual(int(state.descriptor), raw.REJECTED)
        self.assertEqual(str(state.value[0].value[0]), "amqp:not-implemented")
        self.peer.send(raw.ATTACH, "xa", uint(5), raw.SENDER, None, None,
                       raw.composite(raw.SOURCE),
                       raw.composite(raw.COORDINATOR, symbol("amqp:distributed-transactions")),
                       None, None, uint(0))
        self.peer.expect(raw.ATTACH)
        self.assertEqual(self.peer.expect(raw.DETACH).condition(2), "amqp:not-implemented")

    def test_the_end_of_the_coordinator_rolls_back(self):
        queue = unique("queue")
        self.peer.attach_sender(1, raw.composite(raw.TARGET, queue))
        self.within(self.declare(), "never seen", 1)
        self.peer.send(raw.DETACH, uint(0), True)
        self.peer.expect(raw.DETACH)
        self.assert_nothing_in(queue)

    def accept_within(self, queue, settled):
        """A message of the queue, accepted in a transaction; its number and the transaction."""
        self.peer.attach_receiver(2, queue, 1)
        number = uint(self.peer.expect(raw.TRANSFER)[1])
        name = self.declare()
        self.peer.send(raw.DISPOSITION, raw.RECEIVER, number, None, settled,
                       raw.composite(raw.TRANSACTIONAL, name, raw.composite(raw.ACCEPTED)))
        return number, name

    def test_accepted_unsettled_and_committed(self):
        queue = self.queue_with("m")
        _, name = self.accept_within(queue, settled=False)
        answer = self.peer.expect(raw.DISPOSITION)
        self.assertEqual(int(answer[4].descriptor), raw.TRANSACTIONAL)
        self.assertFalse(answer[3], "not settled before the commit")
        self.peer.transfer(0, self.next, raw.value_message(raw.composite(raw.DISCHARGE, name,
                                                                         False)))
        roles = [self.peer.expect(raw.DISPOSITION)[0] for _ in range(2)]
        self.assertEqual(sorted(roles), [raw.SENDER, raw.RECEIVER])  # both settled
        self.peer.close()
        self.assert_nothing_in(queue)

    def test_accepted_unsettled_and_rolled_back_stays_with_the_peer(self):
        queue = self.queue_with("m")
        number, name = self.accept_within(queue, settled=False)
        self.peer.expect(raw.DISPOSITION)
        self.discharge(name, fail=True)
        self.peer.send(raw.DISPOSITION, raw.RECEIVER, number, None, True,
                       raw.composite(raw.ACCEPTED))
        self.assert_nothing_in(queue)
        self.peer.close()
        self.assert_nothing_in(queue)

    def test_accepted_settled_and_rolled_back_comes_again(self):
        queue = self.queue_with("m")
        _, name = self.accept_within(queue, settled=True)
        self.discharge(name, fail=True)
        again = self.receiver(queue, credit=1).receive(TIMEOUT_SECONDS)
        self.assertEqual((again.body, again.delivery_count), ("m", 1))

    def test_something_that_failed_lets_only_rollback(self):
        self.peer.attach_sender(1, raw.composite(raw.TARGET))  # needs an address in each message
        name = self.declare()
        state = self.ask("nowhere", 1, state=raw.composite(raw.TRANSACTIONAL, name))
        failed = state if int(state.descriptor) == raw.REJECTED else state.value[1]
        self.assertEqual(int(failed.descriptor), raw.REJECTED)
        committed = self.discharge(name)
        self.assertEqual(int(committed.descriptor), raw.REJECTED)
        self.assertEqual(str(committed.value[0].value[0]), "amqp:transaction:rollback")
