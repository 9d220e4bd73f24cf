#!/usr/bin/python3
"""TLS with unmodified clients: Java's ssl://, Python's stomp.py, OpenSSL's s_client; and without
manners."""

import contextlib
import http.client
import json
import queue
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import stomp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.certificates import PASSWORD, Certificates

WAIT_SECONDS = 20
TIMEOUT_MS = 2000
JMS_TESTS = ("MessageTypesTest", "BodySizesTest", "TransactionsTest")
JMS_DOCUMENT = Path(__file__).resolve().parent / "jms" / "activemq.xml"
CIPHER = "ECDHE-RSA-AES128-GCM-SHA256"
OTHER_CIPHER = "ECDHE-RSA-AES256-GCM-SHA384"


class World:
    def __init__(self, options, certificates):
        self.options = options
        self.certificates = certificates

    def broker(self, listener, **settings):
        settings = {**self.certificates.pem_settings,
                    **{name.replace("tls_", "tls.", 1): value for name, value in settings.items()}}
        return harness.broker_for(self.options, settings=settings, listener=listener,
                                  document=JMS_DOCUMENT)

    def run_jms(self, broker, java, scheme, tests=JMS_TESTS, with_key=False):
        properties = {"broker.url": f"{scheme}://127.0.0.1:{broker.port}",
                      "broker.name": broker.name, **self.certificates.java_properties(with_key)}
        command = java.command("interop.jms.RunTests", *[f"interop.jms.{name}" for name in tests],
                               heap_mib=1024, properties=properties)
        assert subprocess.run(command).returncode == 0, f"JMS over {scheme} failed, see above"

    def round_trip_stomp(self, port, tls=True, with_key=False):
        """Sends and receives a message; None if the broker does not let this client in."""
        messages = queue.Queue()

        class Inbox(stomp.ConnectionListener):
            def on_message(self, frame):
                messages.put(frame)

        client = stomp.Connection12([("127.0.0.1", port)], reconnect_attempts_max=1)
        if tls:
            keys = {"key_file": self.certificates.path("client.key"),
                    "cert_file": self.certificates.path("client.pem")} if with_key else {}
            client.set_ssl([("127.0.0.1", port)], ca_certs=self.certificates.path("ca.pem"), **keys)
        client.set_listener("", Inbox())
        client.connect(wait=True)
        client.subscribe("/queue/tls", id="s")
        client.send("/queue/tls", "x" * 100_000)
        body = messages.get(timeout=WAIT_SECONDS).body
        client.disconnect()
        return body

    def run_tern(self, *arguments, trusts=False):
        """The command beside the daemon."""
        trust = ("--trust-store", self.certificates.path("ca.pem")) if trusts else ()
        return subprocess.run([Path(self.options.ternd).with_name("tern"), *arguments, *trust],
                              capture_output=True, text=True, timeout=WAIT_SECONDS)

    def s_client(self, port, *arguments, say=b""):
        """What OpenSSL's client says about its handshake."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile",
             self.certificates.path("ca.pem"), "-verify_return_error", *arguments],
            input=say, capture_output=True, timeout=WAIT_SECONDS)
        return done.stdout.decode() + done.stderr.decode()


class Daemon:
    """`ternd` as a document makes it."""

    def __init__(self, options, path):
        self.process = subprocess.Popen(
            [options.ternd, "--config", str(path), "--set", "http.listen=off"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.log = ""
        ready = self.process.stdout.readline()
        self.ports = list(map(int, re.findall(r"stomp\+ssl=127\.0\.0\.1:(\d+)", ready)))

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        self.process.terminate()
        self.log += self.process.stderr.read()
        code = self.process.wait(WAIT_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        assert error or code == 0, self.log

    def wait_for(self, words, count=1):
        line = "?"
        while self.log.count(words) < count and line:
            line = self.process.stderr.readline()
            self.log += line
        assert self.log.count(words) == count, self.log


def expect_log(broker, pattern, count):
    lines = broker.wait_for_log(pattern, count)
    assert len(lines) == count, f"{len(lines)} log lines match {pattern}, not {count}"


def expect_closed(connection):
    connection.settimeout(WAIT_SECONDS)
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass


def client_hello(world):
    """The first bytes of a handshake."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL):
            connection, _ = server.accept()
            with connection:
                return connection.recv(65536)


