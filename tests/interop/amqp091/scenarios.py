"""What clients of AMQP 0-9-1 rely on, by pika. Each function gets a fresh connection factory and
returns what it saw, so that two brokers can be compared; what must hold is asserted, too."""

import pika
from pika.exceptions import (AMQPConnectionError, ChannelClosedByBroker, ConnectionClosedByBroker,
                             UnroutableError)


def refusal(connect, action):
    """Code and text with which a channel or connection is closed."""
    connection = connect()
    try:
        action(connection.channel())
    except (ChannelClosedByBroker, ConnectionClosedByBroker) as closed:
        return closed.reply_code, closed.reply_text
    finally:
        if connection.is_open:
            connection.close()
    raise AssertionError("nothing was refused")


def take(channel, queue, auto_ack=True):
    """Body of the next message, or None."""
    method, properties, body = channel.basic_get(queue, auto_ack=auto_ack)
    return (method, properties, body) if method else None


def bodies(channel, queue):
    found = []
    while (got := take(channel, queue)) is not None:
        found.append(got[2].decode())
    return found


def publish_and_get(connect):
    channel = connect().channel()
    channel.queue_declare("plain", durable=True)
    properties = pika.BasicProperties(
        content_type="text/plain", content_encoding="", headers={"n": 1, "t": "x", "l": [1, "a"]},
        delivery_mode=2, priority=3, correlation_id="c", reply_to="r", message_id="m",
        timestamp=1700000000, type="t", user_id="guest", app_id="a")
    channel.basic_publish("", "plain", b"hello", properties)
    method, got, body = take(channel, "plain", auto_ack=False)
    assert body == b"hello" and got == properties, got
    seen = (method.exchange, method.routing_key, method.redelivered, method.message_count)
    channel.basic_ack(method.delivery_tag)
    assert take(channel, "plain") is None
    return seen


def large_and_empty_bodies(connect):
    channel = connect().channel()
    channel.queue_declare("sizes")
    channel.confirm_delivery()
    sizes = [0, 1, 131063, 131064, 131065, 3_000_000]
    for size in sizes:
        channel.basic_publish("", "sizes", bytes([size % 251]) * size)
    got = [take(channel, "sizes")[2] for _ in sizes]
    assert got == [bytes([size % 251]) * size for size in sizes]
    return [len(one) for one in got]


def confirms_and_returns(connect):
    channel = connect().channel()
    channel.queue_declare("confirmed", durable=True)
    channel.confirm_delivery()
    for i in range(50):
        channel.basic_publish("", "confirmed", str(i).encode(),
                              pika.BasicProperties(delivery_mode=2), mandatory=True)
    try:
        channel.basic_publish("", "nowhere", b"lost", mandatory=True)
    except UnroutableError as error:
        returned = error.messages[0]
        seen = (returned.method.reply_code, returned.method.reply_text,
                returned.method.routing_key, returned.body)
    channel.basic_publish("", "nowhere", b"dropped")
    assert bodies(channel, "confirmed") == [str(i) for i in range(50)]
    return seen


def consume_ack_requeue(connect):
    connection = connect()
    channel = connection.channel()
    channel.queue_declare("work")
    for i in range(5):
        channel.basic_publish("", "work", str(i).encode())
    seen = []
    channel.basic_qos(prefetch_count=2)
    for method, _, body in channel.consume("work", inactivity_timeout=30):
        seen.append((body.decode(), method.redelivered))
        if len(seen) == 1:
            channel.basic_nack(method.delivery_tag, requeue=True)
        else:
            channel.basic_ack(method.delivery_tag)
        if len(seen) == 6:
            break
    channel.cancel()
    assert sorted(body for body, _ in seen) == ["0", "0", "1", "2", "3", "4"], seen
    assert ("0", True) in seen
    channel.basic_publish("", "work", b"again")
    method, _, _ = take(channel, "work", auto_ack=False)
    channel.close()
    channel = connection.channel()
    method, _, body = take(channel, "work")
    return body, method.redelivered


