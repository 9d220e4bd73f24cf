#!/usr/bin/python3
"""RabbitMQ's management API: the same requests with the same answers as RabbitMQ's, which lie in
management_expected.json, and what they change holds at once, and after a crash. With --reference
RabbitMQ itself has to give these answers, and its rabbitmqadmin does the same with both."""

import base64
import http.client
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pika
from pika.exceptions import AMQPError, NackError
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import management_steps
from harness import options as harness
from harness.broker import TernBroker
from harness.rabbitmq import HOME, RabbitMq

EXPECTED = Path(__file__).with_name("management_expected.json")
STATISTICS_SECONDS = 6  # RabbitMQ counts every five
GUEST = "guest:guest"
ALL = management_steps.ALL


class Api:
    """A management API, whoever's it is."""

    def __init__(self, port):
        self.port = port

    def call(self, method, path, body=None, user=GUEST):
        headers = {} if body is None else {"Content-Type": "application/json"}
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


def play(api, await_statistics):
    """What is compared of each answer, in the order of the steps."""
    answers = []
    for method, path, *rest in management_steps.STEPS:
        body = rest[0] if rest else None
        user = rest[1] if len(rest) > 1 else GUEST
        if method == "STATS":
            await_statistics()
        status, text, headers = api.call("GET" if method == "STATS" else method, path, body, user)
        try:
            value = json.loads(text) if text else None
        except ValueError:
            value = text
        answer = {"request": f"{method} {path}", "status": status,
                  "body": management_steps.shown(path, value)}
        if status == 201 and headers["Location"]:
            answer["location"] = headers["Location"].split("~")[0]
        answers.append(answer)
    return answers


def compare(answers, expected):
    wrong = [f"{was['request']}\n  is  {json.dumps(is_, sort_keys=True)}\n  was "
             f"{json.dumps(was, sort_keys=True)}"
             for is_, was in zip(answers, expected, strict=True) if is_ != was]
    assert not wrong, f"{len(wrong)} answers differ:\n" + "\n".join(wrong)


def connect(broker, user=GUEST, vhost="/", name=None):
    properties = {"connection_name": name} if name else None
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", broker.port, vhost, pika.PlainCredentials(*user.split(":")),
        client_properties=properties))


def refused(broker, **how):
    try:
        connect(broker, **how).close()
    except AMQPError as error:
        return str(error) or type(error).__name__
    raise AssertionError(f"{how} was let in")


def accepted(channel, queue, count):
    taken = 0
    for _ in range(count):
        try:
            channel.basic_publish("", queue, b"x")
            taken += 1
        except NackError:
            pass
    return taken


class Management(TernBroker):
    """A broker with that API; `api_port` is where."""

    api_port = None

    def __init__(self, work, options, **settings):
        super().__init__(work, options.ternd, listener="amqp091",
                         settings={"management.listen": "127.0.0.1:0", **settings})

    def _parse_ready(self, line):
        self.api_port = int(line.split(" management=")[1].split()[0].rpartition(":")[2])
        return super()._parse_ready(line)

    @property
    def api(self):
        return Api(self.api_port)


