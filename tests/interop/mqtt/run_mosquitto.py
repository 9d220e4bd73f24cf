#!/usr/bin/python3
"""Mosquitto's unmodified command-line clients in each version. Prints a table of versions and
features."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import options as harness

WAIT_SECONDS = 20
VERSIONS = {"3.1": "mqttv31", "3.1.1": "mqttv311", "5.0": "mqttv5"}


class World:
    def __init__(self, version, port, topic):
        self.version = version
        self.topic = topic
        self.common = ["-h", "127.0.0.1", "-p", str(port), "-V", VERSIONS[version]]

    @property
    def five(self):
        return self.version == "5.0"

    def publish(self, *arguments, text=None):
        done = subprocess.run(["mosquitto_pub", *self.common, *arguments], input=text, text=True,
                              capture_output=True, timeout=WAIT_SECONDS)
        assert done.returncode == 0 and not done.stderr, done

    def start(self, *arguments):
        """A subscriber that has been granted what it asked for."""
        command = ["stdbuf", "-oL", "mosquitto_sub", *self.common, "-d", *arguments]
        client = subprocess.Popen(command, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        for line in client.stdout:
            if line.startswith("Subscribed"):
                return client
        raise AssertionError(f"not subscribed: {arguments}")

    def lines(self, client):
        """What it received, once it has ended."""
        out, _ = client.communicate(timeout=WAIT_SECONDS)
        assert client.returncode == 0, out
        chatter = ("Client ", "Subscribed", "Unsubscribed")
        return [line for line in out.splitlines() if not line.startswith(chatter)]

    def receive(self, *arguments):
        done = subprocess.run(["mosquitto_sub", *self.common, *arguments], text=True,
                              capture_output=True, timeout=WAIT_SECONDS)
        assert done.returncode == 0, done
        return done.stdout.splitlines()


def each_qos(world):
    for qos in "012":
        client = world.start("-t", world.topic, "-q", qos, "-C", "3", "-F", "%q %p")
        for sent in "012":
            world.publish("-t", world.topic, "-m", f"m{sent}", "-q", sent)
        assert world.lines(client) == [f"{min(qos, sent)} m{sent}" for sent in "012"]


def wildcards(world):
    client = world.start("-t", f"{world.topic}/+/x", "-t", f"{world.topic}/deep/#", "-C", "2",
                         "-F", "%t")
    for name in ("a/x", "a/y", "deep/er/est"):
        world.publish("-t", f"{world.topic}/{name}", "-m", "m", "-q", "1")
    assert world.lines(client) == [f"{world.topic}/a/x", f"{world.topic}/deep/er/est"]


def many_lines(world):
    client = world.start("-t", world.topic, "-q", "1", "-C", "500")
    text = [f"line {number}" for number in range(500)]
    world.publish("-t", world.topic, "-q", "1", "-l", text="\n".join(text) + "\n")
    assert world.lines(client) == text


def retained(world):
    world.publish("-t", world.topic, "-m", "kept", "-r", "-q", "1")
    assert world.receive("-t", world.topic, "-C", "1", "-F", "%r %p") == ["1 kept"]
    world.publish("-t", world.topic, "-n", "-r", "-q", "1")
    world.publish("-t", world.topic + "/end", "-m", "end", "-r", "-q", "1")
    assert world.receive("-t", world.topic + "/#", "-C", "1") == ["end"]


def will(world):
    client = world.start("-t", world.topic, "-q", "1", "-C", "1")
    dying = world.start("-t", world.topic + "/none", "--will-topic", world.topic,
                        "--will-payload", "gone", "--will-qos", "1")
    dying.kill()
    dying.communicate()
    assert world.lines(client) == ["gone"]


def lasting_session(world):
    lasting = ["-i", f"lasting-{world.version}", "-t", world.topic, "-q", "1", "-c"]
    if world.five:
        lasting += ["-x", "600"]
    subscribed = subprocess.run(["mosquitto_sub", *world.common, *lasting, "-E"],
                                timeout=WAIT_SECONDS)
    assert subscribed.returncode == 0
    for number in range(5):
        world.publish("-t", world.topic, "-m", str(number), "-q", "1")
    assert world.receive(*lasting, "-C", "5") == [str(number) for number in range(5)]


def properties(world):
    client = world.start("-t", world.topic, "-q", "1", "-C", "1", "-F", "%C|%R|%D|%P|%p")
    world.publish("-t", world.topic, "-m", "m", "-q", "1",
                  "-D", "publish", "content-type", "text/plain",
                  "-D", "publish", "response-topic", "to/me",
                  "-D", "publish", "correlation-data", "c7",
                  "-D", "publish", "user-property", "color", "red")
    assert world.lines(client) == ["text/plain|to/me|c7|color:red|m"]


def shared_subscription(world):
    members = [world.start("-t", f"$share/g/{world.topic}", "-q", "1", "-C", "1")
               for _ in range(2)]
    for number in range(2):
        world.publish("-t", world.topic, "-m", str(number), "-q", "1")
    assert sorted(line for one in members for line in world.lines(one)) == ["0", "1"]


FEATURES = (each_qos, wildcards, many_lines, retained, will, lasting_session, shared_subscription,
            properties)
ONLY_FIVE = (properties,)


def run_one(feature, version, port):
    if feature in ONLY_FIVE and version != "5.0":
        return "–"
    try:
        feature(World(version, port, f"mosquitto/{feature.__name__}/{version}"))
        return "yes"
    except (AssertionError, subprocess.TimeoutExpired) as failure:
        print(f"{feature.__name__} {version}: {failure!r}", file=sys.stderr)
        return "NO"


def run():
    options = harness.parser(__doc__).parse_args()
    with harness.broker_for(options, listener="mqtt", with_java=False) as (broker, _):
        table = {f.__name__: [run_one(f, version, broker.port) for version in VERSIONS]
                 for f in FEATURES}
        print("| mosquitto_pub, mosquitto_sub | " + " | ".join(VERSIONS) + " |\n" +
              "|---" * (len(VERSIONS) + 1) + "|")
        for name, results in table.items():
            print(f"| {name.replace('_', ' ')} | {' | '.join(results)} |")
        bad = [name for name, results in table.items() if "NO" in results]
        assert not bad, f"{', '.join(bad)}: see above"
        assert broker.stop() == 0


if __name__ == "__main__":
    harness.main(run)
