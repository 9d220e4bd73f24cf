#!/usr/bin/python3
"""Runs the tests of the `tern` command against a broker."""

import base64
import hashlib
import json
import os
import pty
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from tern_command import SECONDS, Tern, finish, interrupt, new_queue, numbers

tern = None
broker = None


class Case(unittest.TestCase):
    def setUp(self):
        self.queue = new_queue()

    def read_lines(self, stream, count):
        """That many whole lines from a running command."""
        return [stream.readline().decode().rstrip("\n") for _ in range(count)]


class ProduceAndConsume(Case):
    def test_counts_and_summaries(self):
        out, err = tern.run("produce", "-d", self.queue, "-n", 250, "--size", 100)
        self.assertEqual(out, b"")
        self.assertRegex(err.decode(), r"\A250 messages sent in [0-9.]+ s, [0-9]+/s, .*\n\Z")
        out, err = tern.run("consume", "-d", self.queue, "-n", 250, "--timeout", SECONDS)
        self.assertEqual(out, b"")
        self.assertRegex(err.decode(), r"\A250 messages received in .*\n\Z")
        self.assertEqual(tern.browse(self.queue), [])

    def test_quiet(self):
        self.assertEqual(tern.run("produce", "-q", "-d", self.queue), (b"", b""))
        self.assertEqual(tern.run("consume", "-q", "-d", self.queue, "-n", 1), (b"", b""))

    def test_lines_keep_order_and_characters(self):
        lines = numbers(5000) + ["", "Grüße, 世界 \U0001F426", "tab\tand \"quotes\"", " blanks "]
        tern.produce(self.queue, lines)
        self.assertEqual(tern.consume(self.queue, len(lines)), lines)

    def test_a_last_line_without_end_counts(self):
        tern.run("produce", "-d", self.queue, "--lines", stdin=b"one\ntwo")
        self.assertEqual(tern.consume(self.queue, 2), ["one", "two"])

    def test_lines_are_limited_by_the_count(self):
        tern.run("produce", "-d", self.queue, "--lines", "-n", 2, stdin=b"one\ntwo\nthree\n")
        self.assertEqual(tern.browse(self.queue), ["one", "two"])

    def test_fewer_lines_than_the_count(self):
        tern.run("produce", "-d", self.queue, "--lines", "-n", 2, stdin=b"one\n", expect=3)

    def test_consuming_leaves_the_rest_as_it_was(self):
        tern.produce(self.queue, numbers(10))
        self.assertEqual(tern.consume(self.queue, 4), numbers(4))
        rest = tern.browse_json(self.queue)
        self.assertEqual([message["body"] for message in rest], numbers(6, 4))
        self.assertFalse(any(message["headers"]["JMSRedelivered"] for message in rest))

    def test_workers_together_take_exactly_the_count(self):
        tern.produce(self.queue, numbers(500))
        out, _ = tern.run("consume", "-d", self.queue, "--lines", "-n", 333, "--parallel", 4,
                          "--prefetch", 10, "--timeout", SECONDS)
        taken = out.decode().split()
        self.assertEqual(len(taken), 333)
        self.assertEqual(sorted(taken + tern.browse(self.queue), key=int), numbers(500))

    def test_parallel_producers(self):
        tern.run("produce", "-d", self.queue, "-n", 400, "--parallel", 5, "-m", "x")
        self.assertEqual(tern.browse(self.queue), ["x"] * 400)

    def test_non_persistent(self):
        tern.run("produce", "-d", self.queue, "-n", 50, "--non-persistent", "-m", "x")
        modes = {message["headers"]["JMSDeliveryMode"] for message in tern.browse_json(self.queue)}
        self.assertEqual(modes, {"NON_PERSISTENT"})

    def test_pulling(self):
        tern.produce(self.queue, numbers(3))
        self.assertEqual(tern.consume(self.queue, 3, "--prefetch", 0), numbers(3))

    def test_idle_ends_without_a_count(self):
        tern.produce(self.queue, numbers(3))
        out, _ = tern.run("consume", "-d", self.queue, "--lines", "--idle", "200ms")
        self.assertEqual(out.decode().split(), numbers(3))

    def test_rate_and_topic(self):
        topic = f"topic://{self.queue}"
        producer = tern.start("produce", "-q", "-d", topic, "-n", 1_000_000, "--rate", 200,
                              "-m", "tick")
        self.addCleanup(producer.kill)
        self.assertEqual(tern.consume(topic, 5), ["tick"] * 5)
        interrupt(producer)
        finish(producer)
        self.assertEqual(producer.returncode, 3)

    def test_fifty_megabytes(self):
        content = os.urandom(1 << 20) * 50
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            tern.run("produce", "-d", self.queue, "--bytes", "--file", file.name)
        out, _ = tern.run("consume", "-d", self.queue, "--lines", "-n", 1, "--timeout", SECONDS)
        self.assertEqual(hashlib.sha256(out[:-1]).digest(), hashlib.sha256(content).digest())
        tern.run("produce", "-d", self.queue, "--size", "50m")
        out, _ = tern.run("consume", "-d", self.queue, "--lines", "-n", 1, "--timeout", SECONDS)
        self.assertEqual(len(out), 50 * (1 << 20) + 1)