def one_port_for_all(world):
    with world.broker("auto") as (broker, java):
        world.run_jms(broker, java, "ssl")
        world.run_jms(broker, java, "tcp", tests=JMS_TESTS[:1])
        assert len(world.round_trip_stomp(broker.port)) == 100_000
        assert len(world.round_trip_stomp(broker.port, tls=False)) == 100_000
        for version in ("-tls1_2", "-tls1_3"):
            answer = world.s_client(broker.port, version)
            assert "Verify return code: 0" in answer and "Cipher is (NONE)" not in answer, answer
        assert broker.stop() == 0


def client_certificates(world):
    authorities = world.certificates.path("ca.pem")
    with world.broker("openwire+ssl", tls_authorities=authorities,
                      tls_client_certificate="needed") as (broker, java):
        world.run_jms(broker, java, "ssl", tests=JMS_TESTS[:1], with_key=True)
        world.s_client(broker.port)
        expect_log(broker, "peer did not return a certificate", 1)
    with world.broker("stomp+ssl", tls_authorities=world.certificates.path("ca.p12"),
                      tls_authorities_password=PASSWORD,
                      tls_client_certificate="wanted") as (broker, _):
        world.round_trip_stomp(broker.port)
        world.round_trip_stomp(broker.port, with_key=True)
        world.s_client(broker.port, "-cert", foreign_certificate(world), "-key",
                       world.certificates.path("foreign.key"))
        expect_log(broker, "TLS handshake: certificate verify failed", 1)


def foreign_certificate(world):
    """One that the authority has not signed."""
    paths = {name: world.certificates.path(f"foreign.{name}") for name in ("pem", "key")}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                    paths["key"], "-out", paths["pem"], "-subj", "/CN=foreign"],
                   check=True, capture_output=True)
    return paths["pem"]


def versions_and_ciphers(world):
    with world.broker("stomp+ssl", tls_min_version="1.3") as (broker, _):
        assert "TLSv1.3" in world.s_client(broker.port, "-tls1_3")
        assert "Cipher is (NONE)" in world.s_client(broker.port, "-tls1_2")
        expect_log(broker, "TLS handshake: unsupported protocol", 1)
        world.round_trip_stomp(broker.port)
    with world.broker("stomp+ssl", tls_ciphers=f"{CIPHER}:TLS_AES_128_GCM_SHA256") as (broker, _):
        assert CIPHER in world.s_client(broker.port, "-tls1_2")
        assert "TLS_AES_128_GCM_SHA256" in world.s_client(broker.port, "-tls1_3")
        world.s_client(broker.port, "-tls1_2", "-cipher", OTHER_CIPHER)
        expect_log(broker, "TLS handshake: no shared cipher", 1)


def scan(world):
    """Of all that OpenSSL's client can still offer, only what is strong is taken."""
    weakest = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
    with world.broker("stomp+ssl") as (broker, _):
        for version in ("-tls1", "-tls1_1"):
            said = world.s_client(broker.port, version, "-cipher", weakest)
            assert "Cipher is (NONE)" in said, said
        expect_log(broker, "TLS handshake: unsupported protocol", 2)
        # SSL 3, which no client of today speaks: a record of it, and a hello.
        hello = b"\x03\x00" + bytes(32) + b"\x00\x00\x04\x00\x05\x00\x0a\x01\x00"
        record = b"\x01\x00" + len(hello).to_bytes(2, "big") + hello
        with socket.create_connection(("127.0.0.1", broker.port)) as old:
            old.sendall(b"\x16\x03\x00" + len(record).to_bytes(2, "big") + record)
            answer = old.recv(65536)
            assert answer[:1] in (b"", b"\x15"), answer  # an alert, if anything
        listed = subprocess.run(["openssl", "ciphers", "-s", "-tls1_2", weakest], check=True,
                                capture_output=True, text=True).stdout.strip().split(":")
        assert len(listed) > 50, listed
        taken = {name for name in listed if f"Cipher is {name}\n" in world.s_client(
            broker.port, "-tls1_2", "-cipher", f"{name}:@SECLEVEL=0")}
        assert taken == {CIPHER, OTHER_CIPHER, "ECDHE-RSA-CHACHA20-POLY1305"}, taken
        said = world.s_client(broker.port, "-tls1_2", "-comp", say=b"R\n")
        assert "Compression: NONE" in said and "no renegotiation" in said, said
        broker.check_alive()


