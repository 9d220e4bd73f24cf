#!/usr/bin/python3
"""Who gets in and what they may do, over each protocol with clients of it.

Plays a matrix of protocols, operations and rights. `--broker classic` plays it against ActiveMQ
Classic with the same document, as far as that speaks the protocols. Prints a table; `--table FILE`
enters it there.
"""

import itertools
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import clients
from operators import play_operators
from harness import options as harness
from harness.broker import ClassicBroker, TernBroker
from harness.java import Java

DOCUMENT = Path(__file__).resolve().parent / "activemq.xml"
RIGHTS = ("none", "r", "w", "a", "rw", "ra", "wa", "rwa")
BEGIN, END = "<!-- access: entered by the run -->", "<!-- end of access -->"

BOSS = ("boss", "boss-secret")
TESTER = ("tester", "tester-secret")
OUTSIDER = ("outsider", "outsider-secret")


def needed(operation, exists):
    """The rights that an operation needs, by their letters."""
    letter = {"send": "w", "produce": "w", "consume": "r", "browse": "r", "remove": "a"}[operation]
    creates = not exists and operation in ("send", "consume", "browse")
    return letter + ("a" if creates else "")


class Table:
    def __init__(self):
        self.rows = {}
        self.failures = []

    def enter(self, protocol, operation, well, what):
        passed, asked = self.rows.get((protocol, operation), (0, 0))
        self.rows[protocol, operation] = (passed + well, asked + 1)
        if not well:
            self.failures.append(f"{protocol}: {what}")

    def lines(self):
        yield "| protocol | operation | as the map says |"
        yield "| --- | --- | --- |"
        for (protocol, operation), (passed, asked) in self.rows.items():
            yield f"| {protocol} | {operation} | {passed} of {asked} |"


def play_logins(client, table):
    cases = [(BOSS, True), (OUTSIDER, True), (("tester", "guessed-secret"), False),
             (("nobody", "guessed-secret"), False), ((None, None), False)]
    for (user, password), welcome in cases:
        if user is None and isinstance(client, clients.Amqp091):
            continue  # it always names somebody
        problem = client.attempt(user, password, "login", "queue://m.none.x")
        well = (problem is None) == welcome
        table.enter(client.name, "login", well, f"login of {user}: {problem}")


def play_rights(client, table, admin, all_may_remove):
    """Each operation with each set of rights, on what is there and what is not."""
    tag = client.name.replace(" ", "").replace(".", "").replace("-", "")
    cases = itertools.product(client.domains, client.operations, RIGHTS, (True, False))
    for number, (domain, operation, rights, exists) in enumerate(cases):
        if operation == "browse" and domain == "topic":
            continue
        if operation == "remove" and not exists:
            continue
        # A sender of AMQP 1.0 makes what it sends to, a producer of JMS does so in ActiveMQ only.
        makes = operation == "produce" and isinstance(client, clients.Amqp10)
        if operation == "produce" and not exists and not makes:
            continue
        destination = f"{domain}://m.{rights}.{tag}{number}"
        if exists:
            assert admin.attempt(*BOSS, "send", destination) is None, destination
        wanted = needed("send" if makes else operation, exists)
        allowed = set(wanted) <= set(rights) and rights != "none"
        if operation == "remove" and all_may_remove:
            allowed = True
        problem = client.attempt(*TESTER, operation, destination)
        table.enter(client.name, f"{operation} {domain}", (problem is None) == allowed,
                    f"{operation} {destination} ({'there' if exists else 'missing'}): "
                    f"{problem or 'allowed'}")


def play_tricks(client, table, admin):
    """Ways around the map."""
    reads = "consume" in client.operations
    sends = "send" in client.operations
    domain = client.domains[-1]
    assert admin.attempt(*BOSS, "send", f"{domain}://m.rwa.tricks") is None
    assert admin.attempt(*BOSS, "send", f"{domain}://m.none.tricks") is None
    # The virtual tree of RabbitMQ has no wildcards in its queues.
    if reads and not isinstance(client, clients.Amqp091):
        for wildcard in (">", "m.>"):
            problem = client.attempt(*TESTER, "consume", f"{domain}://{wildcard}")
            table.enter(client.name, "tricks", problem is not None, f"consumes {wildcard}")
        problem = client.attempt(*TESTER, "consume", f"{domain}://m.rwa.>")
        table.enter(client.name, "tricks", problem is None, f"may not consume m.rwa.>: {problem}")
    composite = isinstance(client, (clients.OpenWire, clients.Stomp, clients.StompWebSocket))
    if composite:
        both = f"{domain}://m.rwa.tricks,{domain}://m.none.tricks"
        for operation in ("send", "consume"):
            problem = client.attempt(*TESTER, operation, both)
            table.enter(client.name, "tricks", problem is not None, f"{operation} {both}")
    if sends:
        problem = client.attempt(*OUTSIDER, "send", f"{domain}://m.rwa.tricks")
        table.enter(client.name, "tricks", problem is not None, "an outsider sends")


