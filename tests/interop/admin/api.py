"""A client of the broker's API for operators, with nothing but what Python brings."""

import base64
import http.client
import json
from urllib.parse import quote

SECONDS = 60


class Refused(Exception):
    def __init__(self, status, view):
        super().__init__(f"{status} {view}")
        self.status = status
        self.code = view["error"]["code"]


class Api:
    def __init__(self, port, login=None):
        """`login` is a user and a password."""
        self.port = port
        self.login = {}
        if login is not None:
            encoded = base64.b64encode(":".join(login).encode()).decode()
            self.login["Authorization"] = f"Basic {encoded}"

    def request(self, method, path, body=None, headers=None):
        """(status, headers, bytes) of one request."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        sent = {"Content-Type": "application/json"} if body is not None else {}
        data = json.dumps(body) if body is not None else None
        link.request(method, path, data, {**self.login, **sent, **(headers or {})})
        answer = link.getresponse()
        content = answer.read()
        link.close()
        return answer.status, answer.headers, content

    def call(self, method, path, body=None):
        status, _, content = self.request(method, path, body)
        view = json.loads(content)
        if status >= 300:
            raise Refused(status, view)
        return view

    def get(self, path):
        return self.call("GET", f"/api/v1/{path}")

    def post(self, path, body=None):
        return self.call("POST", f"/api/v1/{path}", body)

    def delete(self, path):
        return self.call("DELETE", f"/api/v1/{path}")

    def queue(self, name, path=""):
        return self.get(f"queues/{quote(name, safe='')}{path}")

    def page(self, path):
        return self.request("GET", path)[2].decode()

    def events(self, path, count):
        """The first events of a stream."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        link.request("GET", path)
        answer = link.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"
        found = []
        while len(found) < count:
            line = answer.readline().decode()
            assert line, "the stream ended"
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
        link.close()
        return found


def refused(code, call, *arguments):
    try:
        call(*arguments)
    except Refused as refusal:
        assert refusal.code == code, refusal
        return
    raise AssertionError(f"was not refused: {arguments}")
