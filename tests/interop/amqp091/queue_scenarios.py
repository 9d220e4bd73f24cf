"""What queues do that were declared with arguments, by pika: as scenarios.py, for any broker."""

import pika
from pika.exceptions import NackError

from scenarios import bodies, refusal, take


def until(connection, condition):
    """Waits for what the broker sends; the test's time limit is the only one."""
    while not condition():
        connection.process_data_events(0.2)


def confirming(connect):
    channel = connect().channel()
    channel.confirm_delivery()
    return channel


def await_message(channel, queue):
    """The next message, once it is there."""
    while (got := take(channel, queue)) is None:
        channel.connection.process_data_events(0.02)
    return got


def deaths(properties):
    """The x-death header without its times, which have to be some."""
    found = []
    for entry in properties.headers["x-death"]:
        entry = dict(entry)
        assert entry.pop("time").year > 2020
        found.append(sorted(entry.items()))
    return found


def first_death(properties):
    return {key: value for key, value in sorted(properties.headers.items())
            if key.startswith("x-first-death")}


def dead_letter_pair(channel, name, **arguments):
    """A queue, and the one that its dead letters go to by a fanout exchange."""
    channel.exchange_declare(f"{name}.dlx", "fanout", durable=True)
    channel.queue_declare(f"{name}.dead", durable=True)
    channel.queue_bind(f"{name}.dead", f"{name}.dlx")
    channel.queue_declare(name, durable=True, arguments={
        "x-dead-letter-exchange": f"{name}.dlx", **arguments})


def publish(channel, queue, *texts, **properties):
    for text in texts:
        channel.basic_publish("", queue, text.encode(), pika.BasicProperties(**properties))


# ---- how long messages and queues live

def message_ttl(connect):
    channel = connect().channel()
    channel.queue_declare("ttl", arguments={"x-message-ttl": 60})
    dead_letter_pair(channel, "ttl.dlq", **{"x-message-ttl": 50})
    publish(channel, "ttl", "short")
    publish(channel, "ttl.dlq", "shorter", expiration="40000")
    channel.queue_declare("ttl.long", arguments={"x-message-ttl": 60000})
    publish(channel, "ttl.long", "own", expiration="30")
    method, properties, body = await_message(channel, "ttl.dlq.dead")
    while channel.queue_declare("ttl", passive=True).method.message_count > 0:
        pass
    while channel.queue_declare("ttl.long", passive=True).method.message_count > 0:
        pass
    publish(channel, "ttl.long", "stays")
    return (body, deaths(properties), properties.expiration, first_death(properties),
            method.exchange, method.routing_key, bodies(channel, "ttl"),
            bodies(channel, "ttl.long"))


def no_time_at_all(connect):
    connection = connect()
    channel = connection.channel()
    channel.queue_declare("at.once", arguments={"x-message-ttl": 0})
    publish(channel, "at.once", "nobody is there")
    missed = bodies(channel, "at.once")
    got = []
    channel.basic_consume("at.once", lambda *m: got.append(m[3]), auto_ack=True)
    publish(channel, "at.once", "somebody is")
    until(connection, lambda: got)
    publish(channel, "at.once", "by itself", expiration="0")
    until(connection, lambda: len(got) == 2)
    return missed, got


def queue_expires(connect):
    channel = connect().channel()
    channel.queue_declare("leased", arguments={"x-expires": 300})
    tag = channel.basic_consume("leased", lambda *_: None)
    channel.connection.process_data_events(0.7)
    kept = channel.queue_declare("leased", passive=True).method.consumer_count
    channel.basic_cancel(tag)
    other = connect()
    while True:
        seen = refusal_or_none(other, lambda c: c.queue_bind("leased", "amq.direct", "k"))
        if seen:
            return kept, seen
        other.process_data_events(0.1)


def refusal_or_none(connection, action):
    channel = connection.channel()
    try:
        action(channel)
    except pika.exceptions.ChannelClosedByBroker as closed:
        return closed.reply_code, closed.reply_text
    channel.close()
    return None


# ---- how many may wait

def max_length_drops_the_head(connect):
    channel = confirming(connect)
    channel.queue_declare("short", arguments={"x-max-length": 3})
    publish(channel, "short", *"abcde")
    dead_letter_pair(channel, "short.dlq", **{"x-max-length": 1})
    publish(channel, "short.dlq", *"abc")
    dead = [await_message(channel, "short.dlq.dead") for _ in range(2)]
    count = channel.queue_declare("short", passive=True).method.message_count
    return (count, bodies(channel, "short"), bodies(channel, "short.dlq"),
            [(one[2], deaths(one[1])) for one in dead])


