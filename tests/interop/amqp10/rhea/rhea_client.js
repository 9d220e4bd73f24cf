// What rhea, unmodified, can do with the broker. Arguments: host, port.

import assert from "node:assert/strict";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import rhea from "rhea";
import { run, test } from "./tell.js";

const [host, port] = process.argv.slice(2);
const WAIT_MS = 20_000;
const unique = (prefix) => `${prefix}.${randomUUID().slice(0, 8)}`;

// The next event of a link or connection, as rhea's context.
async function next(emitter, event) {
  const [context] = await once(emitter, event, { signal: AbortSignal.timeout(WAIT_MS) });
  return context;
}

class Client {
  constructor(options = {}) {
    const { id = unique("client"), ...more } = options;
    this.container = rhea.create_container({ id });
    // Errors that a test wants to see have listeners of their own.
    for (const event of ["error", "connection_error", "session_error"]) {
      this.container.on(event, () => {});
    }
    this.connection = this.container.connect({ host, port, reconnect: false, ...more });
  }

  async opened() {
    await next(this.connection, "connection_open");
    return this;
  }

  async sender(target, options = {}) {
    const sender = this.connection.open_sender({ target, ...options });
    if (!sender.sendable()) await next(sender, "sendable");
    return sender;
  }

  async send(sender, message) {
    const delivery = sender.send(message);
    while (!delivery.remote_settled) await next(sender, "settled");
    return delivery;
  }

  // Collects messages with their deliveries; `take()` gives the next of them.
  receiver(source, options = {}) {
    const receiver = this.connection.open_receiver({
      source, autoaccept: false, credit_window: 10, ...options });
    const waiting = [];
    receiver.on("message", (context) => waiting.push(context));
    receiver.take = async () => {
      while (waiting.length === 0) await next(receiver, "message");
      return waiting.shift();
    };
    receiver.waiting = waiting;
    receiver.body = async () => {
      const { message, delivery } = await receiver.take();
      delivery.accept();
      return message.body;
    };
    return receiver;
  }

  async attached(link) {
    if (!link.is_remote_open()) {
      await next(link, link.is_receiver() ? "receiver_open" : "sender_open");
    }
    return link;
  }

  async close() {
    if (this.connection.is_closed()) return;
    const closed = next(this.connection, "connection_close");
    this.connection.close();
    await closed;
  }
}

async function connected(body, options) {
  const client = await new Client(options).opened();
  await body(client);
  await client.close();
}

async function fill(client, queue, ...bodies) {
  const sender = await client.sender(queue);
  for (const body of bodies) await client.send(sender, { body, durable: true });
  sender.close();
}

test("Transfers", "in order, unsettled", () => connected(async (client) => {
  const queue = unique("queue");
  const sender = await client.sender(queue);
  const settled = [];
  sender.on("accepted", () => settled.push(1));
  for (let i = 0; i < 200; ++i) sender.send({ body: i });
  const receiver = client.receiver(queue, { credit_window: 50 });
  for (let i = 0; i < 200; ++i) assert.equal(await receiver.body(), i);
  while (settled.length < 200) await next(sender, "accepted");
}));

test("Transfers", "presettled", () => connected(async (client) => {
  const queue = unique("queue");
  const sender = await client.sender(queue, { snd_settle_mode: 1 });
  for (let i = 0; i < 20; ++i) sender.send({ body: i });
  const receiver = client.receiver(queue, { snd_settle_mode: 1 });
  for (let i = 0; i < 20; ++i) assert.equal((await receiver.take()).message.body, i);
}));

test("Transfers", "large messages", () => connected(async (client) => {
  const queue = unique("queue");
  const bodies = [100_000, 1_000_000, 5_000_000].map((size) => Buffer.alloc(size, size % 251));
  const sender = await client.sender(queue);
  for (const body of bodies) await client.send(sender, { body: rhea.message.data_section(body) });
  const receiver = client.receiver(queue);
  for (const body of bodies) assert.deepEqual((await receiver.body()).content, body);
}));