class Formats(Case):
    def test_json_has_headers_properties_and_body(self):
        tern.run("produce", "-d", self.queue, "-m", "hello \"you\"\n", "--priority", 7,
                 "--ttl", "1h", "--reply-to", "topic://R", "--correlation-id", "c", "--type", "t",
                 "--group", "g", "--property", "color=blue", "--property", "n:int=-5",
                 "--property", "x:double=1.5", "--property", "on:bool=true")
        out, _ = tern.run("consume", "-d", self.queue, "--json", "-n", 1)
        message = json.loads(out)
        headers = message["headers"]
        self.assertEqual(message["type"], "text")
        self.assertEqual(message["body"], "hello \"you\"\n")
        self.assertEqual(message["properties"],
                         {"color": "blue", "n": -5, "x": 1.5, "on": True})
        expected = {"JMSDestination": f"queue://{self.queue}", "JMSDeliveryMode": "PERSISTENT",
                    "JMSPriority": 7, "JMSReplyTo": "topic://R", "JMSCorrelationID": "c",
                    "JMSType": "t", "JMSXGroupID": "g", "JMSRedelivered": False,
                    "JMSXDeliveryCount": 1}
        self.assertEqual({name: headers.get(name) for name in expected}, expected)
        self.assertTrue(headers["JMSMessageID"].startswith("ID:"))
        self.assertEqual(headers["JMSExpiration"], headers["JMSTimestamp"] + 3_600_000)

    def test_bytes_are_base64_in_json(self):
        tern.run("produce", "-d", self.queue, "-m", "abc", "--bytes")
        message = tern.browse_json(self.queue)[0]
        self.assertEqual((message["type"], message["encoding"]), ("bytes", "base64"))
        self.assertEqual(base64.b64decode(message["body"]), b"abc")

    def test_browse_lists_and_takes_nothing(self):
        tern.produce(self.queue, ["first", "second"])
        for _ in range(2):
            out, err = tern.run("browse", "-d", self.queue)
            lines = out.decode().splitlines()
            self.assertEqual(len(lines), 2)
            self.assertRegex(lines[0], r"^ID:\S+  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  text +5  first$")
            self.assertRegex(err.decode(), r"\A2 messages found in ")

    def test_browse_shows_at_most_the_count(self):
        tern.produce(self.queue, numbers(10))
        out, _ = tern.run("browse", "-d", self.queue, "--lines", "-n", 3)
        self.assertEqual(out.decode().split(), numbers(3))
        self.assertEqual(len(tern.browse(self.queue)), 10)

    def test_progress_is_for_terminals(self):
        _, err = tern.run("produce", "-d", self.queue, "-n", 100)
        self.assertNotIn(b"\r", err)
        ours, theirs = pty.openpty()
        process = tern.start("produce", "-d", self.queue, "-n", 30, "--rate", 60, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:  # what Linux says at the end of a terminal
            pass
        os.close(ours)
        finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertRegex(shown.decode(), r"\r\x1b\[K\[[#-]{24}\] +\d+%  \d+/30  \d+/s")
        self.assertIn("30 messages sent", shown.decode())


class Settling(Case):
    def test_modes_that_take(self):
        for mode in ("auto", "client", "individual"):
            with self.subTest(mode):
                tern.produce(self.queue, numbers(250))
                self.assertEqual(tern.consume(self.queue, 250, "--ack", mode), numbers(250))
                self.assertEqual(tern.browse(self.queue), [])

    def test_none_leaves_messages_redelivered(self):
        tern.produce(self.queue, numbers(3))
        self.assertEqual(tern.consume(self.queue, 2, "--ack", "none"), numbers(2))
        out, _ = tern.run("consume", "-d", self.queue, "--json", "-n", 3)
        headers = [json.loads(line)["headers"] for line in out.decode().splitlines()]
        self.assertEqual([header["JMSRedelivered"] for header in headers], [True, True, False])
        self.assertEqual([header["JMSXDeliveryCount"] for header in headers], [2, 2, 1])

    def test_transacted(self):
        tern.run("produce", "-d", self.queue, "-n", 25, "--transacted", 10, "-m", "x")
        self.assertEqual(tern.browse(self.queue), ["x"] * 25)
        self.assertEqual(tern.consume(self.queue, 25, "--transacted", 10), ["x"] * 25)
        self.assertEqual(tern.browse(self.queue), [])

    def test_a_killed_consumer_rolls_back(self):
        tern.produce(self.queue, numbers(15))
        process = tern.start("consume", "-d", self.queue, "--lines", "--transacted", 10,
                             stdout=subprocess.PIPE)
        with process.stdout:
            self.assertEqual(self.read_lines(process.stdout, 10), numbers(10))
            # The commit of the ten follows their lines: wait for it.
            while len(tern.browse(self.queue)) > 5:
                pass
            process.kill()
            process.wait()
        self.assertEqual(tern.consume(self.queue, 5), numbers(5, 10))

    def test_interruption_acknowledges_what_was_printed(self):
        for arguments in (["--ack", "auto"], ["--ack", "client"], ["--transacted", "100"]):
            with self.subTest(arguments):
                queue = new_queue()
                process = tern.start("consume", "-q", "-d", queue, "--lines", *arguments,
                                     stdout=subprocess.PIPE)
                with process.stdout:
                    tern.produce(queue, numbers(5))
                    # Those that wait until the end flush at the end, too.
                    first = self.read_lines(process.stdout, 5) if "auto" in arguments else []
                    while not first and tern.browse(queue) != numbers(5):
                        pass
                    interrupt(process)
                    printed = first + process.stdout.read().decode().split()
                    self.assertEqual(process.wait(SECONDS), 0)
                self.assertEqual(sorted(printed + tern.browse(queue), key=int), numbers(5))

    def test_a_closed_pipe_loses_nothing(self):
        tern.produce(self.queue, numbers(20_000))
        process = tern.start("consume", "-d", self.queue, "--lines", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        printed = self.read_lines(process.stdout, 10)
        process.stdout.close()
        err = process.stderr.read().decode()
        process.stderr.close()
        self.assertEqual(process.wait(SECONDS), 1)
        self.assertRegex(err, r"\Atern: Broken pipe: writing to standard output.*\n\Z")
        self.assertEqual(printed, numbers(10))
        # What went into the pipe is gone with it; nothing behind is.
        rest = tern.browse(self.queue)
        self.assertEqual(rest, numbers(len(rest), 20_000 - len(rest)))
        pipe_bytes = 1 << 16
        self.assertGreater(len(rest), 20_000 - 10 - pipe_bytes // 2 - 100)


class ExitCodes(Case):
    def refused(self, code, *arguments):
        """The one line that says why."""
        out, err = tern.run(*arguments, expect=code)
        self.assertEqual(out, b"")
        self.assertRegex(err.decode(), r"\Atern: [^\n]+\n\Z")
        return err.decode()

    def test_bad_arguments_are_2(self):
        for arguments in ([], ["dance"], ["produce"], ["produce", "-d", ""],
                          ["consume", "-d", "Q", "--ack", "maybe"],
                          ["browse", "-d", "topic://T"],
                          ["produce", "-d", "Q", "--url", "nonsense"]):
            with self.subTest(arguments):
                self.refused(2, *arguments)

    def test_failures_are_1(self):
        text = self.refused(1, "produce", "-d", "Q", "--url", "tcp://127.0.0.1:1")
        self.assertIn("cannot connect", text)
        text = self.refused(1, "produce", "-d", "temp-queue://ID:gone-1-1-1:1:1")
        self.assertIn("DestinationDoesNotExistException", text)
        text = self.refused(1, "consume", "-d", "Q", "--selector", "no selector")
        self.assertIn("InvalidSelectorException", text)

    def test_a_client_id_in_use(self):
        process = tern.start("consume", "-q", "-d", self.queue, "--lines", "--client-id",
                             self.queue, stdout=subprocess.PIPE)
        with process.stdout:
            tern.produce(self.queue, ["x"])
            self.assertEqual(self.read_lines(process.stdout, 1), ["x"])
            text = self.refused(1, "produce", "-d", "Q", "--client-id", self.queue)
            self.assertIn("InvalidClientIDException", text)
            interrupt(process)
            self.assertEqual(process.wait(SECONDS), 0)

    def test_too_few_messages_are_3(self):
        tern.produce(self.queue, numbers(2))
        for limit in ("--timeout", "--idle"):
            out, _ = tern.run("consume", "-d", self.queue, "--lines", "-n", 3, limit, "300ms",
                              "--ack", "none", expect=3)
            self.assertEqual(out.decode().split(), numbers(2))
        tern.run("consume", "-d", self.queue, "--timeout", "300ms")

    def test_interrupted_before_the_count_is_3(self):
        process = tern.start("produce", "-q", "-d", self.queue, "--lines", "-n", 5,
                             stdin=subprocess.PIPE)
        process.stdin.write(b"one\n")
        process.stdin.flush()
        while tern.browse(self.queue) != ["one"]:
            pass
        interrupt(process)
        self.assertEqual(process.wait(SECONDS), 3)
        process.stdin.close()
        self.assertEqual(tern.browse(self.queue), ["one"])

    def test_help_and_version(self):
        self.assertEqual(tern.run("--version")[0], b"0.1.0\n")
        self.assertIn(b"produce", tern.run("--help")[0])
        self.assertIn(b"--transacted", tern.run("produce", "--help")[0])


class TheirCommands(Case):
    """`tern producer` and `tern consumer`, with the options of `activemq`."""

    def test_defaults(self):
        tern.run("producer", "--messageCount", 25)
        out, _ = tern.run("consumer", "--messageCount", 25)
        self.assertEqual(out.decode().splitlines(), [f"test message: {i}" for i in range(25)])

    def test_options(self):
        tern.run("producer", "--brokerUrl", broker.url, "--destination", f"queue://{self.queue}",
                 "--messageCount", 5, "--parallelThreads", 2, "--messageSize", 10, "--persistent",
                 "false", "--msgTTL", 60_000, "--msgGroupID", "g", "--transactionBatchSize", 3,
                 "--sleep", 1, "--user", "me", "--password", "secret")
        found = tern.browse_json(self.queue)
        self.assertEqual(len(found), 10)
        for message in found:
            self.assertEqual(message["type"], "bytes")
            self.assertEqual(base64.b64decode(message["body"]), b"." * 10)
            self.assertEqual(message["headers"]["JMSDeliveryMode"], "NON_PERSISTENT")
            self.assertEqual(message["headers"]["JMSXGroupID"], "g")
        for arguments in (["--transacted", "true", "--batchSize", 4],
                          ["--ackMode", "CLIENT_ACKNOWLEDGE", "--batchSize", 3],
                          ["--ackMode", "AUTO_ACKNOWLEDGE", "--breakOnNull", "true"]):
            tern.run("consumer", "--brokerUrl", broker.url, "--destination",
                     f"queue://{self.queue}", "--messageCount", 3, *arguments)
        self.assertEqual(len(tern.browse(self.queue)), 1)

    def test_durable(self):
        arguments = ("consumer", "--destination", f"topic://{self.queue}", "--durable", "true",
                     "--clientId", self.queue)
        # Subscribes, and ends for want of messages.
        tern.run(*arguments, "--messageCount", 1, "--breakOnNull", "true", expect=3)
        tern.run("producer", "--destination", f"topic://{self.queue}", "--messageCount", 3)
        out, _ = tern.run(*arguments, "--messageCount", 3)
        self.assertEqual(len(out.splitlines()), 3)


class Failover(Case):
    def test_goes_on_with_the_next_broker(self):
        url = f"failover:({broker.url})?initialReconnectDelay=5&maxReconnectDelay=50"
        process = tern.start("consume", "-d", self.queue, "--lines", "-n", 2, "--url", url,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tern.produce(self.queue, ["x"])
        self.assertEqual(self.read_lines(process.stdout, 1), ["x"])
        broker.kill()
        broker.start()
        tern.produce(self.queue, ["y"])
        out, err = finish(process)
        self.assertEqual(out, b"y\n")
        self.assertEqual(process.returncode, 0)
        self.assertRegex(err.decode(), r"tern: connection lost: [^\n]+\n")
        self.assertIn(f"tern: Successfully reconnected to {broker.url}\n", err.decode())

    def test_interruption_does_not_wait_for_a_broker(self):
        process = tern.start("produce", "-d", "Q", "--url", "failover:(tcp://127.0.0.1:1)",
                             "--timeout", "200ms", stderr=subprocess.PIPE)
        _, err = finish(process)
        self.assertEqual(process.returncode, 1)
        self.assertIn("interrupted", err.decode())


class ZBrokerLoss(Case):
    """The last: it takes the broker away."""

    def test_loss_is_one_line_and_1(self):
        process = tern.start("consume", "-d", self.queue, "--lines", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        tern.produce(self.queue, ["x"])
        self.assertEqual(self.read_lines(process.stdout, 1), ["x"])
        broker.kill()
        _, err = finish(process)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err.decode(), r"\Atern: connection lost: [^\n]+\n\Z")


def run():
    global tern, broker
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    parser.add_argument("--filter", metavar="PATTERN", help="tests to run, as for unittest -k")
    options = parser.parse_args()
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{options.filter}*"] if options.filter else None
    suite = loader.loadTestsFromModule(sys.modules[__name__])
    with harness.broker_for(options, restarts=True) as (broker, _):
        tern = Tern(options.tern, broker.url)
        result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
        assert result.wasSuccessful(), "tests of the command failed, see above"


if __name__ == "__main__":
    harness.main(run)