def max_length_bytes(connect):
    channel = confirming(connect)
    channel.queue_declare("small", arguments={"x-max-length-bytes": 10})
    publish(channel, "small", "aaaa", "bbbb", "cccc")
    publish(channel, "small", "much too large for it")
    empty = bodies(channel, "small")
    publish(channel, "small", "aaaa", "bbbb", "cc")
    return empty, bodies(channel, "small")


def attempt(channel, queue, text, **properties):
    try:
        channel.basic_publish("", queue, text.encode(), pika.BasicProperties(**properties))
        return "ack"
    except NackError:
        return "nack"


def full_queues_refuse(connect):
    channel = confirming(connect)
    channel.queue_declare("full", arguments={"x-max-length": 2, "x-overflow": "reject-publish"})
    seen = [attempt(channel, "full", text) for text in "abcd"]
    seen.append(bodies(channel, "full"))
    seen += [attempt(channel, "full", text) for text in "ef"]
    dead_letter_pair(channel, "full.dlx", **{"x-max-length-bytes": 4,
                                             "x-overflow": "reject-publish-dlx"})
    seen += [attempt(channel, "full.dlx", text) for text in ("abcd", "e")]
    dead = await_message(channel, "full.dlx.dead")
    seen += [dead[2], deaths(dead[1]), bodies(channel, "full.dlx")]
    # Of two queues one refuses: the other one has it all the same.
    channel.queue_declare("roomy")
    channel.queue_bind("roomy", "amq.fanout")
    channel.queue_bind("full", "amq.fanout")
    try:
        channel.basic_publish("amq.fanout", "", b"both")
    except NackError:
        seen.append("nack")
    seen += [bodies(channel, "roomy"), bodies(channel, "full")]
    channel.queue_unbind("roomy", "amq.fanout")
    channel.queue_unbind("full", "amq.fanout")
    return seen


def many_at_once_do_not_fit(connect):
    connection = connect()
    channel = connection.channel()
    channel.queue_declare("crowd", durable=True, arguments={"x-max-length": 10,
                                                            "x-overflow": "reject-publish"})
    for number in range(200):
        channel.basic_publish("", "crowd", str(number).encode(),
                              pika.BasicProperties(delivery_mode=2))
    return bodies(channel, "crowd")


def refused_within_a_transaction(connect):
    channel = connect().channel()
    channel.queue_declare("tx.full", arguments={"x-max-length": 1,
                                                "x-overflow": "reject-publish"})
    channel.tx_select()
    publish(channel, "tx.full", "a", "b")
    try:
        channel.tx_commit()
    except pika.exceptions.ChannelClosedByBroker as closed:
        seen = closed.reply_code, closed.reply_text
    return seen, bodies(connect().channel(), "tx.full")


# ---- who gets what

def priorities(connect):
    channel = confirming(connect)
    channel.queue_declare("ranked", arguments={"x-max-priority": 20})
    for name, priority in (("low", 0), ("none", None), ("ten", 10), ("high", 15), ("eleven", 11),
                           ("top", 20), ("above", 200), ("last", 1)):
        publish(channel, "ranked", name, priority=priority)
    return bodies(channel, "ranked")


def single_active_consumer(connect):
    first, second, sender = connect(), connect(), connect().channel()
    sender.queue_declare("single.active", arguments={"x-single-active-consumer": True})
    got = {"first": [], "second": []}
    one, two = first.channel(), second.channel()
    one.basic_consume("single.active", lambda *m: got["first"].append(m[3]), auto_ack=True)
    two.basic_consume("single.active", lambda *m: got["second"].append(m[3]), auto_ack=True,
                      arguments={"x-priority": 10})
    publish(sender, "single.active", "a", "b")
    until(first, lambda: len(got["first"]) == 2)
    exclusive = refusal(connect, lambda c: c.basic_consume("single.active", lambda *_: None,
                                                           exclusive=True))
    first.close()
    publish(sender, "single.active", "c")
    until(second, lambda: got["second"])
    return got, exclusive


