"""Debian's RabbitMQ as a peer to compare with: a node of its own for each test, with its own files
and ports, and nothing of it left behind."""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

HOME = "/usr/lib/rabbitmq"
PLUGINS = ("rabbitmq_management", "rabbitmq_consistent_hash_exchange")


def free_ports(count):
    """Ports that nobody listens on; found all together, so that they differ. They are not of those
    that the system gives to connections, any of which may be in use a moment later."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    sockets = []
    try:
        while len(sockets) < count:
            one = socket.socket()
            try:
                one.bind(("", random.randrange(first // 2, first)))
            except OSError:
                one.close()
            else:
                sockets.append(one)
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def server_program():
    found = sorted(Path(HOME, "lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    assert found, "rabbitmq-server is not installed"
    return found[-1]


class RabbitMq:
    """A node that runs from `with` on; `port` speaks AMQP 0-9-1, `http_port` is the management
    API's. `config` is more of its rabbitmq.conf, `advanced` its advanced.config."""

    def __init__(self, work, config="", advanced=None):
        self.work = Path(work)
        self.port, self.http_port, dist_port, self.mapper_port = free_ports(4)
        self.work.mkdir(parents=True, exist_ok=True)
        advanced_file = self.work / "advanced.config"
        if advanced is not None:
            advanced_file.write_text(advanced)
        config_file = self.work / "rabbitmq.conf"
        config_file.write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
                               "management.tcp.ip = 127.0.0.1\n"
                               f"management.tcp.port = {self.http_port}\n"
                               "log.console = false\n"
                               "disk_free_limit.absolute = 1MB\n" + config)
        plugins = self.work / "enabled_plugins"
        plugins.write_text(f"[{','.join(PLUGINS)}].\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.work),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"peer{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(dist_port),
            "RABBITMQ_CONFIG_FILE": str(config_file),
            "RABBITMQ_CONF_ENV_FILE": str(self.work / "none.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(advanced_file),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_MNESIA_BASE": str(self.work / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.work / "log"),
            "RABBITMQ_PID_FILE": str(self.work / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2",
        }
        self.mapper = None
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, wait_s=240):
        self.mapper = subprocess.Popen(
            ["epmd", "-port", str(self.mapper_port), "-address", "127.0.0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process = subprocess.Popen(
            [str(server_program())], env=self.environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + wait_s
        for port in (self.port, self.http_port):
            while not self._answers(port):
                assert self.process.poll() is None, self.log_text()
                assert time.monotonic() < deadline, self.log_text()
                time.sleep(0.2)

    @staticmethod
    def _answers(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def log_text(self):
        return "\n".join(path.read_text() for path in sorted(self.work.glob("log/*.log")))

    def close(self):
        for process, group in ((self.process, True), (self.mapper, False)):
            if process is None or process.poll() is not None:
                continue
            if group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()
