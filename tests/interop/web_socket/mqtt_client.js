// The MQTT client of browsers and of Node, in each version. Arguments: URL (ws, wss, mqtt or mqtts),
// and the file of an authority for TLS.

import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import mqtt from "mqtt";

const [url, authority] = process.argv.slice(2);
const versions = [
  { name: "3.1", protocolVersion: 3, protocolId: "MQIsdp" },
  { name: "3.1.1", protocolVersion: 4, protocolId: "MQTT" },
  { name: "5.0", protocolVersion: 5, protocolId: "MQTT" },
];

function connect({ protocolVersion, protocolId }, settings = {}) {
  const options = { protocolVersion, protocolId, reconnectPeriod: 0, ...settings };
  if (authority) options.ca = readFileSync(authority);
  return mqtt.connectAsync(url, options);
}

// What comes to the client next: the message as bytes, and its packet.
function next(client) {
  return new Promise((resolve) =>
    client.once("message", (topic, payload, packet) => resolve({ topic, payload, packet })));
}

async function eachQos(version, topic) {
  const client = await connect(version);
  for (const qos of [0, 1, 2]) {
    const [granted] = await client.subscribeAsync(`${topic}/${qos}`, { qos });
    assert.equal(granted.qos, qos);
    const received = next(client);
    await client.publishAsync(`${topic}/${qos}`, "grüße ☃", { qos });
    const { payload, packet } = await received;
    assert.equal(payload.toString(), "grüße ☃");
    assert.equal(packet.qos, qos);
  }
  await client.endAsync();
}

async function largeMessage(version, topic) {
  const client = await connect(version);
  await client.subscribeAsync(topic, { qos: 1 });
  const body = Buffer.alloc(1_000_000, "0123456789");
  const received = next(client);
  await client.publishAsync(topic, body, { qos: 1 });
  assert.ok(body.equals((await received).payload));
  await client.endAsync();
}

async function manyMessages(version, topic) {
  const client = await connect(version);
  await client.subscribeAsync(topic, { qos: 2 });
  const count = 1000;
  const seen = [];
  const all = new Promise((resolve) =>
    client.on("message", (_, payload) => {
      seen.push(Number(payload));
      if (seen.length === count) resolve();
    }));
  for (let i = 0; i < count; ++i) client.publish(topic, `${i}`, { qos: 2 });
  await all;
  assert.deepEqual(seen, Array.from({ length: count }, (_, i) => i));
  await client.endAsync();
}

async function retainedAndWill(version, topic) {
  const watcher = await connect(version);
  await watcher.publishAsync(topic, "kept", { qos: 1, retain: true });
  let received = next(watcher);
  await watcher.subscribeAsync(topic, { qos: 1 });
  const { payload, packet } = await received;
  assert.equal(payload.toString(), "kept");
  assert.ok(packet.retain);
  const doomed = await connect(version, { will: { topic, payload: "gone", qos: 1 } });
  doomed.on("error", () => {});
  received = next(watcher);
  doomed.stream.destroy();
  assert.equal((await received).payload.toString(), "gone");
  doomed.end(true);
  await watcher.publishAsync(topic, "", { qos: 1, retain: true });
  await watcher.endAsync();
}

async function lastingSession(version, topic) {
  const settings = { clientId: topic.replaceAll("/", "-"), clean: false };
  if (version.protocolVersion === 5) settings.properties = { sessionExpiryInterval: 1000 };
  const first = await connect(version, settings);
  await first.subscribeAsync(topic, { qos: 1 });
  await first.endAsync();
  const sender = await connect(version);
  await sender.publishAsync(topic, "meanwhile", { qos: 1 });
  await sender.endAsync();
  // What waits may come with the very answer to CONNECT.
  const second = mqtt.connect(url, {
    ...version, ...settings, reconnectPeriod: 0,
    ...(authority ? { ca: readFileSync(authority) } : {}),
  });
  assert.equal((await next(second)).payload.toString(), "meanwhile");
  await second.endAsync();
  const last = await connect(version, { ...settings, clean: true, properties: undefined });
  await last.endAsync();
}

async function properties(version, topic) {
  if (version.protocolVersion !== 5) return;
  const client = await connect(version);
  await client.subscribeAsync(topic, { qos: 1, properties: { subscriptionIdentifier: 7 } });
  const received = next(client);
  await client.publishAsync(topic, "text", {
    qos: 1,
    properties: {
      contentType: "text/plain", responseTopic: "re/ply", correlationData: Buffer.from([0, 1]),
      userProperties: { a: "1", b: "2" },
    },
  });
  const got = (await received).packet.properties;
  assert.equal(got.contentType, "text/plain");
  assert.equal(got.responseTopic, "re/ply");
  assert.deepEqual([...got.correlationData], [0, 1]);
  assert.deepEqual({ ...got.userProperties }, { a: "1", b: "2" });
  assert.equal(got.subscriptionIdentifier, 7);
  await client.endAsync();
}

const stories = [eachQos, largeMessage, manyMessages, retainedAndWill, lastingSession, properties];
for (const version of versions) {
  for (const story of stories) {
    await story(version, `npm/${story.name}/${version.protocolVersion}`);
    console.log(`ok ${story.name} ${version.name}`);
  }
}
