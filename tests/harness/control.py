"""Lets the Java side of a test stop and start the broker, and find its operators' port: one command
a line, answered `ok`."""

import socketserver
import threading


class ControlServer:
    """Serves `kill`, `stop`, `start` and `operators` for one broker on a loopback port."""

    def __init__(self, broker):
        actions = {"kill": broker.kill, "stop": broker.stop, "start": broker.start}

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                for line in self.rfile:
                    self.wfile.write(self.answer(line.decode().strip()).encode() + b"\n")

            @staticmethod
            def answer(command):
                if command == "operators":
                    return f"ok {broker.http_port}"
                try:
                    code = actions[command]()
                except Exception as error:
                    return f"failed: {error!r}"
                return f"failed: exit code {code}" if code else "ok"

        self._server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