def bad_client_certificates(world):
    world.certificates.sign("expired", days=-1)
    world.certificates.sign("server_only", purpose="serverAuth")
    foreign_certificate(world)
    with world.broker("stomp+ssl", tls_authorities=world.certificates.path("ca.pem"),
                      tls_client_certificate="needed") as (broker, _):
        for name, said in (("expired", "certificate has expired"),
                           ("server_only", "(unsuitable|unsupported) certificate purpose"),
                           ("foreign", "self.signed certificate")):
            heard = world.s_client(broker.port, "-tls1_2", "-cert",
                                   world.certificates.path(f"{name}.pem"), "-key",
                                   world.certificates.path(f"{name}.key"))
            assert "alert" in heard, heard
            expect_log(broker, f"TLS handshake: certificate verify failed: {said}", 1)
        world.round_trip_stomp(broker.port, with_key=True)


def revoked_certificates(world):
    """A list of them counts from the start, and is read anew on SIGHUP."""
    world.certificates.sign("leaver")
    world.certificates.revoke()
    settings = {"tls_authorities": world.certificates.path("ca.pem"),
                "tls_client_certificate": "needed",
                "tls_revocations": world.certificates.path("crl.pem")}
    leaver = ("-tls1_2", "-cert", world.certificates.path("leaver.pem"), "-key",
              world.certificates.path("leaver.key"))
    with world.broker("stomp+ssl", **settings) as (broker, _):
        assert "alert" not in world.s_client(broker.port, *leaver)
        world.certificates.revoke("leaver")
        broker.process.send_signal(signal.SIGHUP)
        expect_log(broker, "certificates were read again", 1)
        assert "alert" in world.s_client(broker.port, *leaver)
        expect_log(broker, "TLS handshake: certificate verify failed: certificate revoked", 1)
        world.round_trip_stomp(broker.port, with_key=True)
        # Without its authority's list nobody can say.
        foreign_certificate(world)
        assert "alert" in world.s_client(
            broker.port, "-tls1_2", "-cert", world.certificates.path("foreign.pem"), "-key",
            world.certificates.path("foreign.key"))
    document = write_document(world, "stomp+ssl://127.0.0.1:0?transport.needClientAuth=true",
                              more=f'crlPath="file:{world.certificates.path("crl.pem")}"')
    with Daemon(world.options, document) as broker:
        world.round_trip_stomp(broker.ports[0], with_key=True)
        assert "alert" in world.s_client(broker.ports[0], *leaver)


def stapled_answer(world):
    """What a responder has said of the certificate comes with the handshake (OCSP stapling)."""
    world.certificates.ask_responder("server")
    answer = world.certificates.path("ocsp.der")
    with world.broker("auto+ssl", tls_ocsp_response=answer) as (broker, _):
        said = world.s_client(broker.port, "-status")
        assert "OCSP Response Status: successful" in said and "Cert Status: good" in said, said
        assert "OCSP" not in world.s_client(broker.port)
        # Those who do not ask are served as well.
        world.round_trip_stomp(broker.port)
        world.certificates.ask_responder("client")
        broker.process.send_signal(signal.SIGHUP)
        expect_log(broker, "certificates stay as they were: .* about another certificate", 1)
        assert "Cert Status: good" in world.s_client(broker.port, "-status")
    with world.broker("auto+ssl") as (broker, _):
        assert "OCSP response: no response sent" in world.s_client(broker.port, "-status")


