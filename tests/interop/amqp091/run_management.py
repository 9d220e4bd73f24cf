#!/usr/bin/python3
"""RabbitMQ's management API: the same requests with the same answers as RabbitMQ's, which lie in
management_expected.json, and what they change holds at once, and after a crash. With --reference
RabbitMQ itself has to give these answers, and its rabbitmqadmin does the same with both."""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pika
from pika.exceptions import AMQPError, UnroutableError
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import management_steps
from confirms import accepted
from harness import options as harness
from harness.rabbitmq import HOME, RabbitMq
from management_api import GUEST, Api, Management, connect

EXPECTED = Path(__file__).with_name("management_expected.json")
STATISTICS_SECONDS = 15  # RabbitMQ counts every five
WAIT_SECONDS = 120
ALL = management_steps.ALL


def ask(api, step):
    """What is compared of the answer to a step."""
    method, path, *rest = step
    body = rest[0] if rest else None
    user = rest[1] if len(rest) > 1 else GUEST
    status, text, headers = api.call("GET" if method == "STATS" else method, path, body, user)
    try:
        value = json.loads(text) if text else None
    except ValueError:
        value = text
    answer = {"request": f"{method} {path}", "status": status,
              "body": management_steps.shown(path, value)}
    if status == 201 and headers["Location"]:
        answer["location"] = headers["Location"].split("~")[0]
    return answer


def play(api, expected):
    """The answers to all steps. RabbitMQ counts now and then: what statistics say may be `expected`
    (None: nobody knows yet) only after a while."""
    answers = []
    for number, step in enumerate(management_steps.STEPS):
        if step[0] == "STATS" and expected is None:
            time.sleep(STATISTICS_SECONDS)
        answer = ask(api, step)
        if step[0] == "STATS" and expected is not None:
            deadline = time.monotonic() + WAIT_SECONDS
            while answer != expected[number] and time.monotonic() < deadline:
                time.sleep(0.2)
                answer = ask(api, step)
        answers.append(answer)
    return answers


def compare(answers, expected):
    wrong = [f"{was['request']}\n  is  {json.dumps(is_, sort_keys=True)}\n  was "
             f"{json.dumps(was, sort_keys=True)}"
             for is_, was in zip(answers, expected, strict=True) if is_ != was]
    assert not wrong, f"{len(wrong)} answers differ:\n" + "\n".join(wrong)


def refused(broker, **how):
    try:
        connect(broker, **how).close()
    except AMQPError as error:
        return str(error) or type(error).__name__
    raise AssertionError(f"{how} was let in")


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
    with Management.running(work, options) as broker:
        status, text, _ = broker.api.call("POST", "definitions", definitions)
        assert status == 204, text
        made = broker.api.get("definitions", "kept:kept-secret")
        for name in ("users", "vhosts", "permissions", "policies", "queues", "exchanges",
                     "bindings"):
            assert sorted(made[name], key=str) == sorted(definitions[name], key=str), name


def check_form(api):
    """Definitions come as a browser's form sends them, too."""
    boundary = "----form"
    file = json.dumps({"vhosts": [{"name": "form"}], "queues": [
        {"name": "f", "vhost": "form", "durable": True, "auto_delete": False, "arguments": {}}]})
    form = "\r\n".join((
        f"--{boundary}", 'Content-Disposition: form-data; name="file"; filename="all.json"',
        "Content-Type: application/json", "", file, f"--{boundary}--", ""))
    status, text, _ = api.call("POST", "definitions", form,
                               kind=f"multipart/form-data; boundary={boundary}")
    assert status in (200, 204), (status, text)
    assert [one["name"] for one in api.get("definitions")["queues"]
            if one["vhost"] == "form"] == ["f"]
    wrong = form.replace('name="file"', 'name="other"')
    assert api.call("POST", "definitions", wrong,
                    kind=f"multipart/form-data; boundary={boundary}")[0] >= 400
    api.delete("vhosts/form")


def samples_of(port, path, user=None):
    """What a page of metrics says: the number for each name and its labels."""
    status, page, _ = Api(port).call("GET", path, None, user)
    assert status == 200, (path, status, page)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value
            for family in text_string_to_metric_families(page) for one in family.samples}