def check_changes(broker):
    """Users, virtual hosts, permissions, policies and limits hold as soon as they are made."""
    api = broker.api
    api.put("vhosts/shop", {"default_queue_type": "quorum"})
    api.put("users/ann", {"password": "ann-secret", "tags": ""})
    assert "vhost" in refused(broker, user="ann:ann-secret", vhost="shop")
    api.put("permissions/shop/ann", {"configure": "^ann", "write": "^ann|amq.default",
                                     "read": "^ann"})
    link = connect(broker, "ann:ann-secret", "shop", name="ann's")
    channel = link.channel()
    channel.queue_declare("ann", durable=True)
    assert api.get("queues/shop/ann")["type"] == "quorum", "the virtual host says the type"
    channel.confirm_delivery()
    assert accepted(channel, "ann", 4) == 4
    capped = {"pattern": "^ann$", "definition": {"max-length": 5, "overflow": "reject-publish"}}
    api.put("policies/shop/capped", capped)
    assert api.get("queues/shop/ann")["policy"] == "capped"
    assert accepted(channel, "ann", 4) == 1, "the policy holds for a queue that was there"
    api.delete("policies/shop/capped")
    assert accepted(channel, "ann", 2) == 2
    # Limits.
    api.put("vhost-limits/shop/max-connections", {"value": 1})
    assert "connection limit (1) is reached" in refused(broker, user="ann:ann-secret", vhost="shop")
    api.delete("vhost-limits/shop/max-connections")
    api.put("user-limits/ann/max-connections", {"value": 1})
    why = refused(broker, user="ann:ann-secret", vhost="shop")
    assert "user connection limit (1) is reached" in why, why
    api.put("user-limits/ann/max-connections", {"value": -1})
    api.put("user-limits/ann/max-channels", {"value": 1})
    other = connect(broker, user="ann:ann-secret", vhost="shop")
    try:
        other.channel()
        raise AssertionError("a channel too many was opened")
    except AMQPError as error:
        assert "maximum allowed user limit" in str(error), error
    # What is seen of her.
    harness.settle(lambda: len(connections_of(api, "ann")) == 1)  # refused ones go
    (hers,) = connections_of(api, "ann")
    assert hers["vhost"] == "shop" and hers["channels"] == 1, hers
    assert hers["user_provided_name"] == "ann's", hers
    assert [one["confirm"] for one in api.get("channels") if one["user"] == "ann"] == [True]
    channel.basic_qos(prefetch_count=7)
    channel.basic_consume("ann", lambda *_: None, consumer_tag="tag")
    (consumer,) = api.get("consumers/shop")
    assert consumer["consumer_tag"] == "tag" and consumer["prefetch_count"] == 7, consumer
    assert consumer["queue"] == {"name": "ann", "vhost": "shop"}, consumer
    assert api.get("queues/shop/ann")["consumers"] == 1
    # She is put out by name, and with the user.
    path = "connections/" + hers["name"].replace(" ", "%20").replace(">", "%3E")
    api.delete(path)
    harness.settle(lambda: not is_open(link))
    assert not is_open(link), "an operator could not close the connection"
    link = connect(broker, "ann:ann-secret", "shop")
    api.delete("users/ann")
    harness.settle(lambda: not is_open(link))
    assert not is_open(link), "a user who is gone is still there"
    refused(broker, user="ann:ann-secret", vhost="shop")


def connections_of(api, user):
    seen = api.get("connections?columns=user,vhost,channels,user_provided_name,name")
    return [one for one in seen if one["user"] == user]


def is_open(link):
    try:
        if link.is_open:
            link.process_data_events()
    except AMQPError:
        pass
    return link.is_open


def check_restart(broker):
    """Changes outlive the broker, and a virtual host that was deleted comes back empty."""
    api = broker.api
    api.put("users/kept", {"password": "kept-secret", "tags": "administrator"})
    api.put("vhosts/kept", {})
    api.put("permissions/kept/kept", ALL)
    api.put("policies/kept/p", {"pattern": ".*", "definition": {"max-length": 2}})
    api.put("users/guest", {"password": "other-secret", "tags": "administrator"})
    channel = connect(broker, "kept:kept-secret", "kept").channel()
    channel.queue_declare("q", durable=True)
    channel.exchange_declare("x", "fanout", durable=True)
    channel.queue_bind("q", "x")
    before = api.get("definitions", "kept:kept-secret")
    before["exchanges"] = [one for one in before["exchanges"] if one["durable"]]
    broker.kill()
    broker.start()
    api = broker.api
    after = api.get("definitions", "kept:kept-secret")
    assert after == before, (before, after)
    assert api.call("GET", "whoami")[0] == 401, "guest's password was changed"
    assert api.get("queues/kept/q", "kept:kept-secret")["policy"] == "p"
    for name in ("kept",):
        status, text, _ = api.call("DELETE", f"vhosts/{name}", None, "kept:kept-secret")
        assert status == 204, text
    api.put("vhosts/kept", {}, "kept:kept-secret")
    assert api.get("queues/kept", "kept:kept-secret") == []
    names = {one["name"] for one in api.get("exchanges/kept", "kept:kept-secret")}
    assert "x" not in names and "amq.direct" in names, names
    assert api.get("bindings/kept", "kept:kept-secret") == []
    assert api.get("policies/kept", "kept:kept-secret") == []
    # An export makes the same of another broker.
    return before


def check_import(work, options, definitions):
    broker = Management(work, options)
    try:
        broker.start()
        status, text, _ = broker.api.call("POST", "definitions", definitions)
        assert status == 204, text
        made = broker.api.get("definitions", "kept:kept-secret")
        for name in ("users", "vhosts", "permissions", "policies", "queues", "exchanges",
                     "bindings"):
            assert sorted(made[name], key=str) == sorted(definitions[name], key=str), name
        assert broker.stop() == 0, broker.log_text()
    finally:
        broker.close()


