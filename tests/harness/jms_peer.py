"""The JMS client on the other side of a conversation with another protocol."""

import subprocess

WAIT_SECONDS = 20


class JmsPeer:
    """Speaks with tests/interop/stomp/JmsPeer.java: a line for a command, a line for its answer."""

    def __init__(self, java, url):
        self.process = subprocess.Popen(
            java.command("interop.stomp.JmsPeer", url, properties={"file.encoding": "UTF-8"}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer, "the JMS client ended"
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait(WAIT_SECONDS)
