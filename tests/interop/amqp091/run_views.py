#!/usr/bin/python3
"""What RabbitMQ's management API shows of logins, memory and certificates that end, and virtual
hosts that nobody can delete."""

import signal
import sys
import tempfile
from pathlib import Path

from pika.exceptions import AMQPError
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import options as harness
from harness.certificates import Certificates
from management_api import Api, Management, connect


def until(look, wanted):
    harness.settle(lambda: look() == wanted)
    assert look() == wanted, (look(), wanted)


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


def check_memory(broker):
    status, page, _ = Api(broker.metrics_port).call("GET", "/metrics/memory-breakdown", None, None)
    memory = {one.name: one.value for family in text_string_to_metric_families(page)
              for one in family.samples}
    assert status == 200 and memory["rabbitmq_memory_other_system_bytes"] > 0, page
    assert "rabbitmq_memory_binary_heap_bytes" in memory, page


def check_node(broker):
    api = broker.api
    node = api.get("overview")["node"]
    shares = api.get(f"nodes/{node}/memory/relative")["memory"]
    assert shares["total"] == 100 and 0 < shares["other_system"] <= 100, shares
    assert api.get(f"healthchecks/node/{node}")["status"] == "ok"
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


def main():
    options = harness.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificates = Certificates(Path(folder))
        broker = Management(Path(folder) / "ternd", options, **certificates.pem_settings,
                            **{"prometheus.listen": "127.0.0.1:0"})
        broker.work.mkdir()
        try:
            broker.start()
            for check in (check_logins, check_memory, check_node, check_protection):
                check(broker)
            broker.check_alive()
            assert broker.stop() == 0, broker.log_text()
            broker.listener = "amqp091+ssl"
            broker.start()
            check_certificates(broker, certificates.pem_settings["tls.certificate"])
            assert broker.stop() == 0, broker.log_text()
        except BaseException:
            print(broker.log_text())
            raise
        finally:
            broker.close()
    print("ok")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