def prefetch_holds(connect):
    connection = connect()
    channel = connection.channel()
    channel.queue_declare("window")
    for i in range(10):
        channel.basic_publish("", "window", str(i).encode())
    channel.basic_qos(prefetch_count=3)
    got = []
    channel.basic_consume("window", lambda *message: got.append(message))
    while len(got) < 3:
        connection.process_data_events(1)
    # The marker: everything the broker sent before it has arrived.
    ready = channel.queue_declare("window", passive=True).method.message_count
    count = len(got)
    channel.basic_ack(got[2][1].delivery_tag, multiple=True)
    while len(got) < 6:
        connection.process_data_events(1)
    return count, ready


def recover(connect):
    channel = connect().channel()
    channel.queue_declare("recovered")
    channel.basic_publish("", "recovered", b"one")
    take(channel, "recovered", auto_ack=False)
    channel.basic_recover(requeue=True)
    method, _, body = take(channel, "recovered")
    return body, method.redelivered


def exchanges(connect):
    channel = connect().channel()
    for name in ("all", "direct", "topic", "headers"):
        channel.queue_declare(f"x.{name}")
    channel.exchange_declare("x.fan", "fanout")
    channel.exchange_declare("x.top", "topic", durable=True)
    channel.queue_bind("x.all", "x.fan")
    channel.exchange_bind("x.fan", "x.top", "a.#")
    channel.queue_bind("x.topic", "x.top", "a.*.c")
    channel.queue_bind("x.direct", "amq.direct", "key")
    channel.queue_bind("x.headers", "amq.headers", "", {"x-match": "all", "n": 1, "t": "x"})
    for key in ("a", "a.b.c", "b.b.c"):
        channel.basic_publish("x.top", key, key.encode())
    channel.basic_publish("amq.direct", "key", b"direct")
    channel.basic_publish("amq.direct", "other", b"no")
    channel.basic_publish("amq.headers", "", b"yes",
                          pika.BasicProperties(headers={"n": 1, "t": "x", "more": True}))
    channel.basic_publish("amq.headers", "", b"no", pika.BasicProperties(headers={"n": 2}))
    seen = {name: bodies(channel, f"x.{name}") for name in ("all", "direct", "topic", "headers")}
    assert seen == {"all": ["a", "a.b.c"], "direct": ["direct"], "topic": ["a.b.c"],
                    "headers": ["yes"]}, seen
    channel.exchange_unbind("x.fan", "x.top", "a.#")
    channel.queue_unbind("x.topic", "x.top", "a.*.c")
    channel.basic_publish("x.top", "a.b.c", b"gone")
    assert bodies(channel, "x.all") + bodies(channel, "x.topic") == []
    return seen


def headers_of_all_kinds(connect):
    """Which of many bindings of a headers exchange a message matches."""
    channel = connect().channel()
    channel.exchange_declare("h.x", "headers")
    bound = {"all": {"x-match": "all", "n": 1, "t": "x"},
             "any": {"x-match": "any", "n": 1, "t": "x"},
             "there": {"x-match": "all", "t": None}, "unsaid": {"n": 1},
             "x": {"x-match": "all", "x-n": 1}, "nothing": {"x-match": "all"},
             "none": {"x-match": "any"}, "true": {"x-match": "any", "b": True}}
    for name, arguments in bound.items():
        channel.queue_declare(f"h.{name}")
        channel.queue_bind(f"h.{name}", "h.x", "", arguments)
    seen = []
    for headers in ({"n": 1, "t": "x"}, {"n": 1}, {"n": "1"}, {"t": 5}, {"x-n": 2}, {"b": True},
                    {"b": 1}, {}):
        channel.basic_publish("h.x", "", b"", pika.BasicProperties(headers=headers))
        seen.append([name for name in bound if take(channel, f"h.{name}") is not None])
    return seen, refusal(connect, lambda c: c.queue_bind(
        "h.all", "h.x", "", {"x-match": "some"}))[0]


