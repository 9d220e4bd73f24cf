"""Judges the ledger of a crash test: what the clients saw against what a broker owes them.

A ledger line is one of
    try KEY QUEUE TX        about to send KEY ("-" for TX: outside a transaction)
    sent KEY                its send returned
    interrupted PRODUCER    its connection broke: what has not returned will be sent again
    interrupted INCARNATION its connection broke: the client library gets it another, and may hand
                            out one more message of the dead broker
    abandon TX              about to roll a producer's transaction back
    committed TX            a producer's commit returned
    got INCARNATION QUEUE KEY first|again TX
                            delivered to the application, "again" if flagged redelivered; an
                            INCARNATION is one consumer on one connection
    acked TX                a consumer's commit returned
    returned TX             a consumer's rollback returned
    corrupt KEY             the body was not the one that was sent
KEY is PRODUCER-NUMBER, the number rising with every attempt of that producer.
"""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Sent:
    queue: str
    transaction: str
    line: int
    returned: bool = False
    repeated: bool = False  # perhaps: by the client library, after a broken connection
    deliveries: int = 0


@dataclass
class Verdict:
    violations: list = field(default_factory=list)
    counts: dict = field(default_factory=lambda: defaultdict(int))


def producer_and_number(key):
    producer, _, number = key.rpartition("-")
    return producer, int(number)


