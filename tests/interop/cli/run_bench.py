#!/usr/bin/python3
"""Runs `tern bench` in every protocol and every mode, briefly, and looks at what it counts."""

import contextlib
import json
import os
import pty
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from tern_command import Tern, finish, interrupt, new_queue

PROTOCOLS = ("openwire", "stomp", "mqtt", "amqp", "amqp091")
QUEUES = tuple(name for name in PROTOCOLS if name != "mqtt")
BRIEF = ("--warm-up", "50ms", "--duration", "200ms")
COUNT = 500
HERE = Path(__file__).resolve().parent
HDR_HISTOGRAM = "/usr/share/java/hdrhistogram.jar"  # Debian's libhdrhistogram-java

tern = None
broker = None


class Case(unittest.TestCase):
    def setUp(self):
        self.name = new_queue()

    def bench(self, protocol, *arguments):
        """The result of a run that must be complete."""
        queue = [] if protocol == "mqtt" or "-d" in arguments else ["-d", self.name]
        out, err = tern.run("bench", "--protocol", protocol, "--json", *queue, *arguments)
        self.assertEqual(err, b"")
        result = json.loads(out)
        total = result["total"]
        self.assertTrue(total["complete"], (protocol, arguments, total))
        self.assertEqual((total["lost"], total["repeated"], total["out_of_order"]), (0, 0, 0))
        return result

    def each(self, protocols, *arguments):
        for protocol in protocols:
            yield protocol, self.bench(protocol, *arguments)


class Traffic(Case):
    def test_a_time(self):
        for protocol, result in self.each(PROTOCOLS, *BRIEF):
            self.assertGreaterEqual(result["measured"]["seconds"], 0.2)
            self.assertEqual(result["settings"]["protocol"], protocol)
            self.assertEqual(result["total"]["expected"], result["total"]["received"])

    def test_a_count_with_confirms(self):
        for _, result in self.each(QUEUES, "--count", COUNT, "--size", 100):
            total = result["total"]
            self.assertEqual((total["sent"], total["confirmed"], total["received"]), (COUNT,) * 3)
            self.assertEqual(result["confirm_us"]["count"], COUNT)
            self.assertEqual(result["latency_us"]["count"], COUNT)

    def test_transient_without_confirms(self):
        for _, result in self.each(QUEUES, "--count", COUNT, "--transient"):
            self.assertEqual(result["total"]["confirmed"], 0)
            self.assertNotIn("confirm_us", result)

    def test_clients_of_several_threads(self):
        arguments = ("--count", COUNT, "-p", 3, "-s", 3, "--threads", 2)
        for protocol, result in self.each(PROTOCOLS, *arguments):
            self.assertEqual(result["total"]["received"],
                             3 * COUNT if protocol == "mqtt" else COUNT)

    def test_topics_come_to_all(self):
        for protocol in QUEUES:
            result = self.bench(protocol, "-d", f"topic://{self.name}", "--count", COUNT,
                                "-s", 3, "--transient")
            self.assertEqual(result["total"]["received"], 3 * COUNT)

    def test_large_messages(self):
        # Of the larger ones the broker sends some from a file.
        for size in ("300k", "1200k"):
            for _, result in self.each(PROTOCOLS, "--count", 20, "--size", size, "--window", 4):
                self.assertEqual(result["total"]["received"], 20)

    def test_each_quality_of_service(self):
        for qos in range(3):
            result = self.bench("mqtt", "--qos", qos, "--count", COUNT, "-s", 2)
            self.assertEqual(result["total"]["confirmed"], COUNT if qos else 0)

    def test_transactions(self):
        # The last one is not full.
        for protocol, result in self.each(QUEUES, "--transacted", 10, "--count", 205, "-p", 2):
            self.assertEqual(result["total"]["confirmed"], 205, protocol)

    def test_a_transaction_comes_as_a_whole(self):
        # One message is due each 4 ms, and half of 50 are due 100 ms before the last of them.
        arguments = ("--transacted", 50, "--rate", 250, "--count", 100)
        for protocol, result in self.each(QUEUES, *arguments):
            self.assertGreater(result["latency_us"]["p50"], 90_000, protocol)

    def test_durable_subscriptions_end_with_the_load(self):
        topic = f"topic://{self.name}"
        for protocol in ("openwire", "stomp", "amqp"):
            for _ in range(2):  # the second finds nothing that the first has left
                result = self.bench(protocol, "-d", topic, "--durable", "--count", COUNT, "-s", 3)
                self.assertEqual(result["total"]["received"], 3 * COUNT)
                self.assertEqual(result["total"]["foreign"], 0)

    def test_several_destinations(self):
        arguments = ("--count", COUNT, "-p", 6, "-s", 6, "--destinations", 3)
        for protocol, result in self.each(PROTOCOLS, *arguments):
            self.assertEqual(result["total"]["received"],
                             2 * COUNT if protocol == "mqtt" else COUNT)
        # Each is one of its own.
        self.bench("openwire", "--count", 30, "-p", 3, "-s", 0, "--destinations", 3)
        for number in range(3):
            self.assertEqual(len(tern.browse_json(f"{self.name}.{number}")), 10)

    def test_a_rate(self):
        for _, result in self.each(PROTOCOLS, "--rate", 500, "--count", 101):
            self.assertEqual(result["total"]["received"], 101)
            self.assertGreaterEqual(result["measured"]["seconds"], 0.2)  # 100 times 2 ms

    def test_the_processor_and_memory_of_the_broker(self):
        result = self.bench("stomp", *BRIEF, "--broker-pid", broker.process.pid)
        self.assertGreaterEqual(result["measured"]["broker_cpu_seconds"], 0)
        self.assertGreater(result["rss_kib"], 1024)