def operators_by_https(world):
    """The API, the console and the command, in TLS and as well in the open; and a certificate that
    is read anew."""
    trusted = ssl.create_default_context(cafile=world.certificates.path("ca.pem"))

    def ask(port, path, context=trusted):
        link = http.client.HTTPSConnection("localhost", port, timeout=WAIT_SECONDS,
                                           context=context)
        with contextlib.closing(link):
            link.request("GET", path)
            answer = link.getresponse()
            return answer.status, answer.read()

    with world.broker("auto", **{"https.listen": "127.0.0.1:0",
                                 "http.listen": "127.0.0.1:0"}) as (broker, _):
        assert ask(broker.https_port, "/health/live")[0] == 200
        status, page = ask(broker.https_port, "/")
        assert status == 200 and b"<html" in page, page[:200]
        assert ask(broker.https_port, "/api/v1/queues")[0] == 200
        with contextlib.suppress(ssl.SSLCertVerificationError):
            ask(broker.https_port, "/health/live", ssl.create_default_context())
            raise AssertionError("nobody signed this certificate whom the system trusts")
        assert "alert" in world.s_client(broker.https_port, "-tls1_1", "-cipher",
                                         "DEFAULT:@SECLEVEL=0")
        url = f"https://localhost:{broker.https_port}"
        with socket.create_connection(("127.0.0.1", broker.https_port), WAIT_SECONDS) as plain:
            plain.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            expect_closed(plain)
        assert world.run_tern("stats", "--http", url, trusts=True).returncode == 0
        refused = world.run_tern("stats", "--http", url)
        assert refused.returncode == 1 and "certificate verify failed" in refused.stderr, refused
        refused = world.run_tern("stats", "--http", url.replace("localhost", "127.0.0.2"),
                                 trusts=True)
        assert refused.returncode == 1 and "cannot" in refused.stderr, refused
        plain = http.client.HTTPConnection("localhost", broker.http_port, timeout=WAIT_SECONDS)
        with contextlib.closing(plain):
            plain.request("GET", "/health/live")
            assert plain.getresponse().status == 200
        assert broker.stop() == 0
    # A login over TLS is not shown in the open later.
    with world.broker("auto", **{"https.listen": "127.0.0.1:0", "http.open": "false"}) as (
            broker, _):
        assert broker.http_port is None
        password = re.search(r"password (\S+),", "".join(broker.said))[1]
        link = http.client.HTTPSConnection("localhost", broker.https_port, timeout=WAIT_SECONDS,
                                           context=trusted)
        with contextlib.closing(link):
            link.request("POST", "/api/v1/session", headers={"Content-Type": "application/json"},
                         body=json.dumps({"user": "admin", "password": password}))
            answer = link.getresponse()
            assert answer.status == 200, answer.read()
            cookie = answer.headers["Set-Cookie"]
            assert cookie.startswith("__Host-") and "; Secure" in cookie, answer.headers
            answer.read()
            link.request("GET", "/api/v1/queues", headers={"Cookie": cookie.split(";")[0]})
            assert link.getresponse().status == 200
    done = subprocess.run([world.options.ternd, "--data", world.certificates.path("data"),
                           "--listen", "https=127.0.0.1:0"], capture_output=True, text=True,
                          timeout=WAIT_SECONDS)
    assert done.returncode == 2 and "https needs a certificate" in done.stderr, done


def application_protocols(world):
    """A browser may ask for HTTP by ALPN; what others ask for is not refused."""
    with world.broker("auto+ssl") as (broker, _):
        assert "ALPN protocol: http/1.1" in world.s_client(broker.port, "-alpn", "h2,http/1.1")
        asked = world.s_client(broker.port, "-alpn", "mqtt")
        assert "No ALPN negotiated" in asked and "Verify return code: 0" in asked, asked
        world.round_trip_stomp(broker.port)


