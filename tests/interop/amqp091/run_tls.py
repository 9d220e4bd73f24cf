#!/usr/bin/python3
"""AMQP 0-9-1 over TLS by pika: its own password and, as RabbitMQ's plugin for certificates has it,
EXTERNAL: the certificate says who somebody is."""

import ssl
import sys
import tempfile
from pathlib import Path

import pika
from pika.exceptions import AMQPError

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness
from harness.broker import TernBroker
from harness.certificates import Certificates

DOCUMENT = """<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
  <jaasDualAuthenticationPlugin configuration="passwords" sslConfiguration="certificates"/>
  <authorizationPlugin><map><authorizationMap><authorizationEntries>
    <authorizationEntry queue="hers" read="clerks" write="clerks" admin="clerks"/>
  </authorizationEntries></authorizationMap></map></authorizationPlugin>
</plugins></broker>"""
FILES = {
    "login.config": """certificates {
        org.apache.activemq.jaas.TextFileCertificateLoginModule required
            org.apache.activemq.jaas.textfiledn.user="names.properties"
            org.apache.activemq.jaas.textfiledn.group="groups.properties"; };
    passwords {
        org.apache.activemq.jaas.PropertiesLoginModule required
            org.apache.activemq.jaas.properties.user="users.properties"
            org.apache.activemq.jaas.properties.group="groups.properties"; };""",
    "names.properties": "ann=/.*CN=client.*/\n",
    "users.properties": "bob=bob-secret\n",
    "groups.properties": "clerks=ann,bob\n",
}
EXTERNAL = pika.credentials.ExternalCredentials()


def connect(broker, certificates, name, credentials):
    context = ssl.create_default_context(cafile=certificates.path("ca.pem"))
    if name is not None:
        context.load_cert_chain(certificates.path(f"{name}.pem"), certificates.path(f"{name}.key"))
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", broker.port, credentials=credentials, connection_attempts=1,
        ssl_options=pika.SSLOptions(context, "127.0.0.1")))


def round_trip(connection):
    channel = connection.channel()
    channel.queue_declare("hers", durable=True)
    channel.confirm_delivery()
    channel.basic_publish("", "hers", b"m" * 100_000)
    assert channel.basic_get("hers", auto_ack=True)[2] == b"m" * 100_000
    connection.close()


def refused(*how):
    try:
        connect(*how).close()
    except AMQPError:
        return
    raise AssertionError(f"{how[2:]} was let in")


def run():
    options = harness.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as work:
        certificates = Certificates(Path(work))
        certificates.sign("stranger")
        document = Path(work) / "activemq.xml"
        document.write_text(DOCUMENT)
        for name, text in FILES.items():
            (Path(work) / name).write_text(text)
        broker = TernBroker(Path(work), options.ternd, listener="amqp091+ssl", document=document,
                            settings={**certificates.pem_settings,
                                      "tls.authorities": certificates.path("ca.pem"),
                                      "tls.client_certificate": "wanted"})
        try:
            broker.start()
            round_trip(connect(broker, certificates, "client", EXTERNAL))
            round_trip(connect(broker, certificates, None,
                               pika.PlainCredentials("bob", "bob-secret")))
            refused(broker, certificates, "stranger", EXTERNAL)
            refused(broker, certificates, None, EXTERNAL)  # it is offered to nobody without one
            refused(broker, certificates, None, pika.PlainCredentials("bob", "other"))
            broker.check_alive()
            assert broker.stop() == 0, broker.log_text()
        finally:
            broker.close()
    print("ok")


if __name__ == "__main__":
    harness.main(run)
