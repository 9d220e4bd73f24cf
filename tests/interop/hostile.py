#!/usr/bin/python3
"""Thousands of connections of garbage: each costs the broker one connection and one log line."""

import asyncio
import collections
import itertools
import random
import re
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import openwire
from harness import options as harness

AT_A_TIME = 100
HANDSHAKE_TIMEOUT_MS = 1000
DRIP_SECONDS = 0.1
# Generous: a broker that has not closed a bad connection by then never will.
CLOSE_SECONDS = 90
GROWTH_BYTES_MAX = 5 << 20
JMS_TESTS = ("AcknowledgeModesTest", "TopicFanOutTest")

HELLO = openwire.wire_format_info()
TWO_GIB = struct.pack(">iB", 2**31 - 1, openwire.CONNECTION_INFO)


def random_bytes(chance):
    return chance.randbytes(chance.randrange(1, 2000))


def cut(chance, data):
    return data[:chance.randrange(1, len(data))]


def overlong_string():
    """A ConnectionInfo whose connection id claims more bytes than the frame has."""
    body = struct.pack(">iB", 1, 1) + b"\x01" + bytes([openwire.CONNECTION_ID]) + b"\x01\xff\xff"
    return openwire.frame(openwire.CONNECTION_INFO, body + b"abc")


# Name -> (bytes to send, what to do then): "end" sends no more and says so, "wait" keeps silent,
# "drip" sends the bytes one by one.
KINDS = {
    "random bytes": lambda chance: (random_bytes(chance), "end"),
    "truncated hello": lambda chance: (cut(chance, HELLO), "end"),
    "2 GiB hello": lambda chance: (TWO_GIB[:4] + HELLO[4:], "wait"),
    "negative size": lambda chance: (struct.pack(">i", -chance.randrange(1, 2**31)), "wait"),
    "wrong magic": lambda chance: (openwire.wire_format_info(b"ActiveMB"), "wait"),
    "version 0": lambda chance: (openwire.wire_format_info(version=0), "wait"),
    "half a hello, then silence": lambda chance: (cut(chance, HELLO), "wait"),
    "slow loris": lambda chance: (HELLO[:-1] + b"\x01" * 1000, "drip"),
    "random bytes after hello": lambda chance: (HELLO + random_bytes(chance), "end"),
    "truncated command": lambda chance: (
        HELLO + cut(chance, openwire.connection_info("cut")), "end"),
    "2 GiB command": lambda chance: (HELLO + TWO_GIB, "wait"),
    "unknown command": lambda chance: (HELLO + openwire.frame(200, b"\x00" * 5), "wait"),
    "overlong string": lambda chance: (HELLO + overlong_string(), "wait"),
}

# Classic waits for the bytes that the string claims.
OURS_ONLY = {"overlong string"}


async def misbehave(port, name, chance):
    """Makes one bad connection, waits until the broker closes it, returns the local port."""
    data, then = KINDS[name](chance)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    local_port = writer.get_extra_info("sockname")[1]
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            sending = asyncio.create_task(send(writer, data, then))
            try:
                while await reader.read(65536):
                    pass
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
    except ConnectionError:
        pass  # a reset closes the connection as well
    except TimeoutError:
        raise AssertionError(f"{name}: not closed within {CLOSE_SECONDS} s") from None
    finally:
        writer.close()
    return local_port


async def send(writer, data, then):
    if then == "drip":
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(DRIP_SECONDS)
        return
    writer.write(data)
    await writer.drain()
    if then == "end":
        writer.write_eof()


async def storm(port, kinds, count, chance):
    """Makes `count` bad connections of all `kinds` in turn; returns their local ports."""
    names = itertools.islice(itertools.cycle(kinds), count)
    ports = []

    async def worker():
        for name in names:
            ports.append(await misbehave(port, name, chance))

    await asyncio.gather(*(worker() for _ in range(AT_A_TIME)))
    return ports


def log_lines_by_port(broker):
    """How many log lines name 127.0.0.1:port, for each port but the broker's own."""
    counts = collections.Counter()
    for line in broker.log_text().splitlines():
        counts.update(set(map(int, re.findall(r"127\.0\.0\.1:(\d+)", line))))
    del counts[broker.port]
    return counts


def expect_one_line_each(broker, ports):
    expected = collections.Counter(ports)
    harness.settle(lambda: log_lines_by_port(broker).total() >= len(ports))
    found = log_lines_by_port(broker)
    wrong = {port: found[port] for port in expected if found[port] != expected[port]}
    assert not wrong, f"{len(wrong)} of {len(ports)} connections without exactly one log line"
    strangers = found.total() - len(ports)
    assert not strangers, f"{strangers} log lines about other connections"


def expect_serves_jms(broker, java):
    properties = {"broker.url": broker.url, "broker.name": broker.name}
    classes = [f"interop.jms.{name}" for name in JMS_TESTS]
    command = java.command("interop.jms.RunTests", *classes, properties=properties)
    assert subprocess.run(command).returncode == 0, "JMS clients are not served any more"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--warm-up", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--listener", choices=("openwire", "auto"), default="openwire",
                        help="a port for OpenWire alone, or one for all protocols")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    settings = {"openwire.handshake_timeout_ms": HANDSHAKE_TIMEOUT_MS,
                "detection_timeout_ms": HANDSHAKE_TIMEOUT_MS, "log.max_repetitions": 0}
    with harness.broker_for(options, settings=settings, listener=options.listener) as (
            broker, java):
        kinds = [kind for kind in KINDS if options.broker == "ternd" or kind not in OURS_ONLY]
        sockets = broker.open_sockets()
        ports = asyncio.run(storm(broker.port, kinds, options.warm_up, chance))
        harness.settle(lambda: broker.open_sockets() <= sockets)
        before = broker.rss_bytes()
        ports += asyncio.run(storm(broker.port, kinds, options.connections, chance))
        harness.settle(lambda: broker.open_sockets() <= sockets)
        growth = broker.rss_bytes() - before
        left = broker.open_sockets() - sockets
        print(f"{len(ports)} bad connections; memory grew by {growth / 2**20:+.1f} MiB, "
              f"{left:+} open files", flush=True)
        broker.check_alive()
        if broker.promises_hostile_economy:
            assert left <= 0, "connections were left open"
            assert growth <= GROWTH_BYTES_MAX, "memory grew"
            expect_one_line_each(broker, ports)
        expect_serves_jms(broker, java)
        code = broker.stop()
        assert code == 0, f"the broker ended with exit code {code} after SIGTERM"


if __name__ == "__main__":
    harness.main(run)
