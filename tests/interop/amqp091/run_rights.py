#!/usr/bin/python3
"""Which of several reasons to refuse something counts, for users of different rights: what RabbitMQ
answers lies in rights_expected.json. With --reference RabbitMQ has to answer so, too."""

import json
import sys
import tempfile
from pathlib import Path

import pika

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import rights_steps
from harness import options as harness
from harness.rabbitmq import RabbitMq
from management_api import Api, Management

EXPECTED = Path(__file__).with_name("rights_expected.json")
NO_TYPE = "406 PRECONDITION_FAILED - unknown exchange type 'none-such'"
LOCKED = ("405 RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'r.locked' in "
          "vhost '/'. It could be originally declared on another connection or the exclusive "
          "property value does not match that of the original declaration.")
# What is answered here as of RabbitMQ 4, and at the end on purpose (docs/protocols/amqp091.md).
OTHERWISE = {
    **{(user, "exchange there of no type"): NO_TYPE for user in rights_steps.RIGHTS},
    ("topical", "publish copies"): "403 ACCESS_REFUSED - access to topic 'b' in exchange 'r.x' in "
                                   "vhost '/' refused for user 'topical'",
    **{(user, "unbind locked"): LOCKED for user in ("topical", "actor")},
}


def play(port, api_port):
    api = Api(api_port)

    def connect(user, password):
        return pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", port, "/", pika.PlainCredentials(user, password)))

    def make(user):
        configure, write, read = rights_steps.RIGHTS[user]
        api.put(f"users/{user}", {"password": rights_steps.PASSWORD,
                                "tags": rights_steps.TAGS.get(user, "")})
        api.put(f"permissions/%2F/{user}",
                {"configure": configure, "write": write, "read": read})
        if user in rights_steps.TOPIC_RIGHTS:
            exchange, write, read = rights_steps.TOPIC_RIGHTS[user]
            api.put(f"topic-permissions/%2F/{user}",
                    {"exchange": exchange, "write": write, "read": read})

    return {user: rights_steps.play(connect, user, make) for user in rights_steps.RIGHTS}


def compare(seen, expected):
    wrong = [f"{user}, {name}:\n  is  {told}\n  was {expected[user].get(name)}"
             for user, all_told in seen.items() for name, told in all_told.items()
             if told != expected[user].get(name)]
    assert not wrong, f"{len(wrong)} answers differ:\n" + "\n".join(wrong)
    assert seen == expected, "some answers are missing"


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--reference", action="store_true",
                        help="ask RabbitMQ, too, which has to be installed")
    parser.add_argument("--record", action="store_true",
                        help="with --reference: write down what RabbitMQ answers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        if options.reference:
            with RabbitMq(Path(work) / "rabbitmq") as peer:
                seen = play(peer.port, peer.http_port)
            if options.record:
                EXPECTED.write_text(json.dumps(seen, indent=1) + "\n")
            compare(seen, json.loads(EXPECTED.read_text()))
        expected = json.loads(EXPECTED.read_text())
        for (user, name), told in OTHERWISE.items():
            expected[user][name] = told
        with Management.running(Path(work) / "ternd", options) as broker:
            compare(play(broker.port, broker.api_port), expected)
    print("ok")


if __name__ == "__main__":
    harness.main(main)