def consistent_hash(connect):
    """Each message goes to one queue, the same for the same key; weights are numbers."""
    channel = connect().channel()
    channel.exchange_declare("ch.x", "x-consistent-hash")
    for name in ("light", "heavy"):
        channel.queue_declare(f"ch.{name}")
        channel.queue_bind(f"ch.{name}", "ch.x", {"light": "1", "heavy": "9"}[name])
    channel.confirm_delivery()
    places = []
    for _ in range(2):
        for key in range(200):
            channel.basic_publish("ch.x", str(key), str(key).encode(), mandatory=True)
        places.append({name: bodies(channel, f"ch.{name}") for name in ("light", "heavy")})
    assert places[0] == places[1], places
    light, heavy = (len(places[0][name]) for name in ("light", "heavy"))
    refused = refusal(connect, lambda c: c.queue_bind("ch.light", "ch.x", "much"))
    return light + heavy, 0 < light < heavy, refused[0]


def alternate_and_carbon_copies(connect):
    channel = connect().channel()
    for name in ("rest", "main", "copy", "blind"):
        channel.queue_declare(f"ae.{name}")
    channel.exchange_declare("ae.alt", "fanout")
    channel.exchange_declare("ae.main", "direct", arguments={"alternate-exchange": "ae.alt"})
    channel.queue_bind("ae.rest", "ae.alt")
    channel.queue_bind("ae.main", "ae.main", "k")
    channel.confirm_delivery()
    channel.basic_publish("ae.main", "k", b"1", mandatory=True)
    channel.basic_publish("ae.main", "other", b"2", mandatory=True)
    headers = {"CC": ["ae.copy"], "BCC": ["ae.blind"]}
    channel.basic_publish("", "ae.main", b"3", pika.BasicProperties(headers=headers))
    copied = take(channel, "ae.copy")
    blind = take(channel, "ae.blind")
    return (bodies(channel, "ae.main"), bodies(channel, "ae.rest"), copied[1].headers,
            copied[0].routing_key, blind[1].headers)


def transactions(connect):
    connection = connect()
    channel = connection.channel()
    other = connection.channel()
    channel.queue_declare("tx")
    channel.tx_select()
    channel.basic_publish("", "tx", b"kept")
    assert take(other, "tx") is None
    channel.tx_commit()
    channel.basic_publish("", "tx", b"forgotten")
    channel.tx_rollback()
    method, _, body = take(channel, "tx", auto_ack=False)
    channel.basic_ack(method.delivery_tag)
    channel.tx_rollback()
    channel.basic_ack(method.delivery_tag)
    channel.tx_commit()
    assert take(other, "tx") is None
    return body


def counts_purge_delete(connect):
    channel = connect().channel()
    channel.queue_declare("counted")
    channel.confirm_delivery()
    for i in range(4):
        channel.basic_publish("", "counted", b"x")
    declared = channel.queue_declare("counted").method
    take(channel, "counted", auto_ack=False)
    purged = channel.queue_purge("counted").method.message_count
    channel.basic_publish("", "counted", b"x")
    deleted = channel.queue_delete("counted").method.message_count
    again = channel.queue_delete("counted").method.message_count
    return declared.message_count, declared.consumer_count, purged, deleted, again


def server_names(connect):
    channel = connect().channel()
    name = channel.queue_declare("", exclusive=True).method.queue
    assert name.startswith("amq.gen-") and len(name) == 30, name
    channel.queue_bind("", "amq.fanout")
    channel.basic_publish("amq.fanout", "", b"fan")
    assert take(channel, "")[2] == b"fan"
    channel.basic_consume("", lambda *_: None)
    return channel.queue_declare(name, passive=True).method.consumer_count


def exclusive_and_auto_delete(connect):
    owner = connect()
    channel = owner.channel()
    channel.queue_declare("mine", exclusive=True)
    channel.queue_declare("passing", auto_delete=True)
    locked = refusal(connect, lambda c: c.basic_get("mine"))
    tag = channel.basic_consume("passing", lambda *_: None)
    channel.basic_cancel(tag)
    gone = refusal(connect, lambda c: c.queue_declare("passing", passive=True))
    owner.close()
    also_gone = refusal(connect, lambda c: c.queue_declare("mine", passive=True))
    return locked[0], gone, also_gone