class Judge:
    """Reads the ledger line by line, then `verdict` adds what only the end can tell.

    `expect_flags` demands that every delivery of a message that the application has had before
    is flagged redelivered. Not every broker knows that after a crash. `expect_order` demands that
    a consumer gets what a producer sent in that order also where other consumers of the queue are
    closed meanwhile, and what they were sent comes back to the queue.
    """

    def __init__(self, expect_flags, expect_order=True):
        self._expect_flags = expect_flags
        self._expect_order = expect_order
        self._result = Verdict()
        self._messages = {}
        self._last_try = {}  # producer -> key, outside transactions
        self._interruptions = {}  # incarnation without a delivery since -> line
        self._producer_transactions = defaultdict(list)  # TX -> keys
        self._ended_transactions = {}  # TX -> "committed" or "abandon"
        self._taken_in = defaultdict(list)  # consumer TX -> keys
        self._suspicions = defaultdict(list)  # consumer TX -> reports, if it proves to be live
        self._consumed = {}  # key -> consumer TX whose commit returned
        self._last_first = {}  # (queue, producer) -> highest number delivered
        self._last_unflagged = {}  # (incarnation, producer) -> number
        self._line = 0

    def read(self, lines):
        actions = {"try": self._try, "sent": self._sent, "interrupted": self._interrupted,
                   "abandon": self._abandon, "committed": self._committed, "got": self._got,
                   "acked": self._acked, "returned": self._returned, "corrupt": self._corrupt}
        for line in lines:
            self._line += 1
            kind, *words = line.split()
            self._result.counts[kind] += 1
            actions[kind](*words)

    def verdict(self):
        for key, sent in self._messages.items():
            if sent.returned and not sent.deliveries:
                self._report("lost", f"{key} on {sent.queue}, tried at line {sent.line}")
        for transaction, keys in self._producer_transactions.items():
            self._judge_transaction(transaction, keys)
        return self._result

    def _try(self, key, queue, transaction):
        self._messages[key] = Sent(queue, transaction, self._line)
        if transaction == "-":
            self._last_try[producer_and_number(key)[0]] = key
        else:
            self._producer_transactions[transaction].append(key)

    def _sent(self, key):
        self._messages[key].returned = True

    def _interrupted(self, who):
        self._interruptions[who] = self._line
        last = self._last_try.get(who)
        if last is not None and not self._messages[last].returned:
            self._messages[last].repeated = True

    def _abandon(self, transaction):
        self._ended_transactions[transaction] = "abandon"

    def _committed(self, transaction):
        self._ended_transactions[transaction] = "committed"
        for key in self._producer_transactions[transaction]:
            self._messages[key].returned = True

    def _acked(self, transaction):
        self._confirm_suspicions(transaction)
        for key in self._taken_in.pop(transaction, ()):
            self._consumed[key] = transaction

    def _returned(self, transaction):
        self._confirm_suspicions(transaction)
        self._taken_in.pop(transaction, None)

    def _confirm_suspicions(self, transaction):
        for what, detail in self._suspicions.pop(transaction, ()):
            self._report(what, detail)

    def _suspect(self, transaction, what, detail):
        """Outside a transaction, or once its end returned, the delivery came from a live broker.

        Otherwise the client may have handed it out from memory after the broker had died, while
        others were already served by its successor.
        """
        if transaction == "-":
            self._report(what, detail)
        else:
            self._suspicions[transaction].append((what, detail))

    def _came_from_the_dead(self, incarnation, sent, transaction):
        """Whether a broker that is dead by now may have sent this delivery.

        A receive outside of transactions acknowledges before it returns. If the connection breaks
        in between, the acknowledgement waits for the next one, and then that one message is handed
        out. What else came from the dead broker the library forgets. What was sent after the
        interruption is no such message.
        """
        interruption = self._interruptions.pop(incarnation, None)
        return transaction == "-" and interruption is not None and sent.line < interruption

    def _corrupt(self, key):
        self._report("corrupt", key)

    def _got(self, incarnation, queue, key, flag, transaction):
        sent = self._messages.get(key)
        if sent is None or sent.queue != queue:
            self._report("invented", f"{key} on {queue}")
            return
        stale = self._came_from_the_dead(incarnation, sent, transaction)
        if key in self._consumed and not stale:
            self._suspect(transaction, "consumed before",
                          f"{key}, by committed {self._consumed[key]}")
        if transaction != "-":
            self._taken_in[transaction].append(key)
        # What is sent again before it was confirmed may be new to the broker, though an application
        # has had it: docs/adr/0009.
        owes_flag = sent.deliveries and self._expect_flags and not sent.repeated
        if owes_flag and flag == "first" and not stale:
            self._suspect(transaction, "not flagged", f"{key} on {queue}, delivered before")
        self._judge_order(incarnation, queue, key, flag, first_time=not sent.deliveries)
        sent.deliveries += 1
        if flag == "again":
            self._result.counts["flagged"] += 1
        if sent.deliveries > 1:
            self._result.counts["repeated"] += 1

    def _judge_order(self, incarnation, queue, key, flag, first_time):
        producer, number = producer_and_number(key)
        if queue.startswith(("own.", "topic.")) and first_time:
            # A single consumer: whatever crashes lie between, new messages come in order.
            self._judge_rising(self._last_first, (queue, producer), number, key)
        if flag == "first" and self._expect_order:
            self._judge_rising(self._last_unflagged, (incarnation, producer), number, key)

    def _judge_rising(self, last, place, number, key):
        if last.get(place, 0) >= number:
            self._report("out of order", f"{key} after number {last[place]} at {place}")
        last[place] = number

    def _judge_transaction(self, transaction, keys):
        delivered = sum(1 for key in keys if self._messages[key].deliveries)
        outcome = self._ended_transactions.get(transaction)
        if outcome == "abandon" and delivered:
            self._report("rolled back", f"{delivered} messages of {transaction} delivered")
        elif delivered not in (0, len(keys)):
            self._report("torn", f"{delivered} of {len(keys)} messages of {transaction}")
        if outcome is None:
            self._result.counts["transactions in doubt"] += 1

    def _report(self, what, detail):
        self._result.violations.append(f"{what}: {detail} (line {self._line})")


def judge(lines, expect_flags, expect_order=True):
    judge_ = Judge(expect_flags, expect_order)
    judge_.read(lines)
    return judge_.verdict()
