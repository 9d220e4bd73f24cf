#!/usr/bin/python3
"""The sessions of connections as operators see them, by the API and by `tern sessions`: those of a
JMS client, the channels of an AMQP 0-9-1 client, and none of STOMP."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

import pika

from api import Api
from harness import options as harness
from harness.options import settle
from run_admin import Stomp
from tern_command import Tern


def view_of(api, protocol, wanted):
    """The only connection of that protocol, once its sessions are as wanted."""
    found = []

    def holds():
        rows = [one for one in api.get("connections")["items"]
                if one["protocol"].startswith(protocol)]
        found[:] = [api.get(f"connections/{row['id']}") for row in rows]
        return len(found) == 1 and wanted(found[0]["session_list"])

    settle(holds)
    assert holds(), found
    [view] = found
    consumers = {one["id"] for one in view["consumer_list"]}
    for session in view["session_list"]:
        assert set(session["consumers"]) <= consumers, view
    return view


def of_jms(api, tern, broker, java):
    peer = subprocess.Popen(java.command("interop.jms.AdvisoryPeer", broker.url), text=True,
                            stdout=subprocess.PIPE)
    try:
        assert peer.stdout.readline().strip() == "watching"

        def has_one(sessions):
            return any(one["name"].endswith(":1") and one["consumers"] for one in sessions)

        view = view_of(api, "openwire", has_one)
        # The client has one for advisories besides, which it calls -1.
        [session] = [one for one in view["session_list"] if not one["name"].endswith(":-1")]
        assert session["name"].startswith("ID:") and len(session["consumers"]) >= 1, session
        shown, _ = tern.run("sessions", view["id"], "--http", f"http://127.0.0.1:{api.port}")
        lines = [line.split() for line in shown.decode().splitlines()]
        assert lines[0] == ["NAME", "CONSUMERS"], lines
        assert [session["name"], str(len(session["consumers"]))] in lines, lines
    finally:
        peer.kill()
        peer.wait()
        peer.stdout.close()


def of_others(api, broker):
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port)) as link:
        first, second = link.channel(), link.channel()
        first.queue_declare("SESSIONS")
        second.basic_consume("SESSIONS", lambda *_: None)
        view = view_of(api, "amqp091", lambda all: len(all) == 2 and all[1]["consumers"])
        assert [one["name"] for one in view["session_list"]] == ["1", "2"], view
        assert [len(one["consumers"]) for one in view["session_list"]] == [0, 1], view
    with Stomp(broker.port):
        assert view_of(api, "stomp", lambda all: all == [])["session_list"] == []


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    options = parser.parse_args()
    with harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"},
                            listener="auto") as (broker, java):
        api = Api(broker.http_port)
        tern = Tern(options.tern, broker.url)
        of_jms(api, tern, broker, java)
        of_others(api, broker)
        tern.run("sessions", "0-99999", "--http", f"http://127.0.0.1:{api.port}", expect=1)


if __name__ == "__main__":
    harness.main(run)