test("Transfers", "small frames", () => connected(async (client) => {
  const queue = unique("queue");
  await fill(client, queue, "x".repeat(20_000));
  assert.equal(await client.receiver(queue).body(), "x".repeat(20_000));
}, { max_frame_size: 512 }));

test("Transfers", "drain", () => connected(async (client) => {
  const queue = unique("queue");
  await fill(client, queue, "a", "b");
  const receiver = client.receiver(queue, { credit_window: 0 });
  await client.attached(receiver);
  receiver.drain_credit();
  const drained = next(receiver, "receiver_drained");
  receiver.add_credit(10);
  await drained;
  assert.deepEqual([await receiver.body(), await receiver.body()], ["a", "b"]);
}));

test("Outcomes", "released", () => connected(async (client) => {
  const queue = unique("queue");
  await fill(client, queue, "m");
  const receiver = client.receiver(queue);
  (await receiver.take()).delivery.release();
  const again = await receiver.take();
  assert.equal(again.message.delivery_count ?? 0, 0);
  again.delivery.accept();
}));

test("Outcomes", "modified", () => connected(async (client) => {
  const queue = unique("queue");
  await fill(client, queue, "m");
  const receiver = client.receiver(queue);
  (await receiver.take()).delivery.modified({ delivery_failed: true });
  const again = await receiver.take();
  assert.equal(again.message.delivery_count, 1);
  again.delivery.accept();
}));

test("Outcomes", "rejected", () => connected(async (client) => {
  const [queue, body] = [unique("queue"), unique("letter")];
  await fill(client, queue, body);
  (await client.receiver(queue).take()).delivery.reject({ condition: "my:reason" });
  const letters = client.receiver("ActiveMQ.DLQ", { credit_window: 1 });
  while (await letters.body() !== body);
}));

test("Outcomes", "of what is sent", () => connected(async (client) => {
  const sender = await client.sender({});
  sender.on("rejected", () => {});
  const delivery = await client.send(sender, { body: "nowhere" });
  assert.equal(delivery.remote_state.error.condition, "amqp:not-found");
}));

test("Nodes", "topics", () => connected(async (client) => {
  const topic = unique("topic");
  const one = await client.attached(client.receiver(`topic://${topic}`));
  const two = await client.attached(
    client.receiver({ address: topic, capabilities: ["topic"] }));
  const sender = await client.sender({ address: topic, capabilities: ["topic"] });
  await client.send(sender, { body: "news" });
  assert.deepEqual([await one.body(), await two.body()], ["news", "news"]);
}));

test("Nodes", "request and reply", () => connected(async (client) => {
  const queue = unique("queue");
  const replies = await client.attached(client.receiver({ dynamic: true }));
  const sender = await client.sender(queue);
  await client.send(sender, { body: "?", reply_to: replies.source.address, correlation_id: 7 });
  await connected(async (server) => {
    const { message, delivery } = await server.receiver(queue).take();
    delivery.accept();
    const back = await server.sender(message.reply_to);
    await server.send(back, { body: "!", correlation_id: message.correlation_id });
  });
  const { message } = await replies.take();
  assert.deepEqual([message.body, message.correlation_id], ["!", 7]);
}));

test("Nodes", "anonymous relay", () => connected(async (client) => {
  const queue = unique("queue");
  const sender = await client.sender({});
  await client.send(sender, { to: queue, body: "m" });
  assert.equal(await client.receiver(queue).body(), "m");
}));

test("Nodes", "browsing", () => connected(async (client) => {
  const queue = unique("queue");
  await fill(client, queue, "a", "b");
  const browser = client.receiver({ address: queue, distribution_mode: "copy" });
  assert.deepEqual([await browser.body(), await browser.body()], ["a", "b"]);
  const receiver = client.receiver(queue);
  assert.deepEqual([await receiver.body(), await receiver.body()], ["a", "b"]);
}));

test("Subscriptions", "selector", () => connected(async (client) => {
  const queue = unique("queue");
  const filter = rhea.filter.selector("colour = 'red'");
  const receiver = await client.attached(client.receiver({ address: queue, filter }));
  const sender = await client.sender(queue);
  for (const colour of ["blue", "red"]) {
    await client.send(sender, { body: colour, application_properties: { colour } });
  }
  assert.equal(await receiver.body(), "red");
}));

