#!/usr/bin/python3
"""The REST servlet by curl: what is sent and received, by clients that come back and by others, and
what is refused. `--servlet` plays what both have against ActiveMQ's own, from Maven Central."""

import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from api import Api
from classic import Classic
from harness import options as harness
from harness import stomp
from harness.options import settle


class Curl:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}/api/message"

    def __call__(self, path, *words):
        """(status, headers by their small names, body)"""
        done = subprocess.run(
            ["curl", "--silent", "--include", "--max-time", "60", *words, self.base + path],
            check=True, stdout=subprocess.PIPE)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in
                   (line.partition(": ") for line in lines)}
        return int(first.split()[1]), headers, body.decode()

    def send(self, path, *words):
        status, headers, body = self(path, *words)
        assert (status, body) == (200, "Message sent"), (status, body)
        assert headers["messageid"].startswith("ID:"), headers
        return headers["messageid"]


def common(curl):
    """What ActiveMQ's servlet does, too."""
    sent = curl.send("/A/B?type=queue", "-d", "body=soup+%26+tea&JMSPriority=7&table=4")
    status, headers, body = curl("/A/B?type=queue&clientId=cook&readTimeout=5000")
    assert (status, body) == (200, "soup & tea"), (status, body)
    assert (headers["destination"], headers["id"], headers["table"]) == (
        "queue://A.B", sent, "4"), headers
    assert headers["content-type"].startswith("text/plain"), headers
    curl.send("/A.B?type=queue", "-d", "body=<soup/>")
    status, headers, body = curl("?destination=queue://A.B&clientId=cook&readTimeout=5000",
                                 "-X", "DELETE")
    assert (status, body) == (200, "<soup/>"), (status, body)
    assert headers["content-type"].startswith("application/xml"), headers
    curl.send("/RAW?type=queue", "-H", "Content-Type: text/plain", "-d", "raw")
    status, _, _ = curl("/RAW?clientId=cook&action=unsubscribe", "-X", "POST")
    assert status == 200, status


def queues(curl, port):
    assert curl("/RAW?type=queue&readTimeout=5000")[2] == "raw"
    assert curl("/RAW?type=queue&readTimeout=50")[0] == 204
    # Who waits hears at once, and from any protocol; nobody waits for what was taken.
    answers = []
    waits = threading.Thread(target=lambda: answers.append(curl("/SOON?type=queue")))
    waits.start()
    with stomp.Client(port) as client:
        client.connect()
        client.send("SEND", b"here", destination="/queue/SOON", kind="x", receipt="1")
        client.expect("RECEIPT")
        waits.join()
        [(status, headers, body)] = answers
        assert (status, body, headers["kind"]) == (200, "here", "x"), answers
        for kind in "ab":
            client.send("SEND", kind.encode(), destination="/queue/PICKED", kind=kind,
                        receipt=kind)
            client.expect("RECEIPT")
    assert curl("/PICKED?type=queue&readTimeout=5000", "-H", "selector: kind = 'b'")[2] == "b"
    assert curl("/PICKED?type=queue&readTimeout=5000")[2] == "a"
    assert curl("/PICKED?type=queue", "-H", "selector: kind =")[0] == 400


def topics(curl):
    assert curl("/news?clientId=reader&readTimeout=0")[0] == 204
    curl.send("/news", "-d", "body=one")
    curl.send("/news?type=topic", "-d", "body=two")
    news = [curl("/news?clientId=reader&readTimeout=5000")[2] for _ in range(2)]
    assert news == ["one", "two"], news
    assert curl("/news?clientId=reader&action=unsubscribe", "-X", "POST")[0] == 200
    assert curl("/news?clientId=reader&action=unsubscribe", "-X", "POST")[0] == 404


def refusals(curl, api):
    large = Path("/dev/stdin")
    done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary",
                           f"@{large}", f"{curl.base}/A?type=queue"], input=b"x" * 100_001,
                          stdout=subprocess.PIPE, check=True)
    assert done.stdout == b"413", done.stdout
    assert curl("/A?type=queue", "-H", "Sec-Fetch-Site: cross-site")[0] == 403
    assert curl("/A?type=queue", "-H", "Origin: http://evil.example", "-d", "body=x")[0] == 403
    assert curl("", "-d", "body=x")[0] == 400
    assert curl("/A?type=heap", "-d", "body=x")[0] == 400
    assert curl("/A?type=queue&JMSPriority=many", "-d", "body=x")[0] == 400
    # A property cannot pass for one of the answer's own headers.
    api.post("queues/FORGED/messages", {"body": "x", "properties": {
        "Content_Length": 5, "Connection": "upgrade", "note": "a\r\nSet-Cookie: b"}})
    _, headers, body = curl("/FORGED?type=queue")
    assert body == "x" and headers["note"] == "a  Set-Cookie: b", headers
    assert headers["connection"] != "upgrade" and "set-cookie" not in headers, headers


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--servlet", action="store_true")
    options = parser.parse_args()
    if options.servlet:
        with Classic("servlet") as (port,):
            common(Curl(port))
    settings = {"http.listen": "127.0.0.1:0"}
    with harness.broker_for(options, settings=settings, listener="auto",
                            with_java=False) as (broker, _):
        status, _, body = Curl(broker.http_port)("/A?type=queue", "-d", "body=x")
        assert status == 404 and "http.rest" in body, "it is on though nobody asked for it"
    with harness.broker_for(options, settings={**settings, "http.rest": "true"}, listener="auto",
                            with_java=False) as (broker, _):
        curl = Curl(broker.http_port)
        common(curl)
        queues(curl, broker.port)
        topics(curl)
        refusals(curl, Api(broker.http_port))
        # Somebody who waits does not keep the broker from stopping.
        with subprocess.Popen(["curl", "-s", f"{curl.base}/NEVER?type=queue"]) as waits:
            settle(lambda: [row["consumers"] for row in
                            Api(broker.http_port).get("queues?search=NEVER")["items"]] == [1])
            assert broker.stop() == 0
            waits.wait()


if __name__ == "__main__":
    harness.main(run)
