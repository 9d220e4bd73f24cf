"""How clients show who they are, each on a broker that knows users."""

import shutil
import tempfile
from pathlib import Path

from proton import ConnectionException, Message, SSLDomain
from proton.utils import BlockingConnection

import amqp_broker
from harness.certificates import Certificates
from known_users import ANN, BOB, SCRAM_256, SCRAM_512, document
from proton_client import TIMEOUT_SECONDS, connect, texts, unique
from sasl_peer import AUTH, OK, SYS_PERM, SaslPeer
from story import Story

BY_CERTIFICATE = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <jaasCertificateAuthenticationPlugin configuration="certificates"/>
  <authorizationPlugin><map><authorizationMap><authorizationEntries>
    <authorizationEntry queue="hers" read="clerks" write="clerks" admin="clerks"/>
  </authorizationEntries></authorizationMap></map></authorizationPlugin>
</plugins></broker>"""
CERTIFICATES = {
    "login.config": """certificates {
        org.apache.activemq.jaas.TextFileCertificateLoginModule required
            org.apache.activemq.jaas.textfiledn.user="users.properties"
            org.apache.activemq.jaas.textfiledn.group="groups.properties"; };""",
    "users.properties": "ann=/.*CN=client.*/\n",
    "groups.properties": "clerks=ann\n",
}


class Logins(Story):
    def start(self, text=None, settings=None, files=None):
        started = amqp_broker.running(Story.broker.binary, settings, text, files)
        broker = started.__enter__()
        self.addCleanup(started.__exit__, None, None, None)
        return broker

    def peer(self, broker):
        peer = SaslPeer(broker)
        self.addCleanup(peer.close)
        return peer

    def scram(self, broker, user, password, by=SCRAM_256):
        return self.peer(broker).scram(user, password, by)

    def test_a_broker_without_users_offers_no_scram(self):
        peer = self.peer(self.start())
        self.assertEqual(peer.mechanisms, ["PLAIN", "ANONYMOUS"])
        self.assertEqual(peer.scram("ann", ANN), SYS_PERM)

    def test_scram_with_a_password_in_the_document_and_with_its_hash(self):
        for by, other in ((SCRAM_256, SCRAM_512), (SCRAM_512, SCRAM_256)):
            broker = self.start(document(by.text(BOB)))
            self.assertEqual(self.peer(broker).mechanisms, [by.mechanism, "PLAIN", "ANONYMOUS"])
            for user, password in (("ann", ANN), ("bob", BOB)):
                self.assertEqual(self.scram(broker, user, password, by), OK, user)
                connect(broker, user=user, password=password, allowed_mechs="PLAIN",
                        allow_insecure_mechs=True).close()
            self.assertEqual(self.scram(broker, "ann", BOB, by), AUTH)
            self.assertEqual(self.scram(broker, "bob", ANN, by), AUTH)
            self.assertEqual(self.scram(broker, "nobody", ANN, by), AUTH)
            self.assertEqual(self.scram(broker, "ann", ANN, other), SYS_PERM)

    def test_scram_with_either_hash_where_passwords_stand_as_they_are(self):
        broker = self.start(document())
        self.assertEqual(self.peer(broker).mechanisms,
                         ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "ANONYMOUS"])
        for by in (SCRAM_256, SCRAM_512):
            self.assertEqual(self.scram(broker, "bob", BOB, by), OK)
            self.assertEqual(self.scram(broker, "bob", ANN, by), AUTH)

    def test_scram_is_not_offered_where_a_hash_of_another_kind_is_stored(self):
        broker = self.start(document("$6$abcdefgh$" + "x" * 86))
        self.assertEqual(self.peer(broker).mechanisms, ["PLAIN", "ANONYMOUS"])

    def test_a_certificate_says_who_somebody_is(self):
        folder = Path(tempfile.mkdtemp(prefix="tern-amqp-tls-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        certificates = Certificates(folder)
        certificates.sign("stranger")
        broker = self.start(BY_CERTIFICATE, {
            **certificates.pem_settings, "tls.authorities": certificates.path("ca.pem"),
            "tls.client_certificate": "wanted"}, CERTIFICATES)
        connection = self.connect_with(broker, certificates, "client")
        connection.create_sender("hers").send(Message(body="m"))
        self.assertEqual(texts(connection.create_receiver("hers", credit=1), 1), ["m"])
        with self.assertRaises(ConnectionException):
            self.connect_with(broker, certificates, "stranger")
        with self.assertRaises(ConnectionException):  # it is offered to nobody without one
            self.connect_with(broker, certificates, None)

    def connect_with(self, broker, certificates, name):
        domain = SSLDomain(SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db(certificates.path("ca.pem"))
        domain.set_peer_authentication(SSLDomain.VERIFY_PEER)
        if name:
            domain.set_credentials(certificates.path(f"{name}.pem"),
                                   certificates.path(f"{name}.key"), None)
        connection = BlockingConnection(
            f"amqps://127.0.0.1:{broker.amqps_port}", timeout=TIMEOUT_SECONDS, ssl_domain=domain,
            allowed_mechs="EXTERNAL")
        self.addCleanup(connection.close)
        return connection

    def test_who_somebody_is_counts(self):
        broker = self.start(document())
        with self.assertRaises(ConnectionException):
            connect(broker)
        connection = connect(broker, user="ann", password=ANN, allowed_mechs="PLAIN",
                             allow_insecure_mechs=True)
        self.addCleanup(connection.close)
        queue = unique("queue")
        connection.create_sender(queue).send(Message(body="m"))
        self.assertEqual(texts(connection.create_receiver(queue, credit=1), 1), ["m"])