def check_metrics(broker):
    """Each number is what was done; a page of its own needs no login, and has nothing else."""
    port, api = broker.metrics_port, broker.api
    protocol = ("protocol", "amqp091")
    classic = (protocol, ("queue_type", "rabbit_classic_queue"))
    publishers = ("rabbitmq_global_publishers", (protocol,))
    counted = {("rabbitmq_channels_opened_total", ()): 1, ("rabbitmq_queues_declared_total", ()): 2,
               ("rabbitmq_queues_created_total", ()): 1,
               ("rabbitmq_auth_attempts_total", (protocol,)): 1,
               ("rabbitmq_global_messages_received_total", (protocol,)): 5,
               ("rabbitmq_global_messages_received_confirm_total", (protocol,)): 3,
               ("rabbitmq_global_messages_confirmed_total", (protocol,)): 3,
               ("rabbitmq_global_messages_routed_total", (protocol,)): 3,
               ("rabbitmq_global_messages_unroutable_dropped_total", (protocol,)): 1,
               ("rabbitmq_global_messages_unroutable_returned_total", (protocol,)): 1,
               publishers: 1,
               ("rabbitmq_global_messages_get_empty_total", classic): 1,
               ("rabbitmq_global_messages_delivered_get_auto_ack_total", classic): 1,
               ("rabbitmq_global_messages_delivered_get_manual_ack_total", classic): 2,
               ("rabbitmq_global_messages_delivered_total", classic): 3,
               ("rabbitmq_global_messages_redelivered_total", classic): 1,
               ("rabbitmq_global_messages_acknowledged_total", classic): 1,
               ("rabbitmq_queue_messages_ready", ()): 1, ("rabbitmq_channels", ()): 1}
    harness.settle(lambda: samples_of(port, "/metrics")[publishers] == 0)
    before = samples_of(port, "/metrics")
    link = connect(broker)
    channel = link.channel()
    for _ in range(2):
        channel.queue_declare("measured", durable=True)
    for key in ("measured", "nowhere"):
        channel.basic_publish("", key, b"x")
    assert channel.basic_get("measured", auto_ack=True)[0] is not None
    assert channel.basic_get("measured")[0] is None
    channel.confirm_delivery()
    for _ in range(2):
        channel.basic_publish("", "measured", b"x")
    try:
        channel.basic_publish("", "nowhere", b"x", mandatory=True)
        raise AssertionError("nothing came back")
    except UnroutableError:
        pass
    channel.basic_reject(channel.basic_get("measured")[0].delivery_tag, requeue=True)
    channel.basic_ack(channel.basic_get("measured")[0].delivery_tag)
    channel.queue_declare("measured", passive=True)  # answered behind it

    def seen():
        now = samples_of(port, "/metrics")
        return {name: now.get(name, 0) - before.get(name, 0) for name in counted}

    harness.settle(lambda: seen() == counted)
    assert seen() == counted, {name: one for name, one in seen().items() if one != counted[name]}
    queue = (("queue", "measured"), ("vhost", "/"))
    each = samples_of(port, "/metrics/per-object")
    assert each[("rabbitmq_queue_messages_ready", queue)] == 1, each
    assert any(name == "rabbitmq_channel_messages_unacked" for name, _ in each), each
    detailed = samples_of(port, "/metrics/detailed?family=queue_coarse_metrics&vhost=%2F"
                                "&family=queue_consumer_count")
    assert detailed[("rabbitmq_detailed_queue_messages", queue)] == 1, detailed
    assert detailed[("rabbitmq_detailed_queue_consumers", queue)] == 0, detailed
    names = {name for name, _ in detailed}
    assert "rabbitmq_detailed_queue_messages_ram" not in names, names
    other = samples_of(port, "/metrics/detailed?family=queue_coarse_metrics&vhost=none")
    assert {name for name, _ in other} == {"rabbitmq_identity_info", "rabbitmq_build_info"}, other
    assert other == samples_of(port, "/metrics/detailed"), "nothing in detail that nobody wants"
    link.close()
    for path in ("/api/overview", "/api/definitions", "/", "/metricsx"):
        assert Api(port).call("GET", path)[0] == 404, path
    for path in ("/metrics", "/metrics/per-object"):
        assert len(samples_of(broker.api_port, path, GUEST)) > 50, path
    assert api.call("GET", "/metrics", None, None)[0] == 401
    api.delete("queues/%2F/measured")


