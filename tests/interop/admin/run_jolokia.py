#!/usr/bin/python3
"""Jolokia as monitors call it: the names that ActiveMQ Classic's views have, each of which is there
or in the guide's table of what is not, the calls of collectors with the keys and types of their
answers, and Jolokia's own client for JavaScript. `--classic` asks Debian's ActiveMQ the same,
behind the real Jolokia of Maven Central, and both by its client for Java."""

import json
import re
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from classic import Classic
from harness import options as harness
from harness import stomp
from harness.node import Node
from harness.options import settle

HERE = Path(__file__).resolve().parent
GUIDE = HERE.parents[2] / "docs" / "guides" / "jolokia.md"
COLLECTORS = json.loads((HERE / "collectors.json").read_text())
DOMAIN = "org.apache.activemq"
# Classes of which views here and there have no more than their kind in common.
SAME_VIEW = {"DurableSubscriptionView": "SubscriptionView",
             "InactiveDurableSubscriptionView": "SubscriptionView"}
TYPES = {"int": int, "float": float, "text": str, "bool": bool, "null": type(None)}


class Jolokia:
    def __init__(self, port, path):
        self.base = f"http://127.0.0.1:{port}"
        self.path = path  # what stands for /api/jolokia/

    def call(self, method, path, body=None):
        path = quote(re.sub("^/api/jolokia/?", self.path, path), safe="/:=,*?&()")
        asked = urllib.request.Request(
            self.base + path, method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)

    def post(self, body):
        return self.call("POST", "/api/jolokia/", body)

    def views(self):
        """{class: (attributes, operations, a name)}: what one of each kind says of itself."""
        found = {}
        listed = self.post({"type": "list", "path": DOMAIN})["value"]
        for name, about in sorted(listed.items()):
            view = about["class"].rpartition(".")[2]
            attributes, operations, names = found.setdefault(
                SAME_VIEW.get(view, view), (set(), set(), []))
            attributes |= set(about["attr"])
            for operation, forms in about["op"].items():
                for form in forms if isinstance(forms, list) else [forms]:
                    operations.add(f"{operation}({len(form['args'])})")
            names.append(f"{DOMAIN}:{name}")
        return found


def reference():
    """{class: its names}, without the marks of Classic 6."""
    views = {}
    for line in (HERE / "classic_mbeans.txt").read_text().splitlines():
        if line.startswith("["):
            names = views.setdefault(line.strip("[]"), set())
        elif line and not line.startswith("#"):
            names.update(word.lstrip("+") for word in line.split())
    return views


def not_here():
    """The guide's table: {class: names}."""
    table = GUIDE.read_text().partition("## Not here")[2]
    found = {}
    for row in re.findall(r"^\| (.*?) \| (.*?) \| .*? \|$", table, re.MULTILINE)[1:]:
        for view in row[0].split(", "):
            name = "Log4JConfigView" if view == "Log4JConfiguration" else f"{view}View"
            found.setdefault(name, set()).update(re.findall(r"`(\w+)`", row[1]))
    return found


def plain(name):
    return name.partition("(")[0]


def check_names(jolokia):
    views, missing = jolokia.views(), not_here()
    for view, names in reference().items():
        attributes, operations, _ = views[view]
        absent = {name for name in names if name not in attributes | operations}
        unexplained = {name for name in absent if plain(name) not in missing.get(view, ())}
        assert not unexplained, f"{view} lacks {sorted(unexplained)}"
        # The table tells nothing that is not so.
        wrong = missing.get(view, set()) & {plain(name) for name in attributes | operations}
        assert not wrong, f"{view} has {sorted(wrong)}, which the guide denies"


def check(schema, value, where):
    if isinstance(schema, str):
        wanted = TYPES[schema]
        # JSON of Java writes 0.0, and Python's reader keeps that apart from 0.
        assert type(value) is wanted or (wanted is float and type(value) is int), (where, value)
    elif isinstance(schema, dict):
        assert isinstance(value, dict), (where, value)
        assert "*" not in schema or value, f"{where} is empty"
        for key, inner in schema.items():
            for one in value if key == "*" else [key]:
                assert one in value, f"{where} has no {one}: {sorted(value)}"
                check(inner, value[one], f"{where}/{one}")
    elif schema[0] == "*":
        assert isinstance(value, list) and value, (where, value)
        for one in value:
            check(schema[1], one, where)
    else:
        assert len(schema) == len(value), (where, value)
        for number, (inner, one) in enumerate(zip(schema, value)):
            check(inner, one, f"{where}[{number}]")


def check_collectors(jolokia):
    for collector in COLLECTORS:
        answer = jolokia.call(collector["method"], collector["path"], collector.get("body"))
        for one in answer if isinstance(answer, list) else [answer]:
            assert one["status"] == 200, (collector["collector"], one)
        check(collector["answer"], answer, collector["collector"])


def kind(value):
    return "number" if isinstance(value, (int, float)) and not isinstance(
        value, bool) else type(value).__name__


def compare(ours, theirs):
    """What both views have, is of one type, unless one of them has nothing to say."""
    here, there = ours.views(), theirs.views()
    compared = 0
    for view in reference():
        if view not in here or view not in there:
            continue
        one, other = (side.post({"type": "read", "mbean": views[view][2][0]})["value"]
                      for side, views in ((ours, here), (theirs, there)))
        for name in one.keys() & other.keys():
            if one[name] is None or other[name] is None:
                continue
            assert kind(one[name]) == kind(other[name]), (view, name, one[name], other[name])
            compared += 1
    assert compared > 80, f"only {compared} attributes were compared"
    print(f"{compared} attributes are of the same types")


class Scene:
    """A queue with messages and a consumer, a topic with a subscriber that comes back."""

    def __init__(self, port):
        self.client = stomp.Client(port)
        self.client.connect(client_id="watcher")
        for number in range(3):
            self.client.send("SEND", b"text", destination="/queue/WATCHED", persistent="true",
                             receipt=number)
            self.client.expect("RECEIPT")
        self.client.send("SUBSCRIBE", id=1, destination="/queue/WATCHED", ack="client")
        self.client.send("SUBSCRIBE", id=2, destination="/topic/news",
                         activemq__subscriptionName="daily")
        self.client.expect("MESSAGE")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.socket.close()


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--classic", action="store_true")
    options = parser.parse_args()
    document = HERE.parents[1] / "browser" / "activemq.xml"
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                            with_java=False, document=document) as (broker, _):
        ours = Jolokia(broker.http_port, "/api/jolokia/")
        with Scene(broker.port):
            settle(lambda: "SubscriptionView" in ours.views())
            check_names(ours)
            check_collectors(ours)
            Node(HERE).run("jolokia_client.js", broker.http_port)
            if options.classic:
                classic = Classic("jolokia")
                with classic as (_, port, jolokia_port), Scene(port):
                    # The agent that is no servlet wants the slash at the end.
                    theirs = Jolokia(jolokia_port, "/jolokia/")
                    settle(lambda: "SubscriptionView" in theirs.views())
                    check_collectors(theirs)
                    compare(ours, theirs)
                    for one in (theirs, ours):
                        classic.run("JolokiaClient", one.base + one.path)


if __name__ == "__main__":
    harness.main(run)
