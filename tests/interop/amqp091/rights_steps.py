"""What users of different rights try on queues and exchanges that are there, that are not, and that
are somebody else's: which refusal counts first is as important to clients as that there is one."""

import re

import pika
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker

RIGHTS = {
    "nobody": ("", "", ""),
    "maker": (".*", "", ""),
    "writer": ("", ".*", ""),
    "reader": ("", "", ".*"),
    "half": (".*", ".*", "^r\\.there$"),
    "topical": (".*", ".*", ".*"),
    "actor": (".*", ".*", ".*"),
}
TAGS = {"actor": "impersonator"}
TOPIC_RIGHTS = {"topical": ("r.x", "^a", "^a")}
PASSWORD = "rights-secret"
OTHER_USER = {"user_id": "guest"}


def queues(channel):
    return {
        "passive there": lambda: channel.queue_declare("r.there", passive=True),
        "passive missing": lambda: channel.queue_declare("r.none", passive=True),
        "passive locked": lambda: channel.queue_declare("r.locked", passive=True),
        "passive reserved": lambda: channel.queue_declare("amq.none", passive=True),
        "declare there": lambda: channel.queue_declare("r.there"),
        "declare there otherwise": lambda: channel.queue_declare("r.there", durable=True),
        "declare there wrongly": lambda: channel.queue_declare(
            "r.there", arguments={"x-expires": -1}),
        "declare missing": lambda: channel.queue_declare("r.none"),
        "declare missing wrongly": lambda: channel.queue_declare(
            "r.none", arguments={"x-expires": -1}),
        "declare reserved": lambda: channel.queue_declare("amq.none"),
        "declare locked": lambda: channel.queue_declare("r.locked"),
        "declare locked exclusively": lambda: channel.queue_declare("r.locked", exclusive=True),
        "declare with dead letters": lambda: channel.queue_declare(
            "r.none", arguments={"x-dead-letter-exchange": "r.x"}),
        "declare with dead letters nowhere": lambda: channel.queue_declare(
            "r.none", arguments={"x-dead-letter-exchange": "r.nowhere"}),
        "declare there with dead letters": lambda: channel.queue_declare(
            "r.there", arguments={"x-dead-letter-exchange": "r.x"}),
        "declare server-named": lambda: channel.queue_declare(""),
        "delete there": lambda: channel.queue_delete("r.there"),
        "delete missing": lambda: channel.queue_delete("r.none"),
        "delete locked": lambda: channel.queue_delete("r.locked"),
        "delete filled": lambda: channel.queue_delete("r.filled", if_empty=True),
        "purge there": lambda: channel.queue_purge("r.there"),
        "purge missing": lambda: channel.queue_purge("r.none"),
        "purge locked": lambda: channel.queue_purge("r.locked"),
        "get there": lambda: channel.basic_get("r.there"),
        "get missing": lambda: channel.basic_get("r.none"),
        "get locked": lambda: channel.basic_get("r.locked"),
        "get unnamed": lambda: channel.basic_get(""),
        "consume there": lambda: channel.basic_consume("r.there", print),
        "consume missing": lambda: channel.basic_consume("r.none", print),
        "consume locked": lambda: channel.basic_consume("r.locked", print),
        "consume with a wrong priority": lambda: channel.basic_consume(
            "r.there", print, arguments={"x-priority": "high"}),
        "consume taken": lambda: channel.basic_consume("r.taken", print),
    }


def bindings(channel):
    def bind(queue, exchange, key="a"):
        return lambda: channel.queue_bind(queue, exchange, key)

    def unbind(queue, exchange, key="a"):
        return lambda: channel.queue_unbind(queue, exchange, key)

    return {
        "bind": bind("r.there", "r.x"), "bind elsewhere": bind("r.there", "r.x", "b"),
        "bind many": bind("r.there", "r.x", "#"),
        "bind missing queue": bind("r.none", "r.x"),
        "bind missing exchange": bind("r.there", "r.none"),
        "bind both missing": bind("r.none", "r.none"),
        "bind locked": bind("r.locked", "r.x"), "bind default": bind("r.there", ""),
        "bind locked to nothing": bind("r.locked", "r.none"),
        "bind missing to default": bind("r.none", ""),
        "unbind": unbind("r.there", "r.x"), "unbind elsewhere": unbind("r.there", "r.x", "b"),
        "unbind missing queue": unbind("r.none", "r.x"),
        "unbind missing exchange": unbind("r.there", "r.none"),
        "unbind both missing": unbind("r.none", "r.none"),
        "unbind locked": unbind("r.locked", "r.x"), "unbind default": unbind("r.there", ""),
        "bind exchange": lambda: channel.exchange_bind("r.y", "r.x", "a"),
        "bind exchange elsewhere": lambda: channel.exchange_bind("r.y", "r.x", "b"),
        "bind missing destination": lambda: channel.exchange_bind("r.none", "r.x", "a"),
        "bind missing source": lambda: channel.exchange_bind("r.y", "r.none", "a"),
        "bind exchange to default": lambda: channel.exchange_bind("r.y", "", "a"),
        "bind default to exchange": lambda: channel.exchange_bind("", "r.x", "a"),
        "unbind exchange": lambda: channel.exchange_unbind("r.y", "r.x", "a"),
        "unbind missing destination": lambda: channel.exchange_unbind("r.none", "r.x", "a"),
        "unbind missing source": lambda: channel.exchange_unbind("r.y", "r.none", "a"),
        "unbind exchange from default": lambda: channel.exchange_unbind("r.y", "", "a"),
    }