def check_replicas(broker):
    """Each quorum queue has one replica; letters that nobody takes are counted."""
    api = broker.api
    node = api.get("overview")["node"]
    channel = connect(broker).channel()
    channel.queue_declare("kept.quorum", durable=True, arguments={
        "x-queue-type": "quorum", "x-dead-letter-exchange": "nowhere",
        "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"})
    channel.queue_declare("kept.classic", durable=True)
    status = api.get("queues/quorum/%2F/kept.quorum/status")
    assert status == [{"Node Name": node, "Raft State": "leader", "Membership": "voter"}], status
    for path, on, code, why in (
            ("kept.quorum", node, 400, "already_a_member"), ("none", node, 404, "Not Found"),
            ("kept.quorum", "rabbit@other", 400, "node_not_running"),
            ("kept.classic", node, 400, "classic_queue_not_supported")):
        told = api.call("POST", f"queues/quorum/%2F/{path}/replicas/add", {"node": on})
        assert told[0] == code and why in told[1], told
    told = api.call("DELETE", "queues/quorum/%2F/kept.quorum/replicas/delete", {"node": node})
    assert told[0] == 400 and "last_node" in told[1], told
    on_node = f"queues/quorum/replicas/on/{node}"
    assert api.call("POST", f"{on_node}/grow", {"strategy": "all"})[0] == 204
    assert api.call("DELETE", f"{on_node}/shrink")[0] == 204
    assert api.call("POST", "rebalance/queues")[0] == 204
    assert api.get(f"nodes/{node}/memory")["memory"]["total"]["rss"] > 0
    assert api.call("POST", f"vhosts/%2F/start/{node}")[0] == 204
    hashed = base64.b64decode(api.get("auth/hash_password/secret")["ok"])
    assert hashed[4:] == hashlib.sha256(hashed[:4] + b"secret").digest()
    channel.basic_publish("", "kept.quorum", b"12345", pika.BasicProperties(delivery_mode=2))
    method = next(channel.consume("kept.quorum"))[0]
    channel.basic_reject(method.delivery_tag, requeue=False)

    def held():
        view = api.get("queues/%2F/kept.quorum")
        return [view[name] for name in ("messages_dlx", "message_bytes_dlx", "messages",
                                        "messages_ready", "messages_unacknowledged", "members")]

    harness.settle(lambda: held()[0] == 1)
    assert held() == [1, 5, 1, 0, 0, [node]], held()
    channel.cancel()
    for name in ("kept.quorum", "kept.classic"):
        api.delete(f"queues/%2F/{name}")


RESTRICTED = """listeners.tcp.default = 127.0.0.1:0
management.restrictions.operator_policy_changes.disabled = true
management.restrictions.quorum_queue_replica_operations.disabled = true
default_policies.operator.short.queue_pattern = ^short
default_policies.operator.short.max_length = 2
default_policies.operator.shop.vhost_pattern = ^shop
default_policies.operator.shop.expires = 1h
"""


