#!/usr/bin/python3
"""The judge of the crash test finds what it is there to find, and nothing else."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crash.ledger import judge


def violations(story, expect_flags=True):
    """What is wrong with a ledger written as lines separated by semicolons."""
    lines = [line.strip() for line in story.split(";") if line.strip()]
    return [text.partition(":")[0] for text in judge(lines, expect_flags).violations]


class SendsTest(unittest.TestCase):
    def test_delivered_once_is_right(self):
        self.assertEqual([], violations("try p-1 q -; sent p-1; got c.1 q p-1 first -"))

    def test_confirmed_and_never_delivered_is_lost(self):
        self.assertEqual(["lost"], violations("try p-1 q -; sent p-1"))

    def test_failed_send_may_arrive_or_not(self):
        self.assertEqual([], violations("try p-1 q -"))
        self.assertEqual([], violations("try p-1 q -; got c.1 q p-1 first -"))

    def test_message_nobody_sent_is_invented(self):
        self.assertEqual(["invented"], violations("got c.1 q p-1 first -"))

    def test_message_on_another_queue_is_invented(self):
        self.assertEqual(["invented"], violations("try p-1 q -; got c.1 other p-1 first -"))

    def test_corrupt_body(self):
        self.assertEqual(["corrupt"], violations(
            "try p-1 q -; got c.1 q p-1 first -; corrupt p-1"))


class RedeliveryTest(unittest.TestCase):
    STORY = "try p-1 q -; got c.1 q p-1 first -; "

    def test_second_delivery_must_be_flagged(self):
        self.assertEqual([], violations(self.STORY + "got c.2 q p-1 again -"))
        self.assertEqual(["not flagged"], violations(self.STORY + "got c.2 q p-1 first -"))

    def test_unconfirmed_message_that_is_sent_again_may_be_new(self):
        again = "interrupted p; got c.2 q p-1 first -"
        self.assertEqual([], violations(self.STORY + again))
        self.assertEqual(["not flagged"], violations(self.STORY + "sent p-1;" + again))
        self.assertEqual(["not flagged"], violations(self.STORY + "interrupted x;" + again[15:]))

    def test_flags_are_not_asked_of_a_broker_without_them(self):
        self.assertEqual([], violations(self.STORY + "got c.2 q p-1 first -", False))

    def test_delivery_from_the_memory_of_a_dead_transaction_counts_for_nothing(self):
        self.assertEqual([], violations(self.STORY + "got c.2 q p-1 first c/1"))

    def test_one_delivery_after_an_interruption_may_be_of_the_dead_broker(self):
        story = self.STORY + "interrupted c.2; got c.2 q p-1 first -;"
        self.assertEqual([], violations(story))
        self.assertEqual(["not flagged"], violations(story + "got c.3 q p-1 first -"))
        self.assertEqual([], violations(
            "try p-1 q -; got c.1 q p-1 first c/1; acked c/1;"
            "interrupted d.1; got d.1 q p-1 first -"))

    def test_what_was_sent_after_an_interruption_is_not_of_the_dead_broker(self):
        self.assertEqual(["not flagged"], violations(
            "interrupted c.2;" + self.STORY + "got c.2 q p-1 first -"))

    def test_delivery_in_a_transaction_that_ended_counts(self):
        story = self.STORY + "got c.2 q p-1 first c/1;"
        self.assertEqual(["not flagged"], violations(story + "acked c/1"))
        self.assertEqual(["not flagged"], violations(story + "returned c/1"))

    def test_committed_message_must_not_come_back(self):
        story = "try p-1 q -; got c.1 q p-1 first c/1; acked c/1;"
        self.assertEqual([], violations(story))
        self.assertEqual(["consumed before"], violations(story + "got d.1 q p-1 again -"))

    def test_rolled_back_message_comes_back(self):
        self.assertEqual([], violations(
            "try p-1 q -; got c.1 q p-1 first c/1; returned c/1; got c.1 q p-1 again c/2;"
            "acked c/2"))


class OrderTest(unittest.TestCase):
    SENT = "try p-1 {0} -; try p-2 {0} -; try r-1 {0} -; "

    def test_first_deliveries_rise_per_producer(self):
        story = self.SENT.format("q")
        self.assertEqual([], violations(
            story + "got c.1 q p-1 first -; got c.1 q r-1 first -; got c.1 q p-2 first -"))
        self.assertEqual(["out of order"], violations(
            story + "got c.1 q p-2 first -; got c.1 q p-1 first -"))

    def test_redelivered_messages_may_come_late(self):
        self.assertEqual([], violations(
            self.SENT.format("q") + "got c.1 q p-2 first -; got c.1 q p-1 again -"))

    def test_other_consumers_of_a_shared_queue_are_not_compared(self):
        self.assertEqual([], violations(
            self.SENT.format("q") + "got c.1 q p-2 first -; got d.1 q p-1 first -"))

    def test_own_queue_keeps_order_over_connections_and_flags(self):
        self.assertEqual(["out of order"], violations(
            self.SENT.format("own.1") + "got c.1 own.1 p-2 first -; got c.2 own.1 p-1 again -"))
        self.assertEqual([], violations(
            self.SENT.format("own.1")
            + "got c.1 own.1 p-1 first -; got c.2 own.1 p-1 again -; got c.2 own.1 p-2 again -"))


class TransactionTest(unittest.TestCase):
    STORY = "try p-1 q p/1; try p-2 other p/1; "
    FIRST = "got c.1 q p-1 first -; "
    SECOND = "got d.1 other p-2 first -; "

    def test_committed_must_be_delivered_whole(self):
        committed = self.STORY + "committed p/1; "
        self.assertEqual([], violations(committed + self.FIRST + self.SECOND))
        self.assertEqual(["lost", "lost"], violations(committed))

    def test_rolled_back_must_not_be_delivered(self):
        self.assertEqual([], violations(self.STORY + "abandon p/1"))
        self.assertEqual(["rolled back"], violations(self.STORY + "abandon p/1; " + self.FIRST))

    def test_commit_in_doubt_is_all_or_nothing(self):
        self.assertEqual([], violations(self.STORY))
        self.assertEqual([], violations(self.STORY + self.FIRST + self.SECOND))
        self.assertEqual(["torn"], violations(self.STORY + self.FIRST))


if __name__ == "__main__":
    unittest.main()