class OtherModes(Case):
    def test_a_backlog_grows_and_goes(self):
        for _, result in self.each(QUEUES, "--backlog", "--count", COUNT, "-s", 2):
            self.assertEqual(result["filled"]["sent"], COUNT)
            self.assertEqual(result["filled"]["received"], 0)
            self.assertEqual(result["drained"]["received"], COUNT)

    def test_a_storm(self):
        for _, result in self.each(PROTOCOLS, "--storm", 5, "--count", 50):
            self.assertGreaterEqual(result["storm"]["connections"], 50)
            self.assertGreaterEqual(result["connect_us"]["count"], 50)

    def test_idle_connections(self):
        for _, result in self.each(PROTOCOLS, "--idle", 20, "--count", 50):
            self.assertEqual(result["idle"]["connections"], 20)
            self.assertEqual(result["total"]["received"], 50)

    def test_what_was_left_by_others_is_not_counted(self):
        tern.produce(self.name, ["x" * 100] * 7)
        result = self.bench("openwire", "--count", 50)
        self.assertEqual(result["total"]["foreign"], 7)
        self.assertEqual(result["total"]["received"], 50)


class Output(Case):
    def test_a_table_and_a_report(self):
        page = broker.work / "report.html"
        out, err = tern.run("bench", "-d", self.name, "--count", COUNT, "--report", page)
        self.assertEqual(err, b"")
        self.assertIn("messages came, each once\n", out.decode())
        root = xml.parse(page).getroot()
        plots = root.findall(".//{http://www.w3.org/2000/svg}svg")
        self.assertEqual(len(plots), 2)
        lines = plots[0].findall("{http://www.w3.org/2000/svg}polyline")
        self.assertEqual(len(lines), 3)  # sent, confirmed, received
        for element in root.iter():
            self.assertFalse({"src", "href"} & set(element.keys()), "a page that loads something")

    def test_hdrhistogram_reads_the_log(self):
        log = broker.work / "times.hlog"
        result = self.bench("stomp", "--count", COUNT, "--rate", 500, "--interval", "100ms",
                            "--hdr-log", log)
        said = subprocess.run(["java", "-cp", HDR_HISTOGRAM, HERE / "HdrLog.java", log],
                              capture_output=True, text=True)
        self.assertEqual(said.returncode, 0, said.stderr)
        intervals, count, p50, most = map(int, said.stdout.split())
        self.assertGreaterEqual(intervals, 2)  # of a second
        self.assertEqual(count, COUNT)
        # In microseconds; both round up to a class, and that of the most is a percent wide.
        self.assertAlmostEqual(p50 / 1000, result["latency_us"]["p50"], delta=0.001)
        self.assertAlmostEqual(most / 1000, result["latency_us"]["max"], delta=0.01 * most / 1000)

    def test_a_terminal_shows_how_it_goes(self):
        ours, theirs = pty.openpty()
        process = tern.start("bench", "-d", self.name, "--duration", "3s", "--warm-up", "0s",
                             "--rate", 2000, "--interval", "200ms", "--broker-pid",
                             broker.process.pid, stdout=subprocess.PIPE, stderr=theirs)
        self.addCleanup(process.kill)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # which is how a terminal ends
            while more := os.read(ours, 4096):
                shown += more
        os.close(ours)
        out, _ = finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertIn("messages came, each once", out.decode())
        shown = shown.decode()
        self.assertRegex(shown, r"measuring, [\d.]+ s: OpenWire, ")
        self.assertRegex(shown, "  received +[0-9]+/s  [▁▂▃▄▅▆▇█]+")
        self.assertRegex(shown, r"until received   50 % .*, 99 % .*, 99\.9 % .*, most ")
        self.assertRegex(shown, r"the broker       [\d.]+ processors, [\d.]+ MiB")
        self.assertTrue(shown.endswith("\x1b[J"), "the terminal is as it was")

    def test_quiet(self):
        self.assertEqual(tern.run("bench", "-q", "-d", self.name, "--count", 10), (b"", b""))

    def test_interruption_is_3_and_tells(self):
        topic = f"topic://{self.name}"
        process = tern.start("bench", "-d", topic, "--duration", "1h", "--json",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        tern.run("consume", "-d", topic, "-n", 1, "--timeout", "60s")  # it has begun
        interrupt(process)
        out, _ = finish(process)
        self.assertEqual(process.returncode, 3)
        self.assertTrue(json.loads(out)["interrupted"])

    def test_what_is_wrong_is_one_line(self):
        for arguments, code, expected in (
                (("--protocol", "smtp"), 2, "'smtp' is not openwire"),
                (("--protocol", "mqtt", "--transacted", 5), 2, "MQTT has no transactions"),
                (("--backlog", "-d", "topic://T"), 2, "nothing waits on a topic"),
                (("--size", 3), 2, "at least 24 bytes"),
                (("--destinations", 2, "-p", 2), 2, "a subscriber of its own"),
                (("--destinations", 2, "-p", 2, "-s", 3, "-d", "topic://T"), 2, "as many"),
                (("--url", "tcp://127.0.0.1:1"), 1, "cannot connect: Connection refused"),
                (("--report", "/nowhere/x", "--count", 1, "-q"), 1, "cannot write /nowhere/x")):
            with self.subTest(arguments=arguments):
                _, err = tern.run("bench", *arguments, expect=code)
                self.assertRegex(err.decode(), r"\Atern: [^\n]*\n\Z")
                self.assertIn(expected, err.decode())


class PerformancePlugin(Case):
    def perf(self, goal, *properties):
        words = [f"-D{one}" for one in (f"factory.brokerURL={broker.url}",
                                        f"sysTest.reportDir={broker.work}", *properties)]
        out, err = tern.run("bench", "--perf", goal, *words)
        summary = dict(line.split(": ", 1) for line in out.decode().splitlines() if ": " in line)
        return summary, err.decode()

    def test_producers_and_then_consumers(self):
        document = broker.work / "producer.properties"
        document.write_text("sysTest.spiClass=any\nsysTest.numClients=3\nproducer.sendType=count\n"
                            f"producer.sendCount=20\nproducer.destName=queue://{self.name}\n"
                            "producer.deliveryMode=persistent\n")
        summary, err = self.perf("producer", f"sysTest.propsConfigFile={document}")
        self.assertEqual(err, "tern: without effect: sysTest.spiClass\n")
        self.assertEqual(summary["System Total Throughput"], "60")
        self.assertEqual(summary["System Total Clients"], "3")
        self.assertEqual(len(summary), 14)
        report = xml.parse(broker.work / "JmsProducer_numClients3_numDests1_all.xml").getroot()
        values = report.findall("property[@name='performanceData']/list/value")
        self.assertEqual(sum(int(value.text) for value in values), 60)

        summary, err = self.perf("consumer", f"consumer.destName={self.name}",
                                 "consumer.recvType=count", "consumer.recvCount=60")
        self.assertEqual(err, "")
        self.assertEqual(summary["System Total Throughput"], "60")
        self.assertEqual(summary["Max Client Total Throughput"],
                         "clientName=JmsConsumer0, value=60")
        self.assertEqual(tern.browse(self.name), [])


def run():
    global tern, broker
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    parser.add_argument("--filter", metavar="PATTERN", help="tests to run, as for unittest -k")
    options = parser.parse_args()
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{options.filter}*"] if options.filter else None
    suite = loader.loadTestsFromModule(sys.modules[__name__])
    with harness.broker_for(options, listener="auto", with_java=False) as (broker, _):
        tern = Tern(options.tern, broker.url)
        result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
        assert result.wasSuccessful(), "tests of the command failed, see above"


if __name__ == "__main__":
    harness.main(run)