def check_restrictions(folder, options):
    """What rabbitmq.conf says that nobody may change, nobody can; and operators' policies that
    virtual hosts have from their beginning."""
    document = folder / "rabbitmq.conf"
    document.write_text(RESTRICTED)
    with Management.running(folder / "restricted", options, document) as broker:
        api = broker.api
        policies = [(one["vhost"], one["name"], one["pattern"], one["definition"])
                    for one in api.get("operator-policies")]
        assert policies == [("/", "short", "^short", {"max-length": 2})], policies
        api.put("vhosts/shop", {})
        names = sorted((one["vhost"], one["name"]) for one in api.get("operator-policies"))
        assert names == [("/", "short"), ("shop", "shop"), ("shop", "short")], names
        channel = connect(broker).channel()
        channel.queue_declare("short")
        for text in (b"1", b"2", b"3"):
            channel.basic_publish("", "short", text)
        assert channel.queue_declare("short", passive=True).method.message_count == 2
        for method, path in (("PUT", "operator-policies/%2F/short"),
                             ("DELETE", "operator-policies/%2F/short"),
                             ("PUT", "parameters/operator_policy/%2F/short"),
                             ("DELETE", "parameters/operator_policy/%2F/short")):
            told = api.call(method, path, {"pattern": ".*", "definition": {"max-length": 9},
                                           "value": {}})
            assert told[0] == 405 and "disallow" in told[1], (path, told)
        for method, path in (("POST", "queues/quorum/%2F/q/replicas/add"),
                             ("DELETE", "queues/quorum/%2F/q/replicas/delete"),
                             ("POST", "queues/quorum/replicas/on/n/grow"),
                             ("DELETE", "queues/quorum/replicas/on/n/shrink")):
            told = api.call(method, path, {"node": "n", "strategy": "all"})
            assert told[0] == 405 and "disallow" in told[1], (path, told)
        assert api.get("overview")["is_op_policy_updating_enabled"] is False
        assert broker.stop() == 0
        # Those that a virtual host got stay, and hold without the API, too.
        broker.start()
        assert sorted((one["vhost"], one["name"])
                      for one in broker.api.get("operator-policies")) == names


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
    tern("set_vhost_limits", "-p", "v", '{"max-queues":3,"max-connections":9}')
    assert '"max-queues":3' in tern("list_vhost_limits")
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
    for verb in ("ping", "check_running", "check_alarms", "check_local_alarms",
                 "check_virtual_hosts", "check_if_node_is_quorum_critical",
                 "check_for_quorum_queues_without_an_elected_leader"):
        tern(verb)
    tern("check_certificate_expiration", "1", "weeks")
    assert "not recognised" in tern("check_certificate_expiration", "1", "aeons", code=1)
    tern("check_port_listener", str(api_port))
    tern("check_protocol_listener", "amqp")
    assert "No active listener" in tern("check_protocol_listener", "none", code=1)
    api.put("queues/v/r", {"durable": True, "arguments": {"x-queue-type": "quorum"}})
    (status,) = tern("quorum_status", "-p", "v", "r").splitlines()[1:]
    node = api.get("overview")["node"]
    assert status.split() == [node, "leader", "voter"], status
    assert "already_a_member" in tern("add_member", "-p", "v", "r", node, code=1)
    assert "last_node" in tern("delete_member", "-p", "v", "r", node, code=1)
    tern("rebalance")
    tern("grow", node, "all")
    tern("shrink", node)
    file = work / "exported.json"
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
    file = str(work / f"rabbitmqadmin-{port}.json")
    told = []
    for line in ADMIN:
        words = [word.replace("FILE", file) for word in line.split()]
        done = subprocess.run(
            ["/usr/bin/python3", str(script), "--port", str(port), "-H", "127.0.0.1", *words],
            capture_output=True, text=True, timeout=120, check=False)
        told.append((line, done.returncode, (done.stdout + done.stderr).replace(file, "FILE")))
    return told


def check_reference(broker, work, record):
    with RabbitMq(work / "rabbitmq") as peer:
        admin = play_admin(peer.http_port, work)
        check_form(Api(peer.http_port))
        expected = None if record else json.loads(EXPECTED.read_text())
        answers = play(Api(peer.http_port), expected)
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
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with Management.running(work / "first", options,
                                **{"prometheus.listen": "127.0.0.1:0"}) as broker:
            if options.reference:
                check_reference(broker, work, options.record)
            expected = json.loads(EXPECTED.read_text())
            compare(play(broker.api, expected), expected)
            check_form(broker.api)
            check_metrics(broker)
            check_replicas(broker)
            check_command(options, broker.api_port, work)
            check_changes(broker)
            definitions = check_restart(broker)
        check_import(work / "second", options, definitions)
        check_restrictions(work, options)
    print("ok")


if __name__ == "__main__":
    harness.main(main)