def active_consumer_is_cancelled(connect):
    connection = connect()
    channel = connection.channel()
    channel.queue_declare("handover", arguments={"x-single-active-consumer": True})
    got = []
    tag = channel.basic_consume("handover", lambda *m: got.append(("first", m[3])))
    channel.basic_consume("handover", lambda *m: got.append(("second", m[3])))
    publish(channel, "handover", "a")
    until(connection, lambda: got)
    channel.basic_cancel(tag)
    publish(channel, "handover", "b")
    until(connection, lambda: len(got) == 2)
    return got


def consumer_priorities(connect):
    connection = connect()
    channel = connection.channel()
    channel.queue_declare("favoured")
    got = []
    channel.basic_qos(prefetch_count=2)
    channel.basic_consume("favoured", lambda *m: got.append(("low", m[3])),
                          arguments={"x-priority": -1})
    channel.basic_consume("favoured", lambda *m: got.append(("high", m[3])),
                          arguments={"x-priority": 5})
    publish(channel, "favoured", *"abc")
    until(connection, lambda: len(got) == 3)
    wrong = refusal(connect, lambda c: c.basic_consume("favoured", lambda *_: None,
                                                       arguments={"x-priority": "high"}))
    return sorted(got), wrong[0]


# ---- dead letters

def rejected(connect):
    channel = connect().channel()
    dead_letter_pair(channel, "rejecting")
    headers = {"CC": ["nowhere"], "mine": 1}
    publish(channel, "rejecting", "no", headers=headers, delivery_mode=2, message_id="m")
    method, properties, _ = take(channel, "rejecting", auto_ack=False)
    channel.basic_reject(method.delivery_tag, requeue=False)
    method, properties, body = await_message(channel, "rejecting.dead")
    return (body, method.exchange, method.routing_key, method.redelivered, deaths(properties),
            first_death(properties), properties.headers["CC"], properties.headers["mine"],
            properties.message_id, properties.delivery_mode)


def a_key_of_their_own(connect):
    channel = connect().channel()
    channel.queue_declare("keyed.dead")
    channel.queue_declare("keyed", arguments={"x-dead-letter-exchange": "",
                                              "x-dead-letter-routing-key": "keyed.dead"})
    publish(channel, "keyed", "a", "b", headers={"CC": ["keyed.more"]})
    method, _, _ = take(channel, "keyed", auto_ack=False)
    last, _, _ = take(channel, "keyed", auto_ack=False)
    channel.basic_nack(last.delivery_tag, multiple=True, requeue=False)
    found = [await_message(channel, "keyed.dead") for _ in range(2)]
    return [(body, method.exchange, method.routing_key, "CC" in properties.headers,
             deaths(properties)) for method, properties, body in found]


def without_an_exchange_they_are_gone(connect):
    channel = connect().channel()
    channel.queue_declare("unloved", arguments={"x-dead-letter-exchange": "missing.dlx"})
    channel.queue_declare("unloved.too")
    for queue in ("unloved", "unloved.too"):
        publish(channel, queue, "x")
        method, _, _ = take(channel, queue, auto_ack=False)
        channel.basic_reject(method.delivery_tag, requeue=False)
    return bodies(channel, "unloved"), bodies(channel, "unloved.too")


