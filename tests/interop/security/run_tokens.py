#!/usr/bin/python3
"""Logins by signed tokens whose keys lie at a URL: a server of keys with a certificate, keys that
change, a server that is down, slow, not to be trusted, or sends elsewhere; over STOMP, MQTT, AMQP
1.0 and HTTP; and what scopes permit, over STOMP and AMQP 0-9-1. Keys are made and tokens are signed
by openssl."""

import base64
import contextlib
import http.server
import json
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import paho.mqtt.client as mqtt
import pika
from proton import ConnectionException
from proton.utils import BlockingConnection

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.broker import TernBroker
from harness.certificates import Certificates
from harness.stomp import Client

ISSUER = "https://id.example.com"
TIMEOUT_MS = 1000
REFRESH_SECONDS = 1
DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <jaasAuthenticationPlugin configuration="tokens"/></plugins></broker>
"""
LOGIN_CONFIG = """tokens {{
  ternmq.TokenLoginModule sufficient keys="{url}" caCertificates="{authority}" issuer="{issuer}"
    audience="broker" groupsClaim="scope" {more} keysRefresh={refresh} timeout={timeout} leeway=0;
}};
"""


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    def __init__(self, folder, name):
        self.name = name
        self.path = folder / f"{name}.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.path, "2048"], check=True,
                       capture_output=True)

    def public(self):
        said = subprocess.run(["openssl", "rsa", "-in", self.path, "-noout", "-modulus"],
                              check=True, capture_output=True, text=True).stdout
        modulus = bytes.fromhex(re.search("Modulus=([0-9A-F]+)", said)[1])
        return {"kty": "RSA", "kid": self.name, "use": "sig", "alg": "RS256", "e": "AQAB",
                "n": encoded(modulus)}

    def token(self, user="ann", seconds=600, scope="users admins", **more):
        head = {"alg": "RS256", "kid": self.name, **more}
        claims = {"iss": ISSUER, "aud": "broker", "sub": user, "scope": scope,
                  "exp": int(time.time()) + seconds}
        text = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.path],
                                   input=text.encode(), check=True, capture_output=True).stdout
        return f"{text}.{encoded(signature)}"


class KeyServer:
    """Serves a set of keys over TLS, or misbehaves."""

    def __init__(self, certificates):
        self.keys = []
        self.behaviour = "good"
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.path("server.pem"), certificates.path("server.key"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}/keys"

    def answer(self, request):
        self.asked.append(request.path)
        if self.behaviour == "slow":
            time.sleep(3 * TIMEOUT_MS / 1000)
        if self.behaviour == "elsewhere":
            request.send_response(302)
            request.send_header("Location", f"https://127.0.0.1:{self.port}/other")
            request.end_headers()
            return
        body = json.dumps({"keys": [key.public() for key in self.keys]}).encode()
        if self.behaviour == "large":
            body = b" " * (2 << 20)
        request.send_response(500 if self.behaviour == "broken" else 200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            request.wfile.write(body)
        except OSError:
            pass  # it did not want so much

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def stomp(broker, token, user="whoever"):
    with Client(broker.port) as client:
        client.send("CONNECT", accept_version="1.2", host="x", login=user, passcode=token)
        return client.frame().command == "CONNECTED"


def mqtt_login(broker, token):
    codes = []
    client = mqtt.Client("tokens", protocol=mqtt.MQTTv5)
    client.on_connect = lambda c, data, flags, code, *_: codes.append(code.value)
    client.username_pw_set("whoever", token)
    client.connect("127.0.0.1", broker.port)
    while not codes:
        client.loop()
    client.disconnect()
    return codes[0] == 0


def amqp_plain(broker, token):
    try:
        BlockingConnection(f"amqp://127.0.0.1:{broker.port}", timeout=20, user="whoever",
                           password=token, allowed_mechs="PLAIN",
                           allow_insecure_mechs=True).close()
        return True
    except ConnectionException:
        return False


def amqp_bearer(broker, token):
    """SASL's OAUTHBEARER (RFC 7628), which the client of Debian does not know: by its frames."""
    response = f"n,,\x01auth=Bearer {token}\x01\x01".encode()
    mechanism = b"OAUTHBEARER"
    fields = (b"\xa3" + bytes([len(mechanism)]) + mechanism
              + b"\xb0" + struct.pack(">I", len(response)) + response)
    body = b"\x00\x53\x41\xd0" + struct.pack(">II", len(fields) + 4, 2) + fields
    with socket.create_connection(("127.0.0.1", broker.port), 20) as link:
        stream = link.makefile("rb")
        link.sendall(b"AMQP\x03\x01\x00\x00" + struct.pack(">IBBH", len(body) + 8, 2, 1, 0) + body)
        assert stream.read(8) == b"AMQP\x03\x01\x00\x00"
        while True:
            size, _, _, _ = struct.unpack(">IBBH", stream.read(8))
            said = stream.read(size - 8)
            if said.startswith(b"\x00\x53\x40"):
                assert mechanism in said, said
            elif said.startswith(b"\x00\x53\x44"):
                return b"\x50\x00" in said
            else:
                return False  # a challenge: the broker says what is wrong