def exchanges(channel):
    def declare(*words, **settings):
        return channel.exchange_declare(*words, **settings)

    return {
        "exchange passive there": lambda: declare("r.x", passive=True),
        "exchange passive missing": lambda: declare("r.none", passive=True),
        "exchange passive default": lambda: declare("", passive=True),
        "exchange there": lambda: declare("r.x", "topic"),
        "exchange there otherwise": lambda: declare("r.x", "fanout"),
        "exchange there of no type": lambda: declare("r.x", "none-such"),
        "exchange missing": lambda: declare("r.none", "topic"),
        "exchange reserved": lambda: declare("amq.none", "topic"),
        "exchange reserved there": lambda: declare("amq.topic", "topic", durable=True),
        "exchange default": lambda: declare("", "direct", durable=True),
        "exchange with alternate": lambda: declare(
            "r.none", "topic", arguments={"alternate-exchange": "r.x"}),
        "exchange with a wrong alternate": lambda: declare(
            "r.none", "topic", arguments={"alternate-exchange": 5}),
        "exchange there with alternate": lambda: declare(
            "r.x", "topic", arguments={"alternate-exchange": "r.y"}),
        "exchange delete": lambda: channel.exchange_delete("r.x"),
        "exchange delete missing": lambda: channel.exchange_delete("r.none"),
        "exchange delete reserved": lambda: channel.exchange_delete("amq.direct"),
        "exchange delete default": lambda: channel.exchange_delete(""),
        "exchange delete in use": lambda: channel.exchange_delete("r.used", if_unused=True),
    }


def publishes(channel):
    def publish(exchange, key="a", **properties):
        def act():
            channel.basic_publish(exchange, key, b"x", pika.BasicProperties(**properties))
            channel.basic_qos(prefetch_count=1)  # answered behind it
        return act

    return {
        "publish": publish("r.x"), "publish elsewhere": publish("r.x", "b"),
        "publish nowhere": publish("r.none"), "publish inside": publish("r.inside"),
        "publish by default": publish("", "r.there"),
        "publish by default nowhere": publish("", "r.none"),
        "publish to the locked": publish("", "r.locked"),
        "publish as guest": publish("r.x", **OTHER_USER),
        "publish nowhere as guest": publish("r.none", **OTHER_USER),
        "publish elsewhere as guest": publish("r.x", "b", **OTHER_USER),
        "publish with a wrong time": publish("r.x", expiration="soon"),
        "publish elsewhere with a wrong time": publish("r.x", "b", expiration="soon"),
        "publish as guest with a wrong time": publish("r.x", expiration="x", **OTHER_USER),
        "publish with a wrong copy": publish("r.x", headers={"CC": "one"}),
        "publish elsewhere with a wrong copy": publish("r.x", "b", headers={"CC": "one"}),
        "publish as guest with a wrong copy": publish("r.x", headers={"CC": "one"}, **OTHER_USER),
        "publish copies": publish("r.x", headers={"CC": ["b"]}),
        "publish for a reply": publish("r.x", reply_to="amq.rabbitmq.reply-to"),
    }


def actions(channel):
    return {**queues(channel), **bindings(channel), **exchanges(channel), **publishes(channel)}


def prepare(channel):
    """What there is, whatever became of it."""
    channel.queue_declare("r.there")
    channel.queue_delete("r.none")
    channel.queue_declare("r.filled")
    channel.queue_purge("r.filled")
    channel.basic_publish("", "r.filled", b"x")
    for name in ("r.x", "r.y"):
        channel.exchange_declare(name, "topic")
    channel.exchange_delete("r.none")
    channel.exchange_declare("r.inside", "fanout", internal=True)
    channel.exchange_declare("r.used", "fanout")
    channel.queue_bind("r.filled", "r.used")


def play(connect, user, make):
    """What becomes of everything that `user` tries."""
    owner, other = connect("guest", "guest"), connect("guest", "guest")
    locks = other.channel()
    locks.queue_declare("r.locked", exclusive=True)
    locks.queue_declare("r.taken")
    locks.basic_consume("r.taken", print, exclusive=True)
    make(user)
    seen = {}
    connection = connect(user, PASSWORD)
    for name in actions(None):
        prepare(owner.channel())
        if connection.is_closed:
            connection = connect(user, PASSWORD)
        channel = connection.channel()
        try:
            actions(channel)[name]()
        except (ChannelClosedByBroker, ConnectionClosedByBroker) as closed:
            seen[name] = shown(closed.reply_code, closed.reply_text)
        else:
            seen[name] = "ok"
            channel.close()
    for one in (connection, owner, other):
        if one.is_open:
            one.close()
    return seen


def shown(code, text):
    """Without what a release adds: what exactly is wrong with an argument, or which right is
    missing; and without a name that nobody knows before."""
    text = re.sub("(configure|write|read) access", "access", text)
    text = re.sub(r"amq\.gen-[\w-]+", "amq.gen-…", text)
    return f"{code} {text.split(': ')[0] if code == 406 else text}"