def round_and_round(connect):
    """Retries by a queue with a time, until the consumer has seen it three times; and a circle
    that nobody rejects in ends by itself."""
    channel = connect().channel()
    channel.queue_declare("retry.wait", arguments={
        "x-message-ttl": 20, "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "retry"})
    channel.queue_declare("retry", arguments={
        "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "retry.wait"})
    publish(channel, "retry", "again")
    while True:
        while (got := take(channel, "retry", auto_ack=False)) is None:
            channel.connection.process_data_events(0.02)
        method, properties, _ = got
        if properties.headers and properties.headers["x-death"][0]["count"] == 3:
            break
        channel.basic_reject(method.delivery_tag, requeue=False)
    channel.basic_ack(method.delivery_tag)
    channel.queue_declare("circle", arguments={
        "x-message-ttl": 20, "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "circle"})
    publish(channel, "circle", "once")
    while channel.queue_declare("circle", passive=True).method.message_count > 0:
        pass
    return deaths(properties), first_death(properties)


def dead_letters_in_a_transaction(connect):
    connection = connect()
    channel = connection.channel()
    dead_letter_pair(channel, "tx.rejecting")
    publish(channel, "tx.rejecting", "no")
    channel.tx_select()
    method, _, _ = take(channel, "tx.rejecting", auto_ack=False)
    channel.basic_reject(method.delivery_tag, requeue=False)
    other = connection.channel()
    before = bodies(other, "tx.rejecting.dead")
    channel.tx_commit()
    return before, await_message(other, "tx.rejecting.dead")[2]


# ---- quorum queues

def delivery_limit(connect):
    channel = connect().channel()
    dead_letter_pair(channel, "poison", **{"x-queue-type": "quorum", "x-delivery-limit": 2})
    publish(channel, "poison", "bad", delivery_mode=2)
    counts = []
    for _ in range(3):
        method, properties, _ = next(channel.consume("poison"))
        counts.append((properties.headers or {}).get("x-delivery-count"))
        channel.basic_nack(method.delivery_tag, requeue=True)
    channel.cancel()
    _, properties, body = await_message(channel, "poison.dead")
    return counts, body, deaths(properties)


def letters_that_must_arrive(connect):
    """Of those that a full queue would refuse, none is lost for that."""
    connection = connect()
    channel = connection.channel()
    dead_letter_pair(channel, "must", **{
        "x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish", "x-dead-letter-routing-key": "k"})
    channel.confirm_delivery()
    publish(channel, "must", *"abc", delivery_mode=2)
    for _ in range(3):
        method, _, _ = next(channel.consume("must"))
        channel.basic_reject(method.delivery_tag, requeue=False)
    channel.cancel()
    seen = []
    for _ in range(3):
        method, properties, body = await_message(channel, "must.dead")
        seen.append((body, method.routing_key, deaths(properties)))
    return sorted(seen)


def what_quorum_queues_refuse(connect):
    def declare(**changes):
        settings = {"durable": True, "arguments": {"x-queue-type": "quorum"}, **changes}
        name = settings.pop("name", "q.refused")
        return refusal(connect, lambda c: c.queue_declare(name, **settings))[0]

    channel = connect().channel()
    channel.queue_declare("q.there", durable=True, arguments={"x-queue-type": "quorum"})
    return [declare(durable=False), declare(auto_delete=True), declare(exclusive=True),
            declare(name=""),
            declare(arguments={"x-queue-type": "quorum", "x-max-priority": 5}),
            declare(arguments={"x-queue-type": "none"}),
            refusal(connect, lambda c: c.queue_delete("q.there", if_empty=True))[0],
            refusal(connect, lambda c: (c.basic_qos(prefetch_count=1, global_qos=True),
                                        c.basic_consume("q.there", lambda *_: None)))[0],
            refusal(connect, lambda c: c.queue_declare("q.there", durable=True,
                                                       arguments={"x-queue-type": "classic"}))[0]]


# ---- answers without a queue

def direct_reply_to(connect):
    server, client = connect(), connect()
    asked, answered = server.channel(), client.channel()
    asked.queue_declare("requests")
    pseudo = "amq.rabbitmq.reply-to"
    got = []
    answered.basic_consume(pseudo, lambda *m: got.append(m), auto_ack=True)
    answered.basic_publish("", "requests", b"ask", pika.BasicProperties(reply_to=pseudo))
    _, properties, _ = await_message(asked, "requests")
    there = properties.reply_to
    assert there.startswith(pseudo + "."), there
    declared = asked.queue_declare(there).method
    asked.basic_publish("", there, b"answer", pika.BasicProperties(correlation_id="7"))
    until(client, lambda: got)
    _, method, properties, body = got[0]
    seen = [declared.message_count, declared.consumer_count, method.exchange,
            method.routing_key == there, properties.correlation_id, body]
    client.close()
    seen.append(refusal_or_none(server, lambda c: c.queue_declare(there))[0])
    asked.confirm_delivery()
    try:
        asked.basic_publish("", there, b"late", mandatory=True)
    except pika.exceptions.UnroutableError:
        seen.append("unroutable")
    return seen


def refused_replies(connect):
    pseudo = "amq.rabbitmq.reply-to"

    def ask(channel):
        channel.basic_publish("", "x", b"", pika.BasicProperties(reply_to=pseudo))
        channel.queue_declare("refused.marker")

    def twice(channel):
        channel.basic_consume(pseudo, lambda *_: None, auto_ack=True)
        channel.basic_consume(pseudo, lambda *_: None, auto_ack=True)

    return [refusal(connect, ask),
            refusal(connect, lambda c: c.basic_consume(pseudo, lambda *_: None)),
            refusal(connect, twice)]


# ---- declarations

def arguments_are_checked(connect):
    channel = connect().channel()
    channel.queue_declare("said", arguments={"x-message-ttl": 1000, "x-max-length": 5})
    channel.queue_declare("said", arguments={"x-message-ttl": 1000, "x-max-length": 5,
                                             "x-unknown": 1})
    channel.queue_declare("lazy", arguments={"x-queue-mode": "lazy"})

    def declare(name="wrong", **arguments):
        keys = {"x-" + key.replace("_", "-"): value for key, value in arguments.items()}
        return refusal(connect, lambda c: c.queue_declare(name, arguments=keys))

    seen = [declare(message_ttl=-1), declare(message_ttl="1000"), declare(expires=0),
            declare(max_length=-5), declare(overflow="maybe"), declare(max_priority=-1),
            declare(dead_letter_routing_key="k"), declare(dead_letter_exchange=5),
            declare("said", message_ttl=2000, max_length=5), declare("said", max_length=5),
            declare(single_active_consumer="yes"), declare(overflow=1),
            declare(dead_letter_exchange="x", dead_letter_routing_key=5)]
    # What each thinks is wrong with a value is worded in several ways.
    return [(code, text.split(" for ")[0]) for code, text in seen]


# Of each argument: a value, and whether classic queues and quorum queues take it.
OF_TYPES = [
    ("x-message-ttl", 1000, True, True), ("x-message-ttl", 315360000001, False, False),
    ("x-expires", 100000, True, True), ("x-max-length", 5, True, True),
    ("x-max-length-bytes", 5, True, True), ("x-delivery-limit", 5, False, True),
    ("x-delivery-limit", -1, False, True), ("x-delivery-limit", -2, False, True),
    ("x-max-priority", 5, True, False), ("x-max-priority", 256, False, False),
    ("x-single-active-consumer", True, True, True), ("x-overflow", "reject-publish", True, True),
    ("x-overflow", "reject-publish-dlx", True, True), ("x-overflow", "maybe", False, False),
    ("x-dead-letter-exchange", "x", True, True),
    ("x-dead-letter-strategy", "at-most-once", False, True),
    ("x-queue-mode", "lazy", True, False), ("x-queue-version", 1, True, False),
    ("x-queue-leader-locator", "nowhere", False, False),
    ("x-queue-master-locator", "client-local", True, False),
    ("x-quorum-initial-group-size", 1, False, True),
    ("x-quorum-initial-group-size", 0, False, False),
    ("x-max-in-memory-length", 5, False, True), ("x-max-in-memory-length", -1, False, False),
    ("x-max-in-memory-bytes", 5, False, True), ("x-max-age", "1D", False, False),
    ("x-stream-max-segment-size-bytes", 1000, False, False),
    ("x-initial-cluster-size", 1, False, False), ("x-unknown", 1, True, True),
]


def arguments_of_types(connect):
    """What one type of queue knows, another refuses; what none knows, all ignore."""
    connection = connect()
    seen = []
    for name, value, *_ in OF_TYPES:
        row = [name, value]
        for kind in ("classic", "quorum"):
            channel = connection.channel()
            try:
                channel.queue_declare("typed", durable=True,
                                      arguments={"x-queue-type": kind, name: value})
                channel.queue_delete("typed")
                row.append(True)
            except pika.exceptions.ChannelClosedByBroker as closed:
                assert closed.reply_code == 406, closed
                row.append(False)
        seen.append(tuple(row))
    assert seen == OF_TYPES, [one for one in seen if one not in OF_TYPES]
    return seen


ALL = [message_ttl, no_time_at_all, queue_expires, max_length_drops_the_head, max_length_bytes,
       full_queues_refuse, many_at_once_do_not_fit, refused_within_a_transaction, priorities,
       single_active_consumer, active_consumer_is_cancelled, consumer_priorities, rejected,
       a_key_of_their_own, without_an_exchange_they_are_gone, round_and_round,
       dead_letters_in_a_transaction, delivery_limit, letters_that_must_arrive,
       what_quorum_queues_refuse, direct_reply_to, refused_replies, arguments_are_checked,
       arguments_of_types]
