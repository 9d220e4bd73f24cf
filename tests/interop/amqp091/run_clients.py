#!/usr/bin/python3
"""One story of AMQP 0-9-1, told by client libraries of several languages: py-amqp (Python),
librabbitmq (C, compiled for this run), amqplib (Node), php-amqplib, PHP's extension amqp and bunny
(Ruby); with --java by RabbitMQ's own for Java instead, with which its PerfTest runs, too. What each
sees has to be what the others see, and with --reference what it sees of Debian's RabbitMQ."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import amqp

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness.broker import TernBroker
from harness.java import maven_path
from harness.node import Node
from harness.rabbitmq import RabbitMq

HERE = Path(__file__).resolve().parent
SECONDS = 60
STORY = {
    "confirm": "hello empty",
    "returned": "312 NO_ROUTE lost",
    "nack": "again true",
    "dead letter": "bad rejected c.reject 1",
    "cancelled": "null",
    "stopped": "kept",
    "exclusive": "405",
    "transaction": "kept empty",
    "secret": "updated",
}
# What a library has no call for.
LACKS = {"py-amqp": {"secret"}, "librabbitmq": {"secret"}, "amqplib": {"transaction"},
         "php-amqplib": {"secret"}, "php-amqp": {"secret", "cancelled"},
         "amqp-client": {"secret"}}
# What PerfTest is told besides where the broker is; it ends when so many were sent and consumed.
PERF_TEST = {
    "confirms": "--producers 2 --consumers 2 --pmessages 2000 --cmessages 2000 --confirm 50 "
                "--qos 100 --multi-ack-every 10 --flag persistent --flag mandatory --size 1000",
    "transactions": "--pmessages 500 --cmessages 500 --ptxsize 50 --ctxsize 50 --flag persistent",
    "no acks": "--pmessages 2000 --cmessages 2000 --autoack --type fanout --exchange perf.fan",
    "polling": "--pmessages 200 --cmessages 200 --polling --confirm 10",
    "quorum": "--pmessages 1000 --cmessages 1000 --confirm 100 --qos 50 --quorum-queue "
              "--queue perf.quorum",
}
PERF_TEST_SECONDS = 180


class PyAmqp:
    """The story by py-amqp, which has no process of its own."""

    def __init__(self, port):
        self.address = f"127.0.0.1:{port}"
        self.connection = self.connect()
        self.seen = {}

    def connect(self):
        connection = amqp.Connection(self.address)
        connection.connect()
        return connection

    @staticmethod
    def next_of(channel, queue):
        message = channel.basic_get(queue, no_ack=True)
        return "empty" if message is None else message.body

    def confirm(self, channel):
        channel.queue_declare("c.confirm", auto_delete=False)
        channel.basic_publish_confirm(amqp.Message("hello"), "", "c.confirm")
        return f"{self.next_of(channel, 'c.confirm')} {self.next_of(channel, 'c.confirm')}"

    def returned(self, channel):
        back = []
        channel.events["basic_return"].add(lambda *told: back.append(told))
        channel.basic_publish(amqp.Message("lost"), "", "c.nowhere", mandatory=True)
        while not back:
            self.connection.drain_events(timeout=SECONDS)
        why, _, _, message = back[0]
        return f"{why.reply_code} {why.message} {message.body}"

    def nack(self, channel):
        channel.queue_declare("c.nack", auto_delete=False)
        channel.basic_publish(amqp.Message("again"), "", "c.nack")
        got = []
        channel.basic_consume("c.nack", callback=got.append)
        while len(got) < 2:
            self.connection.drain_events(timeout=SECONDS)
            if len(got) == 1:
                channel.basic_reject(got[0].delivery_tag, requeue=True)
        channel.basic_ack(got[1].delivery_tag)
        return f"{got[1].body} {str(got[1].delivery_info['redelivered']).lower()}"

    def dead_letter(self, channel):
        channel.queue_declare("c.dead", auto_delete=False)
        channel.queue_declare("c.reject", auto_delete=False, arguments={
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "c.dead"})
        channel.basic_publish(amqp.Message("bad"), "", "c.reject")
        channel.basic_reject(channel.basic_get("c.reject").delivery_tag, requeue=False)
        dead = None
        while dead is None:
            dead = channel.basic_get("c.dead", no_ack=True)
        death = dead.headers["x-death"][0]
        return f"{dead.body} {death['reason']} {death['queue']} {death['count']}"

    def cancelled(self, channel):
        channel.queue_declare("c.cancel", auto_delete=False)
        told = []
        channel.basic_consume("c.cancel", on_cancel=told.append)
        channel.queue_delete("c.cancel")
        while not told:
            self.connection.drain_events(timeout=SECONDS)
        return "null"

    def stopped(self, channel):
        channel.queue_declare("c.stop", auto_delete=False)
        got = []
        tag = channel.basic_consume("c.stop", no_ack=True, callback=got.append)
        channel.basic_cancel(tag)
        channel.basic_publish(amqp.Message("kept"), "", "c.stop")
        return self.next_of(channel, "c.stop") + (" consumed" if got else "")

    def exclusive(self, channel):
        channel.queue_declare("c.mine", exclusive=True)
        with self.connect() as other:
            try:
                other.channel().queue_declare("c.mine", passive=True)
            except amqp.exceptions.ChannelError as refused:
                return str(refused.code)
        return "allowed"

    def transaction(self, channel):
        channel.queue_declare("c.tx", auto_delete=False)
        channel.tx_select()
        channel.basic_publish(amqp.Message("forgotten"), "", "c.tx")
        channel.tx_rollback()
        channel.basic_publish(amqp.Message("kept"), "", "c.tx")
        channel.tx_commit()
        return f"{self.next_of(channel, 'c.tx')} {self.next_of(channel, 'c.tx')}"

    def tell(self):
        for part in (one for one in STORY if one not in LACKS["py-amqp"]):
            channel = self.connection.channel()
            self.seen[part] = getattr(self, part.replace(" ", "_"))(channel)
            channel.close()
        self.connection.close()
        return self.seen


def lines_of(command, **settings):
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, **settings)
    assert done.returncode == 0, f"{command[0]}: {done.stderr}"
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


def compiled(work):
    program = Path(work) / "rabbitmq_c"
    done = subprocess.run(["gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program,
                           HERE / "rabbitmq_c.c", "-lrabbitmq"], capture_output=True, text=True)
    assert done.returncode == 0, f"install gcc and librabbitmq-dev: {done.stderr}"
    return program


class Java:
    """RabbitMQ's client and its PerfTest, of Maven Central."""

    def __init__(self, work):
        source = HERE / "java" / "Story.java"
        self.path = f"{work}:{source.parent}:{maven_path(source.parent, Path(work))}"
        done = subprocess.run(["javac", "-Xlint:all", "-Xlint:-path", "-Werror", "-cp", self.path,
                               "-d", str(work), str(source)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def command(self, name, *arguments):
        return ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", self.path, name, *arguments]

    def tell(self, port):
        return lines_of(self.command("interop.amqp091.Story", str(port)))

    def measure(self, port):
        """What went wrong with PerfTest."""
        failed = []
        for name, words in PERF_TEST.items():
            done = subprocess.run(
                self.command("com.rabbitmq.perf.PerfTest", "--uri", f"amqp://127.0.0.1:{port}",
                             "--id", "story", *words.split()),
                capture_output=True, text=True, timeout=PERF_TEST_SECONDS)
            rates = [line for line in done.stdout.splitlines() if "receiving rate avg" in line]
            fine = done.returncode == 0 and rates and not done.stderr
            print(f"{'ok' if fine else 'FAILED'} PerfTest, {name}: {rates}")
            if not fine:
                failed.append(name)
                print(done.stdout, done.stderr)
        return failed


def clear(port):
    with amqp.Connection(f"127.0.0.1:{port}") as connection:
        channel = connection.channel()
        for queue in ("confirm", "nack", "dead", "reject", "cancel", "stop", "tx"):
            channel.queue_delete(f"c.{queue}")


def packaged(work):
    """Of each client of Debian's and npm's, what tells the story to a port."""
    node = Node(HERE / "node")
    program = compiled(work)
    php = ["php", "-d", "zend.assertions=1"]
    return {
        "py-amqp": lambda port: PyAmqp(port).tell(),
        "librabbitmq": lambda port: lines_of([program, str(port)]),
        "amqplib": lambda port: lines_of(["node", "client.js", str(port)], cwd=node.place),
        "php-amqplib": lambda port: lines_of([*php, HERE / "php_amqplib.php", str(port)]),
        "php-amqp": lambda port: lines_of([*php, HERE / "php_amqp.php", str(port)]),
        "bunny": lambda port: lines_of(["ruby", HERE / "bunny_client.rb", str(port)]),
    }


def told_by_all(port, clients, java):
    failed = False
    for name, tell in clients.items():
        seen = tell(port)
        expected = {part: what for part, what in STORY.items() if part not in LACKS.get(name, ())}
        failed |= seen != expected
        print(f"{'ok' if seen == expected else 'FAILED'} {name}: {seen}")
        clear(port)
    if java is not None:
        failed |= bool(java.measure(port))
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ternd", required=True, help="the daemon to start")
    parser.add_argument("--java", action="store_true",
                        help="the client and the load program that come from Maven Central")
    parser.add_argument("--reference", action="store_true",
                        help="the same with RabbitMQ, which has to be installed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        java = Java(work) if options.java else None
        clients = {"amqp-client": java.tell} if java is not None else packaged(work)
        # With the API of management it knows its users, as RabbitMQ does.
        broker = TernBroker(Path(work) / "ternd", options.ternd, listener="amqp091",
                            settings={"management.listen": "127.0.0.1:0"})
        broker.work.mkdir()
        broker.start()
        try:
            failed = told_by_all(broker.port, clients, java)
            broker.check_alive()
            assert broker.stop() == 0, broker.log_text()
        finally:
            broker.close()
        if options.reference:
            with RabbitMq(Path(work) / "rabbitmq") as peer:
                failed |= told_by_all(peer.port, clients, java)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