def auto_delete_exchange(connect):
    channel = connect().channel()
    channel.exchange_declare("fleeting", "fanout", auto_delete=True)
    channel.queue_declare("fleeting.q")
    channel.queue_bind("fleeting.q", "fleeting")
    channel.queue_delete("fleeting.q")
    return refusal(connect, lambda c: c.exchange_declare("fleeting", passive=True))


def cancel_notification(connect):
    connection = connect()
    channel = connection.channel()
    channel.queue_declare("doomed")
    cancelled = []
    channel.add_on_cancel_callback(cancelled.append)
    tag = channel.basic_consume("doomed", lambda *_: None, consumer_tag="told")
    connect().channel().queue_delete("doomed")
    while not cancelled:
        connection.process_data_events(1)
    return cancelled[0].method.consumer_tag


def exclusive_consumer(connect):
    channel = connect().channel()
    channel.queue_declare("single")
    tag = channel.basic_consume("single", lambda *_: None, exclusive=True)
    refused = refusal(connect, lambda c: c.basic_consume("single", lambda *_: None))
    channel.basic_cancel(tag)
    other = connect().channel()
    other.basic_consume("single", lambda *_: None)
    return refused


def refusals(connect):
    channel = connect().channel()
    channel.queue_declare("taken", durable=True)
    channel.exchange_declare("taken", "direct")
    channel.basic_publish("", "taken", b"x")
    seen = [refusal(connect, action) for action in (
        lambda c: c.queue_declare("taken"),
        lambda c: c.queue_declare("taken", durable=True, auto_delete=True),
        lambda c: c.queue_declare("missing", passive=True),
        lambda c: c.queue_declare("amq.mine"),
        lambda c: c.exchange_declare("taken", "fanout"),
        lambda c: c.exchange_declare("amq.mine", "direct"),
        lambda c: c.exchange_declare("", "direct"),
        lambda c: c.exchange_delete("amq.direct"),
        lambda c: c.exchange_declare("missing", passive=True),
        lambda c: c.queue_bind("taken", "missing"),
        lambda c: c.queue_bind("missing", "amq.direct"),
        lambda c: c.queue_bind("taken", ""),
        lambda c: c.queue_delete("taken", if_empty=True),
        lambda c: c.basic_get("missing"),
        lambda c: (c.basic_ack(7), c.queue_declare("taken", passive=True)),
        lambda c: (c.basic_publish("missing", "k", b""), c.queue_declare("taken", passive=True)),
        lambda c: (c.tx_select(), c.confirm_delivery()),
        lambda c: c.tx_commit(),
        lambda c: (c.basic_publish("", "taken", b"", pika.BasicProperties(expiration="soon")),
                   c.queue_declare("taken", passive=True)),
        lambda c: (c.basic_publish("", "taken", b"", pika.BasicProperties(user_id="else")),
                   c.queue_declare("taken", passive=True)),
        lambda c: c.basic_qos(prefetch_size=1),
        lambda c: c.basic_recover(requeue=False),
    )]
    return [(code, text.split(" - ")[0]) for code, text in seen], seen[0][1], seen[2][1]


def bad_logins(connect):
    def attempt(**changes):
        try:
            connect(**changes).close()
        except (AMQPConnectionError, ConnectionClosedByBroker) as error:
            return type(error).__name__
        raise AssertionError("let in")

    return (attempt(credentials=pika.PlainCredentials("guest", "wrong")),
            attempt(virtual_host="missing"))


def many_channels(connect):
    connection = connect()
    channels = [connection.channel() for _ in range(50)]
    channels[0].queue_declare("shared")
    for number, channel in enumerate(channels):
        channel.basic_publish("", "shared", str(number).encode())
    for channel in channels[1:]:
        channel.close()
    again = connection.channel()
    return len(bodies(again, "shared"))


ALL = [publish_and_get, large_and_empty_bodies, confirms_and_returns, consume_ack_requeue,
       prefetch_holds, recover, exchanges, headers_of_all_kinds, consistent_hash,
       alternate_and_carbon_copies, transactions, counts_purge_delete, server_names,
       exclusive_and_auto_delete, auto_delete_exchange, cancel_notification, exclusive_consumer,
       refusals, bad_logins, many_channels]
