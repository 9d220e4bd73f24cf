// A client under Node: KIND (stomp or mqtt), URL, and the version of MQTT. A line of JSON for a
// command, a line for its answer.

import "./peers.js";
import { createInterface } from "node:readline";
import { Client } from "@stomp/stompjs";
import mqtt from "mqtt";
import WebSocket from "ws";

const [kind, url, version] = process.argv.slice(2);
const peer = kind === "stomp"
  ? new peers.StompPeer(Client, () => new WebSocket(url, ["v12.stomp"]))
  : new peers.MqttPeer({ connectAsync: mqtt.connectAsync, toBuffer: Buffer.from }, url,
    Number(version));
await peer.open();
for await (const line of createInterface({ input: process.stdin })) {
  const { verb, ...more } = JSON.parse(line);
  console.log(JSON.stringify(await peer[verb](more)));
  if (verb === "close") process.exit(0);
}