def check_metrics(api):
    api.put("queues/%2F/measured", {"durable": True})
    api.call("POST", "exchanges/%2F/amq.default/publish",
             {**management_steps.TEXT, "routing_key": "measured"})
    status, page, _ = api.call("GET", "/metrics")
    assert status == 200 and "\nrabbitmq_queue_messages_ready 1\n" in page, page
    status, page, _ = api.call("GET", "/metrics/per-object")
    assert 'rabbitmq_queue_messages_ready{vhost="/",queue="measured"} 1\n' in page, page
    _, page, _ = api.call("GET", "/metrics/detailed?family=queue_coarse_metrics&vhost=/")
    assert 'rabbitmq_detailed_queue_messages{vhost="/",queue="measured"} 1\n' in page, page
    _, page, _ = api.call("GET", "/metrics/detailed?family=queue_coarse_metrics&vhost=none")
    assert "rabbitmq_detailed_queue_messages" in page and "measured" not in page, page
    for path in ("/metrics", "/metrics/per-object", "/metrics/detailed"):
        families = list(text_string_to_metric_families(api.call("GET", path)[1]))
        assert len(families) > 5, path
    assert api.call("GET", "/metrics", None, None)[0] == 401
    api.delete("queues/%2F/measured")


def check_command(options, api_port, work):
    """`tern rabbitmq`, verb by verb."""
    def tern(*words, code=0, user=GUEST):
        done = subprocess.run(
            [options.tern, "rabbitmq", words[0], "--management",
             f"http://{user}@127.0.0.1:{api_port}", *words[1:]],
            capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr

    assert "listener http" in tern("status")
    tern("add_vhost", "v")
    tern("add_user", "cid", "one-secret")
    tern("change_password", "cid", "two-secret")
    tern("authenticate_user", "cid", "two-secret")
    assert "failed to authenticate" in tern("authenticate_user", "cid", "one-secret", code=1)
    tern("set_user_tags", "cid", "monitoring", "management")
    tern("authenticate_user", "cid", "two-secret")
    assert '["monitoring","management"]' in tern("list_users")
    tern("set_permissions", "-p", "v", "cid", "^c", ".*", ".*")
    assert tern("list_permissions", "-p", "v").splitlines()[1].split() == ["cid", "^c", ".*", ".*"]
    assert "^c" in tern("list_user_permissions", "cid")
    tern("set_topic_permissions", "-p", "v", "cid", "amq.topic", "^a", "^b")
    assert "amq.topic" in tern("list_topic_permissions", "-p", "v")
    tern("clear_topic_permissions", "-p", "v", "cid")
    tern("set_policy", "-p", "v", "--priority", "3", "--apply-to", "queues", "pol", "^q",
         '{"max-length":9}')
    assert '{"max-length":9}' in tern("list_policies", "-p", "v")
    tern("set_operator_policy", "-p", "v", "op", "^q", '{"max-length":8}')
    assert "op" in tern("list_operator_policies", "-p", "v")
    tern("set_vhost_limits", "-p", "v", '{"max-queues":2,"max-connections":9}')
    assert '"max-queues":2' in tern("list_vhost_limits")
    tern("set_user_limits", "cid", '{"max-channels":2}')
    assert '"max-channels":2' in tern("list_user_limits")
    tern("clear_user_limits", "cid", "max-channels")
    tern("clear_vhost_limits", "-p", "v")
    api = Api(api_port)
    api.put("queues/v/q", {"durable": True})
    api.call("POST", "bindings/v/e/amq.topic/q/q", {"routing_key": "k.#"})
    api.call("POST", "exchanges/v/amq.default/publish",
             {**management_steps.TEXT, "routing_key": "q"})
    assert tern("list_queues", "-p", "v").splitlines()[1].split() == ["q", "1"]
    assert tern("list_queues", "-p", "v", "name", "policy").splitlines()[1].split() == ["q", "pol"]
    assert "k.#" in tern("list_bindings", "-p", "v")
    assert "amq.headers" in tern("list_exchanges", "-p", "v")
    assert "not empty" in tern("delete_queue", "-p", "v", "-e", "q", code=1)
    tern("purge_queue", "-p", "v", "q")
    assert json.loads(tern("list_queues", "-p", "v", "--json"))[0]["messages"] == 0
    file = Path(work) / "exported.json"
    tern("export_definitions", str(file))
    tern("delete_queue", "-p", "v", "-e", "q")
    tern("clear_operator_policy", "-p", "v", "op")
    tern("clear_policy", "-p", "v", "pol")
    tern("import_definitions", str(file))
    assert "k.#" in tern("list_bindings", "-p", "v") and "pol" in tern("list_policies", "-p", "v")
    for verb in ("list_connections", "list_channels", "list_consumers", "list_vhosts"):
        tern(verb)
    tern("close_all_connections", "-p", "v")
    tern("close_all_user_connections", "cid")
    assert "Not Found" in tern("close_connection", "none", code=1)
    tern("clear_permissions", "-p", "v", "cid")
    tern("delete_user", "cid")
    tern("delete_vhost", "v")
    assert "Login failed" in tern("list_queues", code=1, user="guest:wrong")


# What rabbitmqadmin is told to do; its output is the same with both brokers.
ADMIN = [
    "declare vhost name=adm", "list vhosts name", "declare user name=u password=p tags=monitoring",
    "list users name tags", "declare permission vhost=adm user=u configure=.* write=.* read=.*",
    "list permissions", "--vhost=adm declare exchange name=e type=topic",
    "--vhost=adm declare queue name=q durable=true arguments={\"x-max-length\":5}",
    "--vhost=adm declare queue name=bad arguments={\"x-max-length\":-5}",
    "--vhost=adm declare binding source=e destination=q routing_key=a.*",
    "--vhost=adm list exchanges name type", "--vhost=adm list bindings",
    "--vhost=adm publish exchange=e routing_key=a.b payload=hello properties={\"priority\":1}",
    "--vhost=adm publish exchange=e routing_key=none payload=hello",
    "--vhost=adm get queue=q", "--vhost=adm get queue=q ackmode=ack_requeue_false",
    "--vhost=adm get queue=q",
    "--vhost=adm declare policy name=p pattern=^q definition={\"max-length\":3} priority=2 "
    "apply-to=queues",
    "list policies", "--vhost=adm declare operator_policy name=o pattern=^q "
    "definition={\"message-ttl\":60000} apply-to=queues", "list operator_policies",
    "declare vhost_limit vhost=adm name=max-queues value=4", "list vhost_limits",
    "--vhost=adm publish routing_key=q payload=x", "--vhost=adm purge queue name=q",
    "--vhost=adm export FILE", "--vhost=adm delete binding source=e destination_type=queue "
    "destination=q properties_key=a.*", "--vhost=adm delete queue name=q",
    "--vhost=adm delete exchange name=e", "--vhost=adm delete queue name=q",
    "--vhost=adm import FILE", "--vhost=adm list queues name durable arguments.x-max-length",
    "--vhost=adm list bindings source destination routing_key", "list connections",
    "list channels", "list consumers", "list nodes type running", "close connection name=none",
    "delete vhost_limit vhost=adm name=max-queues", "--vhost=adm delete operator_policy name=o",
    "--vhost=adm delete policy name=p", "delete permission vhost=adm user=u",
    "delete user name=u", "delete vhost name=adm", "list vhosts name", "list users name",
]


def play_admin(port, work):
    (script,) = sorted(Path(HOME).glob("lib/*/plugins/rabbitmq_management-*/priv/www/cli/"
                                       "rabbitmqadmin"))
    file = str(Path(work) / f"rabbitmqadmin-{port}.json")
    told = []
    for line in ADMIN:
        words = [word.replace("FILE", file) for word in line.split()]
        done = subprocess.run(
            ["/usr/bin/python3", str(script), "--port", str(port), "-H", "127.0.0.1", *words],
            capture_output=True, text=True, timeout=120, check=False)
        told.append((line, done.returncode, (done.stdout + done.stderr).replace(file, "FILE")))
    return told


def check_reference(broker, work, record):
    peer = RabbitMq(Path(work) / "rabbitmq")
    try:
        peer.start()
        admin = play_admin(peer.http_port, work)
        answers = play(Api(peer.http_port), lambda: time.sleep(STATISTICS_SECONDS))
    finally:
        peer.close()
    if record:
        EXPECTED.write_text("[\n" + ",\n".join(json.dumps(one, sort_keys=True)
                                               for one in answers) + "\n]\n")
    compare(answers, json.loads(EXPECTED.read_text()))
    for mine, theirs in zip(play_admin(broker.api_port, work), admin, strict=True):
        assert mine == theirs, f"rabbitmqadmin says\n{mine}\nand with RabbitMQ\n{theirs}"


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command under test")
    parser.add_argument("--reference", action="store_true",
                        help="ask RabbitMQ, too, which has to be installed")
    parser.add_argument("--record", action="store_true",
                        help="with --reference: write down what RabbitMQ answers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        broker = Management(Path(work) / "first", options)
        broker.work.mkdir()
        try:
            broker.start()
            if options.reference:
                check_reference(broker, work, options.record)
            compare(play(broker.api, lambda: None), json.loads(EXPECTED.read_text()))
            check_metrics(broker.api)
            check_command(options, broker.api_port, work)
            check_changes(broker)
            definitions = check_restart(broker)
            broker.check_alive()
            assert broker.stop() == 0, broker.log_text()
            second = Path(work) / "second"
            second.mkdir()
            check_import(second, options, definitions)
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