test("Subscriptions", "a selector that is none", () => connected(async (client) => {
  const filter = rhea.filter.selector("this is = none");
  const receiver = client.receiver({ address: unique("queue"), filter });
  const { receiver: refused } = await next(receiver, "receiver_error");
  assert.equal(refused.error.condition, "amqp:invalid-field");
}));

test("Subscriptions", "durable", async () => {
  const [id, topic, name] = [unique("client"), unique("topic"), unique("sub")];
  const source = { address: topic, durable: 2, expiry_policy: "never", capabilities: ["topic"] };
  await connected(async (client) => {
    const receiver = await client.attached(client.receiver(source, { name }));
    receiver.detach();
    await next(receiver, "receiver_close").catch(() => {});
  }, { id });
  await connected(async (client) => {
    const sender = await client.sender(`topic://${topic}`);
    await client.send(sender, { body: "while away", durable: true });
  });
  await connected(async (client) => {
    const receiver = client.receiver(source, { name });
    assert.equal(await receiver.body(), "while away");
    const closed = next(receiver, "receiver_close");
    receiver.close();
    await closed;
  }, { id });
});

test("Subscriptions", "shared", () => connected(async (client) => {
  const [topic, name] = [unique("topic"), unique("sub")];
  const source = { address: topic, capabilities: ["topic", "shared", "global"] };
  const links = [];
  for (const number of [1, 2]) {
    links.push(await client.attached(
      client.receiver(source, { name: `${name}|global-volatile${number}`, credit_window: 1 })));
  }
  const sender = await client.sender(`topic://${topic}`);
  for (let i = 0; i < 10; ++i) await client.send(sender, { body: i });
  const got = [];
  while (got.length < 10) {
    for (const link of links) {
      while (link.waiting.length > 0) got.push(await link.body());
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(got.sort((a, b) => a - b), [...Array(10).keys()]);
}));

test("Messages", "everything that is said of one", () => connected(async (client) => {
  const queue = unique("queue");
  const sent = {
    message_id: "id-1", user_id: "me", subject: "s", reply_to: "r", correlation_id: "c",
    content_type: "text/plain", content_encoding: "e", group_id: "g", group_sequence: 3,
    reply_to_group_id: "rg", durable: true, priority: 8,
    application_properties: { text: "x", number: 7, yes: true },
    message_annotations: { "x-opt-mine": "kept" }, body: { key: ["v", 1, null, true] },
  };
  const sender = await client.sender(queue);
  await client.send(sender, sent);
  const { message } = await client.receiver(queue).take();
  for (const field of Object.keys(sent)) {
    const got = Buffer.isBuffer(message[field]) ? message[field].toString() : message[field];
    assert.deepEqual(got, sent[field], field);
  }
}));

test("Messages", "kinds of bodies", () => connected(async (client) => {
  const queue = unique("queue");
  const sender = await client.sender(queue);
  const receiver = client.receiver(queue);
  for (const body of ["text", 42, true, null, ["a", 1], { a: 1 },
    rhea.message.sequence_section(["a", 1])]) {
    await client.send(sender, { body });
    assert.deepEqual(await receiver.body(), body);
  }
}));

test("Connections", "PLAIN and ANONYMOUS", async () => {
  for (const login of [{ username: "u", password: "peer-secret" }, { username: "anonymous" }]) {
    await connected(async () => {}, login);
  }
});

test("Connections", "reconnect and go on", async () => {
  const queue = unique("queue");
  const client = await new Client({ reconnect: true, initial_reconnect_delay: 10 }).opened();
  const receiver = await client.attached(client.receiver(queue));
  client.connection.socket.destroy(new Error("cut"));
  await next(receiver, "receiver_open");
  await connected((other) => fill(other, queue, "after"));
  assert.equal(await receiver.body(), "after");
  await client.close();
});

await run();
process.exit(0);