def hosts_and_new_certificates(world):
    """The certificate goes by the host that is asked for, and is read anew on SIGHUP."""
    world.certificates.sign("other", "DNS:other.example")
    both = Path(world.certificates.path("both.pem"))
    both.write_text("".join(Path(world.certificates.path(f"other.{part}")).read_text()
                            for part in ("pem", "key")))
    used = {part: Path(world.certificates.path(f"used.{part}")) for part in ("pem", "key")}

    def use(name):
        for part, path in used.items():
            path.write_text(Path(world.certificates.path(f"{name}.{part}")).read_text())

    use("server")
    with world.broker("stomp+ssl", tls_certificate=str(used["pem"]), tls_key=str(used["key"]),
                      tls_host_certificates=str(both)) as (broker, _):
        for host, name in (("localhost", "server"), ("other.example", "other"),
                           ("unknown.example", "server")):
            said = world.s_client(broker.port, "-servername", host)
            assert re.search(rf"subject=.*CN = {name}\n", said), said
        assert "CN = server\n" in world.s_client(broker.port, "-noservername")
        # ALPN is for those who ask for HTTP; others are not held up by it.
        assert "ALPN protocol: http/1.1" in world.s_client(broker.port, "-alpn", "h2,http/1.1")
        assert "No ALPN negotiated" in world.s_client(broker.port, "-alpn", "mqtt")
        stays = stomp.Connection12([("127.0.0.1", broker.port)])
        stays.set_ssl([("127.0.0.1", broker.port)], ca_certs=world.certificates.path("ca.pem"))
        stays.connect(wait=True)
        use("other")
        broker.process.send_signal(signal.SIGHUP)
        expect_log(broker, "certificates were read again", 1)
        assert "CN = other\n" in world.s_client(broker.port, "-noservername")
        # What cannot be used changes nothing.
        used["key"].write_text(Path(world.certificates.path("server.key")).read_text())
        broker.process.send_signal(signal.SIGHUP)
        expect_log(broker, "certificates stay as they were: TLS: cannot use .*used.pem", 1)
        assert "CN = other\n" in world.s_client(broker.port, "-noservername")
        # Who was connected all along has noticed nothing.
        stays.send("/queue/tls", "still here", receipt="r")
        stays.disconnect()
        assert broker.stop() == 0


def key_stores(world):
    with world.broker("auto+ssl", tls_key="", **world.certificates.key_store_settings) as (
            broker, _):
        world.round_trip_stomp(broker.port)
    world.certificates.keytool(
        "-genkeypair", "-keyalg", "RSA", "-storetype", "JKS", "-keystore", "old.jks", "-storepass",
        PASSWORD, "-keypass", PASSWORD, "-dname", "CN=old", "-alias", "old")
    for settings, said in (
            ({"tls.certificate": world.certificates.path("old.jks")}, "keytool -importkeystore"),
            ({"tls.certificate": world.certificates.path("server.p12"), "tls.key_password": "no"},
             "mac verify failure"),
            ({"tls.certificate": world.certificates.path("server.pem")}, "no private key"),
            ({"tls.certificate": world.certificates.path("none.pem")}, "cannot read"),
            ({**world.certificates.pem_settings, "tls.revocations":
              world.certificates.path("ca.pem")}, "no list of revoked certificates"),
            ({**world.certificates.pem_settings, "tls.ciphers": "NONSENSE"}, "no cipher match"),
            ({**world.certificates.pem_settings, "tls.client_certificate": "needed"},
             "needs the setting tls.authorities"),
            ({}, "needs a certificate")):
        arguments = [word for pair in settings.items() for word in ("--set", "=".join(pair))]
        done = subprocess.run(
            [world.options.ternd, "--data", world.certificates.path("data"), "--listen",
             "ssl=127.0.0.1:0", *arguments], capture_output=True, text=True, timeout=WAIT_SECONDS)
        assert done.returncode == 2 and said in done.stderr, (settings, done)


