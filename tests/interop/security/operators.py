"""What each operator may do over HTTP: every route of the broker's own description, and Jolokia."""

import base64
import http.client
import itertools
import json

WAIT_SECONDS = 20
ROLES = ("nobody", "view", "operate", "admin")
# Who they are, by the groups of the document.
OPERATORS = {"outsider": "nobody", "viewer": "view", "operator": "operate", "root": "admin"}
ARGUMENTS = {"{queue}": "http.none", "{topic}": "http.none", "{message}": "1", "{client}": "none",
             "{name}": "none", "{connection}": "0-999999"}
BEAN = "org.apache.activemq:type=Broker,brokerName=secured"
JOLOKIA = (("read", "view"), ("list", "view"), ("search", "view"), ("version", "view"),
           ("exec", "admin"), ("write", "admin"))


def needed(method, path):
    """The least role, as docs/security.md says."""
    if path.startswith("/health/") or path == "/api/v1/session":
        return None
    if method == "GET":
        return "view"
    operating = "/messages" in path or path.endswith(("/purge", "/pause", "/resume"))
    return "operate" if operating else "admin"


class Http:
    name = "HTTP"

    def __init__(self, port):
        self.port = port

    def status(self, user, method, path, body=None, password=None):
        """Of the answer; the body of a stream of events is not waited for."""
        headers = {"Content-Type": "application/json"}
        if user is not None:
            login = f"{user}:{password or user + '-secret'}"
            headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        try:
            link.request(method, path, body, headers)
            return link.getresponse().status
        finally:
            link.close()

    def routes(self):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        login = base64.b64encode(b"root:root-secret").decode()
        link.request("GET", "/api/v1/openapi.json", headers={"Authorization": f"Basic {login}"})
        paths = json.loads(link.getresponse().read())["paths"]
        link.close()
        return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def expected(user, role):
    """Whether that status is right."""
    if role is None:
        return lambda status: status not in (401, 403)
    if user is None:
        return lambda status: status == 401
    if ROLES.index(OPERATORS[user]) < ROLES.index(role):
        return lambda status: status == 403
    return lambda status: status not in (401, 403)


def play_operators(port, table):
    client = Http(port)
    routes = client.routes()
    assert len(routes) > 30, f"only {len(routes)} routes are described"
    for (method, path), user in itertools.product(routes, (None, *OPERATORS)):
        role = needed(method, path)
        where = path
        for name, value in ARGUMENTS.items():
            where = where.replace(name, value)
        # A body that nothing comes of: what is asked for here is who may ask.
        status = client.status(user, method, where, "{}" if method == "POST" else None)
        table.enter(client.name, f"routes for {role or 'everybody'}",
                    expected(user, role)(status), f"{method} {path} by {user}: {status}")
    for (kind, role), user in itertools.product(JOLOKIA, (None, *OPERATORS)):
        asked = json.dumps({"type": kind, "mbean": BEAN, "operation": "none", "attribute": "x"})
        # One that may be done does not hide one that may not.
        for body in (asked, f'[{{"type": "version"}}, {asked}]'):
            status = client.status(user, "POST", "/api/jolokia", body)
            table.enter(client.name, f"Jolokia for {role}", expected(user, role)(status),
                        f"{kind} by {user}: {status}")
    for user, password, well in (("root", "root-secret", True), ("root", "guessed-secret", False),
                                 ("nobody", "guessed-secret", False), (None, None, False)):
        status = client.status(user, "GET", "/api/v1/queues", password=password)
        table.enter(client.name, "login", (status == 200) == well, f"login of {user}: {status}")