def operator(broker, token):
    request = urllib.request.Request(f"http://127.0.0.1:{broker.http_port}/api/v1/queues",
                                     headers={"Authorization": f"Bearer {token}"})
    try:
        urllib.request.urlopen(request).close()
        return 200
    except urllib.error.HTTPError as refused:
        return refused.code


def logins(broker, key, other):
    good = key.token()
    for log_in in (stomp, mqtt_login, amqp_plain, amqp_bearer):
        assert log_in(broker, good), log_in.__name__
    assert operator(broker, good) == 200
    assert operator(broker, key.token(scope="users")) == 403, "no group of operators"
    assert operator(broker, other.token()) == 401
    assert not amqp_bearer(broker, other.token()), "anybody's key is taken"
    assert stomp(broker, good)
    assert not stomp(broker, key.token(seconds=-600)), "an expired token is taken"
    assert not stomp(broker, good[:-8] + "AAAAAAAA"), "any signature is taken"
    assert not stomp(broker, other.token(user="root")), "anybody's key is taken"
    time.sleep(0.3)  # what slows those who guess ends


def expire(broker, key):
    """Who came in by a token leaves when that has expired."""
    with Client(broker.port) as lasting, Client(broker.port) as client:
        lasting.connect(login="x", passcode=key.token())
        short = key.token(seconds=3)
        client.connect(login="x", passcode=short)
        client.expect_error("this login does not hold any more")
        client.expect_closed()
        assert not stomp(broker, short)
        lasting.sync("SEND", b"m", destination="/queue/others")


def keys_change(broker, server, key, other):
    for now, before in ((other, key), (key, other)):
        server.keys = [now]
        # Not by trying until it works: who fails too often has to wait.
        time.sleep(REFRESH_SECONDS + 0.2)
        assert stomp(broker, now.token()), "a new key is not taken"
        assert not stomp(broker, before.token()), "a key that was withdrawn is taken"
    assert stomp(broker, key.token())
    assert set(server.asked) == {"/keys"}, server.asked


def no_keys(broker, server, key):
    """Those from before hold, and nobody waits for long."""
    for behaviour, problem in (("broken", "HTTP status 500"), ("slow", "Timeout was reached"),
                               ("elsewhere", "HTTP status 302"), ("large", "too much of it")):
        server.behaviour = behaviour
        harness.settle(lambda: stomp(broker, key.token()) and problem in broker.log_text())
        assert problem in broker.log_text(), f"{behaviour}: the log does not say {problem}"
        assert stomp(broker, key.token()), behaviour
    assert set(server.asked) == {"/keys"}, "it went where it was sent"
    server.behaviour = "good"
    harness.settle(lambda: stomp(broker, key.token()) and "has keys again" in broker.log_text())
    assert "has keys again" in broker.log_text()


def untrusted(options, work, server, certificates, key):
    """A server whose certificate is another authority's: no keys, no logins, a clear line."""
    folder = work / "untrusted"
    folder.mkdir()
    broker = make_broker(options, folder, server.url, certificates.path("other-ca.pem"))
    try:
        broker.start()
        asked = len(server.asked)
        assert not stomp(broker, key.token())
        lines = broker.wait_for_log(f"cannot get {re.escape(server.url)}: .*certificate")
        assert lines, "the log does not say why"
        assert len(server.asked) == asked, "it was asked all the same"
        # A token says nothing about where keys are.
        assert not stomp(broker, key.token(jku=server.url, x5u=server.url))
        assert len(server.asked) == asked
        assert broker.stop() == 0
    finally:
        broker.close()