def play_texts(openwire, stomp):
    """Clients match on these."""
    told = openwire.attempt("tester", "guessed-secret", "login", "queue://m.none.x")
    assert "User name [tester] or password is invalid." in told, told
    told = stomp.attempt("tester", "guessed-secret", "login", "queue://m.none.x")
    assert "User name [tester] or password is invalid." in told, told
    for client in (openwire, stomp):
        told = client.attempt(*TESTER, "send", "queue://m.none.t")
        assert "User tester is not authorized to write to: queue://m.none.t" in told, told
        told = client.attempt(*TESTER, "consume", "queue://m.none.t")
        assert "User tester is not authorized to read from: queue://m.none.t" in told, told
        told = client.attempt(*TESTER, "send", "queue://m.w.t")
        assert "User tester is not authorized to create: " in told, told


def make_clients(options, ports, java):
    made = [clients.OpenWire(ports, java), clients.Stomp(ports, java)]
    made.append(clients.Mqtt3(ports, java))
    if options.broker == "ternd":
        made.append(clients.Mqtt(ports, java))
        made += [clients.StompWebSocket(ports, java),
                 clients.Mqtt(ports, java, transport="websockets")]
        made += [clients.Amqp10(ports, java), clients.Amqp091(ports, java)]
    return made


def ports_of(options, broker):
    if options.broker == "classic":
        return broker.ports
    return dict.fromkeys(("openwire", "stomp", "mqtt", "amqp"), broker.port)


def make_broker(options, work, java, document=DOCUMENT):
    if options.broker == "classic":
        return ClassicBroker(work, java, document=document)
    settings = {"http.listen": "127.0.0.1:0"}
    return TernBroker(work, options.ternd, settings=settings, listener="auto", document=document)


def play(options, broker, java):
    table = Table()
    made = make_clients(options, ports_of(options, broker), java)
    try:
        admin = made[0]
        for client in made:
            # ActiveMQ asks for `admin` only when there is nothing to remove.
            play_rights(client, table, admin, all_may_remove=options.broker == "classic")
            play_tricks(client, table, admin)
        play_texts(made[0], made[1])
        if options.broker == "ternd":
            play_operators(broker.http_port, table)
        for client in made:
            play_logins(client, table)
    finally:
        for client in made:
            client.close()
    return table


def play_advisories(options, work, java):
    """Who may not read advisories connects all the same, unless its client wants them."""
    document = Path(work) / "no_advisories.xml"
    everybody = '"ActiveMQ.Advisory.>" read="*"'
    assert everybody in DOCUMENT.read_text()
    document.write_text(DOCUMENT.read_text().replace(everybody, everybody[:-len(' read="*"')]))
    broker = make_broker(options, Path(work) / "other", java, document)
    broker.work.mkdir()
    with harness.running(broker):
        ports = ports_of(options, broker)
        for advisories in (True, False):
            client = clients.OpenWire(ports, java, advisories)
            told = client.attempt(*TESTER, "send", "queue://m.rwa.advisories")
            client.close()
            assert (told is None) != advisories, told
            assert told is None or re.search("not authorized to read from: .*ActiveMQ.Advisory",
                                             told), told
        assert broker.stop() == 0


def check_log(broker):
    """What was refused is in the log."""
    log = broker.log_text()
    if isinstance(broker, TernBroker):
        assert "may not write queue://m.none." in log, "a refusal is not in the log"
        assert "login for tester" in log, "a failed login is not in the log"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--table", metavar="FILE", type=Path, help="enter the table there")
    options = parser.parse_args()
    java = Java(options.classes, options.client)
    java.compile()
    with tempfile.TemporaryDirectory(prefix="tern-access-") as work:
        broker = make_broker(options, work, java)
        with harness.running(broker):
            table = play(options, broker, java)
            check_log(broker)
            assert broker.stop() == 0
            play_advisories(options, work, java)
    print(*table.lines(), sep="\n")
    assert not table.failures, "\n".join(["not as the map says:", *table.failures])
    if options.table:
        text = options.table.read_text()
        head, _, rest = text.partition(BEGIN)
        _, _, tail = rest.partition(END)
        options.table.write_text("\n".join([head + BEGIN, *table.lines(), END]) + tail)


if __name__ == "__main__":
    harness.main(run)
