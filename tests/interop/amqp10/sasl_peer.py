"""A client's side of SASL, by Python's own hashes: proton's Debian build knows no SCRAM."""

import base64
import os
import socket
import struct

from proton import symbol

import raw_peer as raw
from known_users import SCRAM_256
from proton_client import TIMEOUT_SECONDS

MECHANISMS, INIT, CHALLENGE, RESPONSE, OUTCOME = range(0x40, 0x45)
HEADER = b"AMQP\x03\x01\x00\x00"
OK, AUTH, SYS_PERM = 0, 1, 3


class SaslPeer(raw.RawPeer):
    def __init__(self, broker):  # the exchange comes before what a RawPeer begins with
        self.socket = socket.create_connection(("127.0.0.1", broker.amqp_port), TIMEOUT_SECONDS)
        self.seen = b""
        self.socket.sendall(HEADER)
        assert self.read(len(HEADER)) == HEADER
        offered = self.frame()[0]
        self.mechanisms = [str(one) for one in getattr(offered, "elements", [offered])]

    def say(self, code, *fields):
        body = raw.encoded(raw.composite(code, *fields))
        self.socket.sendall(struct.pack(">IBBH", len(body) + 8, 2, 1, 0) + body)

    def begin(self, mechanism, response):
        self.say(INIT, symbol(mechanism), response)
        return self.frame()

    def scram(self, user, password, by=SCRAM_256):
        """The outcome's code; a server that lets somebody in has shown that it knows the password,
        too."""
        nonce = base64.b64encode(os.urandom(12)).decode()
        bare = f"n={user},r={nonce}"
        challenge = self.begin(by.mechanism, f"n,,{bare}".encode())
        if challenge.code == OUTCOME:
            return int(challenge[0])
        first = bytes(challenge[0]).decode()
        fields = dict(part.split("=", 1) for part in first.split(","))
        assert fields["r"].startswith(nonce) and len(fields["r"]) > len(nonce)
        key = by.salted(password, base64.b64decode(fields["s"]), int(fields["i"]))
        last = f"c={base64.b64encode(b'n,,').decode()},r={fields['r']}"
        signed = f"{bare},{first},{last}".encode()
        client_key = by.hmac(key, b"Client Key")
        signature = by.hmac(by.digest(client_key), signed)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self.say(RESPONSE, f"{last},p={base64.b64encode(proof).decode()}".encode())
        outcome = self.frame()
        assert outcome.code == OUTCOME
        if int(outcome[0]) == OK:
            expected = base64.b64encode(by.hmac(by.hmac(key, b"Server Key"), signed)).decode()
            assert bytes(outcome[1]).decode() == f"v={expected}"
        return int(outcome[0])
