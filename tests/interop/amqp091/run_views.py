#!/usr/bin/python3
"""What RabbitMQ's management API shows of consumers that wait for others, of logins, of messages
that died and of certificates that end, and virtual hosts that nobody can delete."""

import json
import ssl
import sys
import tempfile
from pathlib import Path

import pika
from pika.exceptions import AMQPError
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import options as harness
from harness.certificates import Certificates
from management_api import Api, Management, connect

# What is well on a node that nothing is wrong with.
HEALTHY = [
    "is-in-service", "ready-to-serve-clients", "below-node-connection-limit",
    "node-is-mirror-sync-critical", "reached-target-cluster-size", "metadata-store/initialized",
    "metadata-store/initialized/with-data", "protocol-listener/amqp,management",
    "quorum-queues-without-elected-leaders/all-vhosts",
    "quorum-queues-without-elected-leaders/all-vhosts/pattern/.*",
    "quorum-queues-without-elected-leaders/vhost/%2F",
    "quorum-queues-without-elected-leaders/vhost/%2F/pattern/.*",
]


def until(look, wanted):
    harness.settle(lambda: look() == wanted)
    assert look() == wanted, (look(), wanted)


def check_consumers(broker):
    """Who is active on a queue, and who is behind it."""
    api = broker.api
    channel = connect(broker).channel()
    channel.queue_declare("single", arguments={"x-single-active-consumer": True})
    channel.queue_declare("alone")
    channel.queue_declare("shared")

    def tags(queue):
        (listed,) = [one for one in api.get("queues") if one["name"] == queue]
        shown = api.get(f"queues/%2F/{queue}")
        names = ("single_active_consumer_tag", "exclusive_consumer_tag")
        assert [listed[name] for name in names] == [shown[name] for name in names]
        return [shown[name] for name in names]

    def states():
        return {one["consumer_tag"]: (one["active"], one["activity_status"])
                for one in api.get("consumers")}

    assert tags("single") == tags("alone") == [None, None]
    for tag in ("first", "second"):
        channel.basic_consume("single", lambda *_: None, consumer_tag=tag)
        channel.basic_consume("shared", lambda *_: None, consumer_tag=f"{tag}.shared")
    channel.basic_consume("alone", lambda *_: None, consumer_tag="only", exclusive=True)
    until(lambda: [tags(queue) for queue in ("single", "alone", "shared")],
          [["first", None], [None, "only"], [None, None]])
    until(states, {"first": (True, "single_active"), "second": (False, "waiting"),
                   "first.shared": (True, "up"), "second.shared": (True, "up"),
                   "only": (True, "up")})
    details = api.get("queues/%2F/single")["consumer_details"]
    assert {one["consumer_tag"]: one["active"] for one in details} == {"first": True,
                                                                       "second": False}
    channel.basic_cancel("first")
    until(lambda: tags("single"), ["second", None])
    channel.basic_cancel("second")
    until(lambda: tags("single"), [None, None])
    for queue in ("single", "alone", "shared"):
        api.delete(f"queues/%2F/{queue}")


def check_logins(broker):
    api = broker.api
    path = f"auth/attempts/{api.get('overview')['node']}"
    assert api.get(f"{path}/source") == []
    api.delete(path)

    def counted():
        (row,) = api.get(path)
        assert row["protocol"] == "amqp091", row
        return [row[f"auth_attempts{name}"] for name in ("", "_succeeded", "_failed")]

    assert counted() == [0, 0, 0]
    connect(broker).close()
    try:
        connect(broker, "guest:wrong")
        raise AssertionError("a wrong password was taken")
    except AMQPError:
        pass
    until(counted, [2, 1, 1])
    api.delete(path)
    assert counted() == [0, 0, 0]