def write_document(world, *connectors, more=""):
    """An activemq.xml with key stores, and more attributes of these; its path."""
    path = Path(world.certificates.path("activemq.xml"))
    uris = "".join(f'<transportConnector uri="{one}"/>' for one in connectors)
    path.write_text(f"""
        <broker xmlns="http://activemq.apache.org/schema/core" persistent="false"
                dataDirectory="{world.certificates.path("data")}">
          <sslContext>
            <sslContext keyStore="file:{world.certificates.path("server.p12")}"
                        keyStorePassword="{PASSWORD}"
                        trustStore="file:{world.certificates.path("ca.p12")}"
                        trustStorePassword="{PASSWORD}" {more}/>
          </sslContext>
          <transportConnectors>{uris}</transportConnectors>
        </broker>""")
    return path


def connector_options(world):
    """Ciphers by Java's names; a client's certificate that has to be for its address."""
    world.certificates.sign("stranger", "IP:10.9.9.9")
    path = write_document(
        world, "stomp+ssl://127.0.0.1:0?transport.enabledCipherSuites="
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256",
        "stomp+ssl://127.0.0.1:0?transport.needClientAuth=true&amp;transport.verifyHostName=true")
    with Daemon(world.options, path) as broker:
        open_to_all, guarded = broker.ports
        assert CIPHER in world.s_client(open_to_all, "-tls1_2")
        assert "TLS_AES_128_GCM_SHA256" in world.s_client(open_to_all, "-tls1_3")
        world.s_client(open_to_all, "-tls1_2", "-cipher", OTHER_CIPHER)
        broker.wait_for("TLS handshake: no shared cipher")
        world.round_trip_stomp(guarded, with_key=True)
        world.s_client(guarded, "-cert", world.certificates.path("stranger.pem"), "-key",
                       world.certificates.path("stranger.key"))
        broker.wait_for("TLS handshake: certificate verify failed: IP address mismatch")


def document(world):
    """An activemq.xml with key stores, as it is."""
    path = write_document(world, "stomp+ssl://127.0.0.1:0?transport.needClientAuth=true",
                          "stomp+nio+ssl://127.0.0.1:0")
    with Daemon(world.options, path) as broker:
        guarded, open_to_all = broker.ports
        world.round_trip_stomp(guarded, with_key=True)
        world.round_trip_stomp(open_to_all)
        world.s_client(guarded)
        # Python's client looks at the broker's certificate first, by a connection without a key;
        # either may be done with the handshake before the broker is.
        broker.wait_for("peer did not return a certificate", 2)
    assert broker.log.count("peer did not return a certificate") == 2, broker.log


def bad_manners(world):
    hello = client_hello(world)
    with world.broker("openwire+ssl", detection_timeout_ms=TIMEOUT_MS) as (broker, _):
        for bad, then, line in (
                (b"GET / HTTP/1.1\r\n\r\n", "wait", "TLS handshake: http request"),
                (b"\x16\x03\x01" + b"\xff" * 200, "wait", "TLS handshake: "),
                (hello[:50], "wait", "nobody knows its protocol in time"),
                (hello, "wait", "nobody knows its protocol in time"),
                (hello[:50], "leave", "the peer left within its first words"),
                (b"", "leave", "")):
            with socket.create_connection(("127.0.0.1", broker.port)) as connection:
                local = connection.getsockname()[1]
                connection.sendall(bad)
                if then == "leave":
                    connection.shutdown(socket.SHUT_WR)
                expect_closed(connection)
            # A probe that opens a connection and closes it is not worth a line.
            expect_log(broker, rf":{local}: connection closed: {line}", 1 if line else 0)
        broker.check_alive()


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--filter", default="", metavar="REGEX", help="stories to run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-tls-") as folder:
        world = World(options, Certificates(Path(folder)))
        for story in (one_port_for_all, client_certificates, bad_client_certificates,
                      revoked_certificates, versions_and_ciphers, scan,
                      stapled_answer, operators_by_https, application_protocols,
                      hosts_and_new_certificates, key_stores,
                      connector_options, document, bad_manners):
            if not re.search(options.filter, story.__name__):
                continue
            print(f"--- {story.__name__.replace('_', ' ')}", flush=True)
            story(world)


if __name__ == "__main__":
    harness.main(run)
