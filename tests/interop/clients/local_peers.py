"""The clients that are Python's, a command's or C's, with the verbs that all peers have."""

import base64
import queue
import subprocess

import paho.mqtt.client as mqtt
import stomp
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

WAIT_SECONDS = 20


def encoded(body, bytes_):
    return base64.b64encode(body).decode() if bytes_ else body.decode()


def decoded(body, bytes_):
    return base64.b64decode(body) if bytes_ else body.encode()


class StompPy:
    def __init__(self, port):
        self.events = {name: queue.Queue() for name in ("message", "receipt")}
        self.link = stomp.Connection12([("127.0.0.1", port)], auto_content_length=False,
                                       auto_decode=False)
        self.link.set_listener("", self)
        self.link.connect(wait=True)

    # What stomp.py calls.
    def on_message(self, frame):
        self.events["message"].put(frame)

    def on_receipt(self, frame):
        self.events["receipt"].put(frame)

    def __getattr__(self, name):
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda *_: None

    def subscribe(self, to):
        self.link.subscribe(to, id="1", ack="client-individual", receipt="s")
        self.events["receipt"].get(timeout=WAIT_SECONDS)

    def send(self, to, body, tone=None, bytes=False):
        headers = {"persistent": "true", "receipt": "r"}
        if tone:
            headers["tone"] = tone
        if bytes:
            headers["content-length"] = len(decoded(body, True))
        self.link.send(to, decoded(body, bytes), headers=headers)
        self.events["receipt"].get(timeout=WAIT_SECONDS)

    def receive(self, bytes=False):
        frame = self.events["message"].get(timeout=WAIT_SECONDS)
        self.link.ack(frame.headers["ack"])
        body = frame.body if isinstance(frame.body, type(b"")) else frame.body.encode()
        return {"body": encoded(body, bytes),
                "tone": frame.headers.get("tone", frame.headers.get("text"))}

    def close(self):
        self.link.disconnect()


class Paho:
    def __init__(self, port, version):
        self.five = version == mqtt.MQTTv5
        self.messages, self.events = queue.Queue(), queue.Queue()
        self.link = mqtt.Client("", protocol=version)
        self.link.on_connect = lambda *_: self.events.put("connect")
        self.link.on_subscribe = lambda *_: self.events.put("subscribe")
        self.link.on_publish = lambda *_: self.events.put("publish")
        self.link.on_message = lambda c, u, message: self.messages.put(message)
        self.link.connect("127.0.0.1", port)
        self.link.loop_start()
        self.wait()

    def wait(self):
        self.events.get(timeout=WAIT_SECONDS)

    def subscribe(self, to):
        self.link.subscribe(to, 1)
        self.wait()

    def send(self, to, body, tone=None, bytes=False, retain=False):
        properties = None
        if tone:
            properties = Properties(PacketTypes.PUBLISH)
            properties.UserProperty = ("tone", tone)
        self.link.publish(to, decoded(body, bytes), 1, retain,
                          **({"properties": properties} if properties else {}))
        self.wait()

    def receive(self, bytes=False):
        message = self.messages.get(timeout=WAIT_SECONDS)
        user = dict(getattr(message.properties, "UserProperty", [])) if self.five else {}
        return {"body": encoded(message.payload, bytes), "tone": user.get("tone", user.get("text"))}

    def close(self):
        self.link.disconnect()
        self.link.loop_stop()


class PahoC:
    """The program paho_peer.c, which speaks in words of hexadecimal digits."""

    def __init__(self, program, port, version):
        self.process = subprocess.Popen([program, f"tcp://127.0.0.1:{port}", str(version)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, verb, *words):
        self.process.stdin.write(" ".join([verb, *(f"x{one.hex()}" for one in words)]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        assert answer, f"paho_peer ended at {verb}"
        return [type(b"").fromhex(one[1:]) for one in answer[1:]]

    def subscribe(self, to):
        self.ask("subscribe", to.encode())

    def send(self, to, body, tone="", bytes=False, retain=False):
        self.ask("send", to.encode(), decoded(body, bytes), b"1" if retain else b"",
                 (tone or "").encode())

    def receive(self, bytes=False):
        body, *tone = self.ask("receive")
        return {"body": encoded(body, bytes), "tone": tone[0].decode() if tone else None}

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(WAIT_SECONDS)
        self.process.stdout.close()
        assert code == 0, code


class Mosquitto:
    """`mosquitto_pub` for each message, `mosquitto_sub` for each subscription."""

    def __init__(self, port, version):
        self.common = ["-h", "127.0.0.1", "-p", str(port), "-V", version, "-q", "1"]
        self.reader = None

    def subscribe(self, to):
        # Lines of hexadecimal digits, so that a body is a line whatever is in it.
        self.reader = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", *self.common, "-t", to, "-d", "-F", "m %x %P"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while not self.reader.stdout.readline().startswith("Subscribed"):
            assert self.reader.poll() is None, "mosquitto_sub ended"

    def send(self, to, body, tone=None, bytes=False, retain=False):
        command = ["mosquitto_pub", *self.common, "-t", to, "-s"]
        command += ["-D", "publish", "user-property", "tone", tone] if tone else []
        command += ["-r"] if retain else []
        done = subprocess.run(command, input=decoded(body, bytes), capture_output=True,
                              timeout=WAIT_SECONDS)
        assert done.returncode == 0, done.stderr

    def receive(self, bytes=False):
        while not (line := self.reader.stdout.readline()).startswith("m "):
            assert line, "mosquitto_sub ended"
        _, body, *user = line.split()
        user = dict(one.split(":", 1) for one in user if ":" in one)
        return {"body": encoded(type(b"").fromhex(body), bytes),
                "tone": user.get("tone", user.get("text"))}

    def close(self):
        if self.reader:
            self.reader.terminate()
            self.reader.wait(WAIT_SECONDS)
            self.reader.stdout.close()