def check_deaths(broker):
    """Each message that dies is counted, by the queue it was on and what that says of letters."""
    channel = connect(broker).channel()
    letters = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    channel.queue_declare("dead")
    channel.queue_declare("plain", arguments={"x-max-length": 1})
    channel.queue_declare("writes", arguments={"x-max-length": 1, "x-message-ttl": 10, **letters})
    channel.queue_declare("counts", durable=True, arguments={
        "x-queue-type": "quorum", "x-delivery-limit": 1, **letters})
    channel.queue_declare("sure", durable=True, arguments={
        "x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish", **letters})

    def deaths():
        status, page, _ = Api(broker.metrics_port).call("GET", "/metrics", None, None)
        assert status == 200, page
        prefix = "rabbitmq_global_messages_dead_lettered_"
        return {(one.name.removeprefix(prefix).removesuffix("_total"),
                 one.labels["queue_type"].split("_")[1], one.labels["dead_letter_strategy"]):
                    int(one.value)
                for family in text_string_to_metric_families(page) for one in family.samples
                if one.name.startswith(prefix) and one.value > 0}

    before = deaths()
    assert before == {}, before
    for _ in range(3):
        channel.basic_publish("", "plain", b"x")
    for _ in range(2):
        channel.basic_publish("", "writes", b"x")
    for queue in ("counts", "sure"):
        channel.basic_publish("", queue, b"x", pika.BasicProperties(delivery_mode=2))
    method = next(channel.consume("sure"))[0]
    channel.basic_reject(method.delivery_tag, requeue=False)
    channel.cancel()
    for number, (method, _, _) in enumerate(channel.consume("counts"), 1):
        channel.basic_nack(method.delivery_tag, requeue=True)
        if number == 2:
            break
    until(deaths, {("maxlen", "classic", "disabled"): 2,
                   ("maxlen", "classic", "at_most_once"): 1,
                   ("expired", "classic", "at_most_once"): 1,
                   ("rejected", "quorum", "at_least_once"): 1,
                   ("confirmed", "quorum", "at_least_once"): 1,
                   ("delivery_limit", "quorum", "at_most_once"): 1})
    status, page, _ = Api(broker.metrics_port).call("GET", "/metrics/memory-breakdown", None, None)
    memory = {one.name: one.value for family in text_string_to_metric_families(page)
              for one in family.samples}
    assert status == 200 and memory["rabbitmq_memory_other_system_bytes"] > 0, page
    assert "rabbitmq_memory_binary_heap_bytes" in memory, page
    channel.cancel()
    for queue in ("dead", "plain", "writes", "counts", "sure"):
        broker.api.delete(f"queues/%2F/{queue}")


def check_node(broker):
    api = broker.api
    node = api.get("overview")["node"]
    shares = api.get(f"nodes/{node}/memory/relative")["memory"]
    assert shares["total"] == 100 and 0 < shares["other_system"] <= 100, shares
    assert api.get(f"healthchecks/node/{node}")["status"] == "ok"
    for check in HEALTHY:
        assert api.get(f"health/checks/{check}")["status"] == "ok", check
    leaders = "health/checks/quorum-queues-without-elected-leaders/vhost/none"
    assert api.call("GET", leaders)[0] == 404
    status, text, _ = api.call("GET", "health/checks/protocol-listener/amqp,mqtt")
    assert status == 503 and json.loads(text)["missing"] == "mqtt", (status, text)
    api.delete(f"reset/{node}")
    assert api.get("all-configuration").keys() == api.get("definitions").keys()


def check_protection(broker):
    api = broker.api
    api.put("vhosts/safe", {})
    assert api.call("POST", "vhosts/safe/deletion/protection")[0] == 204
    assert api.get("vhosts/safe")["protected_from_deletion"] is True
    assert api.get("vhosts/%2F")["protected_from_deletion"] is False
    status, text, _ = api.call("DELETE", "vhosts/safe")
    assert status == 412 and "protected from deletion" in text, (status, text)
    broker.kill()
    broker.start()
    api = broker.api
    assert api.call("DELETE", "vhosts/safe")[0] == 412
    api.delete("vhosts/safe/deletion/protection")
    api.delete("vhosts/safe")
    assert api.call("POST", "vhosts/safe/deletion/protection")[0] == 404


def check_certificates(broker, certificate):
    """Certificates that end soon are named, with the ports that show them."""
    api = broker.api
    assert api.get("health/checks/certificate-expiration/0/days") == {"status": "ok"}
    status, text, _ = api.call("GET", "health/checks/certificate-expiration/1000/YEARS")
    assert status == 503 and "Certificates expiring" in text, (status, text)
    assert f'"certfile":"{certificate}"' in text.replace("\\/", "/"), text
    assert f'"port":{broker.port}' in text, text


def check_ports(broker, **how):
    """By which port a connection came."""
    with connect(broker, name="shown", **how):
        (shown,) = [one for one in broker.api.get("connections")
                    if one.get("user_provided_name") == "shown"]
    where = (shown["host"], shown["port"], shown["ssl"])
    assert where == ("127.0.0.1", broker.port, "ssl_options" in how), shown
    assert shown["name"].endswith(f" -> 127.0.0.1:{broker.port}"), shown


def main():
    options = harness.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificates = Certificates(Path(folder))
        settings = {**certificates.pem_settings, "prometheus.listen": "127.0.0.1:0"}
        with Management.running(Path(folder) / "ternd", options, **settings) as broker:
            for check in (check_consumers, check_logins, check_deaths, check_node,
                          check_protection, check_ports):
                check(broker)
            assert broker.stop() == 0
            broker.listener = "amqp091+ssl"
            broker.start()
            check_certificates(broker, certificates.pem_settings["tls.certificate"])
            context = ssl.create_default_context(cafile=certificates.path("ca.pem"))
            check_ports(broker, ssl_options=pika.SSLOptions(context, "127.0.0.1"))
            broker.api.get("health/checks/protocol-listener/amqps")
    print("ok")


if __name__ == "__main__":
    harness.main(main)
