// An AMQP 1.0 client of browsers. Argument: URL.

import assert from "node:assert/strict";
import rhea from "rhea";
import WebSocket from "ws";

const [url] = process.argv.slice(2);
const container = rhea.create_container();
const ws = container.websocket_connect(WebSocket);
const bodies = ["grüße", "x".repeat(300_000), "last"];

container.on("sendable", (context) => {
  while (context.sender.sendable() && bodies.length > 0) {
    context.sender.send({ body: bodies.shift() });
  }
});
const received = [];
container.on("message", (context) => {
  received.push(context.message.body);
  if (context.message.body === "last") context.connection.close();
});
container.on("connection_close", () => {
  assert.deepEqual(received.map((body) => body.length), [5, 300_000, 4]);
  console.log("ok");
});
container.on("disconnected", (context) => {
  if (received.length < 3) throw context.error ?? new Error("disconnected");
});

const connection = container.connect({
  connection_details: ws(url, ["binary", "AMQPWSB10", "amqp"], {}),
  username: "anonymous",
  reconnect: false,
});
connection.open_receiver("queue://ws.amqp");
connection.open_sender("queue://ws.amqp");
