#!/usr/bin/python3
"""The client library over `ssl://`, by the command: whom it trusts, who it is, for which host."""

import json
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.certificates import PASSWORD, Certificates
from tern_command import Tern, new_queue

BYTES = 3_000_000


class World:
    def __init__(self, options, certificates):
        self.options = options
        self.certificates = certificates

    @contextmanager
    def broker(self, listener="openwire+ssl", **settings):
        settings = {**self.certificates.pem_settings,
                    **{name.replace("tls_", "tls.", 1): value for name, value in settings.items()}}
        with harness.broker_for(self.options, settings=settings, listener=listener,
                                with_java=False) as (broker, _):
            yield broker
            assert broker.stop() == 0

    def arguments(self, store="ca.pem", *more):
        return ["--trust-store", self.certificates.path(store), *more]

    def round_trip(self, url, *arguments):
        tern = Tern(self.options.tern, url)
        queue = new_queue()
        tern.run("produce", "-q", "-d", queue, "--size", BYTES, *arguments)
        out, _ = tern.run("consume", "-q", "-d", queue, "-n", 1, "--lines", *arguments)
        assert out == b"x" * BYTES + b"\n"

    def refused(self, url, words, *arguments, code=1):
        _, error = Tern(self.options.tern, url).run("produce", "-q", "-d", "Q", *arguments,
                                                    expect=code)
        assert words in error.decode(), error


def trust(world):
    with world.broker() as broker:
        for host in ("localhost", "127.0.0.1"):
            url = f"ssl://{host}:{broker.port}"
            world.round_trip(url, *world.arguments())
            world.round_trip(f"failover:({url})", *world.arguments())
        world.round_trip(url, *world.arguments("ca.p12", "--trust-store-password", PASSWORD))
        world.refused(url, "TLS failed: ")
        world.refused(url, "cannot use", *world.arguments("ca.p12", "--trust-store-password", "x"),
                      code=2)
        world.refused(url, "it contains no certificate", *world.arguments("server.key"), code=2)


def hosts(world):
    world.certificates.sign("elsewhere", hosts="DNS:elsewhere.example")
    settings = {"tls_certificate": world.certificates.path("elsewhere.pem"),
                "tls_key": world.certificates.path("elsewhere.key")}
    with world.broker(**settings) as broker:
        for host, words in (("localhost", "ostname mismatch"),
                            ("127.0.0.1", "IP address mismatch")):
            url = f"ssl://{host}:{broker.port}"
            world.refused(url, words, *world.arguments())
            world.round_trip(url + "?socket.verifyHostName=false", *world.arguments())


def certificates(world):
    with world.broker(tls_authorities=world.certificates.path("ca.pem"),
                      tls_client_certificate="needed") as broker:
        url = f"ssl://127.0.0.1:{broker.port}"
        path = world.certificates.path
        world.round_trip(url, *world.arguments("ca.pem", "--certificate", path("client.pem"),
                                               "--key", path("client.key")))
        world.round_trip(url, *world.arguments("ca.pem", "--certificate", path("client.p12"),
                                               "--key-password", PASSWORD))
        world.refused(url, "certificate required", *world.arguments())
        world.refused(url, "no private key",
                      *world.arguments("ca.pem", "--certificate", path("client.pem")), code=2)


def wrong_ports(world):
    with world.broker() as broker:
        world.refused(f"tcp://127.0.0.1:{broker.port}", "")
    with world.broker("openwire") as broker:
        world.refused(f"ssl://127.0.0.1:{broker.port}", "TLS failed: wrong version number",
                      *world.arguments())


def load(world):
    """`tern bench` in each protocol."""
    with world.broker("auto+ssl") as broker:
        url = f"ssl://localhost:{broker.port}"
        for protocol in ("openwire", "stomp", "mqtt", "amqp", "amqp091"):
            out, _ = Tern(world.options.tern, url).run(
                "bench", "--protocol", protocol, "--json", "--count", 300, "-p", 2, "-s", 2,
                "--size", "20k", *world.arguments())
            total = json.loads(out)["total"]
            assert total["complete"] and total["sent"] == 300, (protocol, total)
        for words, arguments in (("certificate verify failed", ()),
                                 ("cannot read certificates", world.arguments("server.key"))):
            _, error = Tern(world.options.tern, url).run("bench", "-q", "--count", 1, *arguments,
                                                         expect=1)
            assert words in error.decode(), error


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-tls-") as scratch:
        world = World(options, Certificates(Path(scratch)))
        for test in (trust, hosts, certificates, wrong_ports, load):
            test(world)
            print(f"ok {test.__name__}")


if __name__ == "__main__":
    harness.main(run)