def scopes(options, work, server, authority, key):
    """A token's scopes say what it may be used for, whatever protocol it is shown by."""
    folder = work / "scopes"
    folder.mkdir()
    broker = make_broker(options, folder, server.url, authority, 'scopePrefix="rabbitmq."',
                         {"http.admin_groups": "administrator"})
    token = key.token(scope="users " + " ".join(
        f"rabbitmq.{scope}" for scope in (
            "read:%2F/orders*", "write:%2F/orders*", "configure:%2F/orders*",
            "write:%2F/amq.default", "write:%2F/amq.topic/news.*", "tag:administrator")))
    with harness.running(broker):
        assert operator(broker, token) == 200
        assert operator(broker, key.token(scope="rabbitmq.tag:users")) == 403
        scoped_stomp(broker, token)
        scoped_amqp(broker, token, key.token(scope="rabbitmq.configure:*/*"))
        assert broker.stop() == 0


def scoped_stomp(broker, token):
    with Client(broker.port) as client:
        client.connect(login="x", passcode=token)
        client.sync("SEND", b"m", destination="/queue/orders.eu")
        client.sync("SEND", b"m", destination="/queue/orders.eu,orders.us")
        client.send("SUBSCRIBE", id="1", destination="/queue/orders.eu")
        assert client.expect("MESSAGE").body == b"m"
    for command, more in (("SEND", {"destination": "/queue/secret"}),
                          ("SEND", {"destination": "/queue/orders.eu,secret"}),
                          ("SEND", {"destination": "/topic/news"}),
                          ("SUBSCRIBE", {"destination": "/queue/secret", "id": "1"}),
                          ("SUBSCRIBE", {"destination": "/queue/>", "id": "1"})):
        with Client(broker.port) as client:
            client.connect(login="x", passcode=token)
            client.send(command, **more)
            client.expect_error("not authorized")


def scoped_amqp(broker, token, makers):
    def connect(vhost="/", shown=token):
        return pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", broker.port, vhost, pika.PlainCredentials("whoever", shown)))

    def refused(use):
        link = connect()
        channel = link.channel()
        channel.confirm_delivery()
        try:
            use(channel)
        except pika.exceptions.ChannelClosedByBroker as closed:
            assert closed.reply_code == 403, closed
            return True
        finally:
            if link.is_open:
                link.close()
        return False

    link = connect(shown=makers)
    link.channel().queue_declare("secret")
    link.close()
    link = connect()
    channel = link.channel()
    channel.confirm_delivery()
    channel.queue_declare("orders.1")
    channel.basic_publish("", "orders.1", b"m")
    assert channel.basic_get("orders.1", auto_ack=True)[2] == b"m"
    channel.basic_publish("amq.topic", "news.eu", b"m")
    link.close()
    assert refused(lambda channel: channel.queue_declare("secret"))
    assert refused(lambda channel: channel.basic_get("secret"))
    assert refused(lambda channel: channel.basic_publish("amq.topic", "sport.eu", b"m"))
    assert refused(lambda channel: channel.basic_publish("amq.fanout", "", b"m"))
    try:
        connect("other").close()
        raise AssertionError("a virtual host that no scope names is entered")
    except pika.exceptions.ConnectionClosedByBroker as closed:
        assert closed.reply_code == 530, closed
    except pika.exceptions.AMQPConnectionError:
        pass


def make_broker(options, folder, url, authority, more="", more_settings=()):
    document = folder / "activemq.xml"
    document.write_text(DOCUMENT)
    (folder / "login.config").write_text(LOGIN_CONFIG.format(
        url=url, authority=authority, issuer=ISSUER, timeout=TIMEOUT_MS,
        refresh=REFRESH_SECONDS, more=more))
    settings = {"http.listen": "127.0.0.1:0", "logins.check_ms": 100, **dict(more_settings)}
    return TernBroker(folder, options.ternd, settings=settings, listener="auto",
                      document=document)


def run():
    options = harness.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="tern-tokens-") as folder:
        work = Path(folder)
        certificates = Certificates(work)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                        work / "other-ca.key", "-out", work / "other-ca.pem", "-subj",
                        "/CN=other authority"], check=True, capture_output=True)
        key, other = Key(work, "first"), Key(work, "second")
        server = KeyServer(certificates)
        server.keys = [key]
        broker = make_broker(options, work, server.url, certificates.path("ca.pem"))
        with contextlib.closing(server), harness.running(broker):
            logins(broker, key, other)
            expire(broker, key)
            keys_change(broker, server, key, other)
            no_keys(broker, server, key)
            untrusted(options, work, server, certificates, key)
            scopes(options, work, server, certificates.path("ca.pem"), key)
            assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
