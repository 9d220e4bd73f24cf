"""RabbitMQ's management API, and a broker of ours that has it."""

import base64
import contextlib
import http.client
import json

import pika

from harness import options as harness
from harness.broker import TernBroker

GUEST = "guest:guest"


class Api:
    """A management API, whoever's it is."""

    def __init__(self, port):
        self.port = port

    def call(self, method, path, body=None, user=GUEST, kind="application/json"):
        headers = {} if body is None else {"Content-Type": kind}
        if user is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request(method, path if path.startswith("/") else f"/api/{path}", body, headers)
            answer = link.getresponse()
            text = answer.read().decode()
            return answer.status, text, answer.headers
        finally:
            link.close()

    def get(self, path, user=GUEST):
        status, text, _ = self.call("GET", path, None, user)
        assert status == 200, (path, status, text)
        return json.loads(text)

    def put(self, path, body, user=GUEST):
        status, text, _ = self.call("PUT", path, body, user)
        assert status in (201, 204), (path, status, text)

    def delete(self, path):
        status, text, _ = self.call("DELETE", path)
        assert status == 204, (path, status, text)


def connect(broker, user=GUEST, vhost="/", name=None, **how):
    properties = {"connection_name": name} if name else None
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", broker.port, vhost, pika.PlainCredentials(*user.split(":")),
        client_properties=properties, **how))


class Management(TernBroker):
    """A broker with that API; `api_port` is where, and `metrics_port` of what Prometheus wants."""

    api_port = None
    metrics_port = None

    def __init__(self, work, options, document=None, **settings):
        super().__init__(work, options.ternd, listener="amqp091", document=document,
                         settings={"management.listen": "127.0.0.1:0", **settings})

    @classmethod
    @contextlib.contextmanager
    def running(cls, work, options, document=None, **settings):
        """One that has started, and at the end is still there and stops in good order."""
        broker = cls(work, options, document, **settings)
        broker.work.mkdir(exist_ok=True)
        with harness.running(broker):
            yield broker
            broker.check_alive()
            assert broker.stop() == 0, "it did not stop in good order"

    def _parse_ready(self, line):
        self.api_port = int(line.split(" management=")[1].split()[0].rpartition(":")[2])
        if " prometheus=" in line:
            self.metrics_port = int(line.split(" prometheus=")[1].split()[0].rpartition(":")[2])
        return super()._parse_ready(line)

    @property
    def api(self):
        return Api(self.api_port)
