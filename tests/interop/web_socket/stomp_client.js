// The STOMP client of browsers. Arguments: URL, and the file of an authority for wss.

import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { Client } from "@stomp/stompjs";
import WebSocket from "ws";

const [url, authority] = process.argv.slice(2);
const options = authority ? { ca: readFileSync(authority) } : {};

function connect(settings = {}) {
  return new Promise((resolve, reject) => {
    const client = new Client({
      webSocketFactory: () => new WebSocket(url, client.stompVersions.protocolVersions(), options),
      reconnectDelay: 0,
      onConnect: () => resolve(client),
      onStompError: (frame) => reject(new Error(frame.headers.message)),
      onWebSocketError: (event) => reject(new Error(event.message)),
      ...settings,
    });
    client.activate();
  });
}

// Publishes that and returns what comes back for it.
function roundTrip(client, destination, publish) {
  return new Promise((resolve) => {
    client.subscribe(destination, resolve);
    client.publish({ destination, ...publish });
  });
}

async function textAndBytes() {
  const client = await connect();
  assert.equal(client.webSocket.protocol, "v12.stomp");
  const text = await roundTrip(client, "/queue/ws.text", { body: "grüße ☃ 𝄞" });
  assert.equal(text.body, "grüße ☃ 𝄞");
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const answer = await roundTrip(client, "/queue/ws.bytes", { binaryBody: bytes });
  assert.deepEqual(new Uint8Array(answer.binaryBody), bytes);
  await client.deactivate();
}

async function largeBodies() {
  for (const settings of [{}, { splitLargeFrames: true }, { forceBinaryWSFrames: true }]) {
    const client = await connect(settings);
    const body = "☃".repeat(300_000);
    const large = await roundTrip(client, "/queue/ws.large", { body });
    assert.equal(large.body, body);
    await client.deactivate();
  }
}

async function manyMessages() {
  const client = await connect();
  const count = 2000;
  const seen = [];
  await new Promise((resolve) => {
    client.subscribe("/topic/ws.many", (message) => {
      seen.push(Number(message.body));
      if (seen.length === count) resolve();
    });
    for (let i = 0; i < count; ++i) client.publish({ destination: "/topic/ws.many", body: `${i}` });
  });
  assert.deepEqual(seen, Array.from({ length: count }, (_, i) => i));
  await client.deactivate();
}

async function acksAndReceipts() {
  const client = await connect();
  const message = await new Promise((resolve) => {
    client.subscribe("/queue/ws.acks", resolve, { ack: "client-individual" });
    client.publish({ destination: "/queue/ws.acks", body: "one" });
  });
  await new Promise((resolve) => {
    client.watchForReceipt("acked", resolve);
    message.ack({ receipt: "acked" });
  });
  await client.deactivate();
}

async function heartBeats() {
  const client = await connect({ heartbeatIncoming: 200, heartbeatOutgoing: 200 });
  // The client ends the connection itself when the broker's beats stop.
  await new Promise((resolve, reject) => {
    let beats = 0;
    client.onWebSocketClose = () => reject(new Error("closed"));
    client.webSocket.addEventListener("message", (event) => {
      if (event.data.toString() !== "\n" && event.data.byteLength !== 1) return;
      if (++beats === 5) resolve();
    });
  });
  client.onWebSocketClose = () => {};
  await client.deactivate();
}

async function goodbye() {
  const client = await connect();
  const closed = new Promise((resolve) => (client.onWebSocketClose = resolve));
  await client.deactivate();
  assert.equal((await closed).code, 1000);
}

for (const story of [textAndBytes, largeBodies, manyMessages, acksAndReceipts, heartBeats, goodbye]) {
  await story();
  console.log(`ok ${story.name}`);
}
