// A client in a page of a browser: its path, KIND (stomp or mqtt), URL, and the version of MQTT. A
// line of JSON for a command, a line for its answer.

import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [browserPath, kind, url, version] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage();
for (const script of ["node_modules/@stomp/stompjs/bundles/stomp.umd.js",
  "node_modules/mqtt/dist/mqtt.min.js", "peers.js"]) {
  await page.addScriptTag({ path: script });
}
await page.evaluate(([kind, url, version]) => {
  globalThis.peer = kind === "stomp"
    ? new peers.StompPeer(StompJs.Client, () => new WebSocket(url, ["v12.stomp"]))
    : new peers.MqttPeer({ connectAsync: mqtt.connectAsync, toBuffer: (bytes) => bytes }, url,
      version);
  return peer.open();
}, [kind, url, Number(version)]);
for await (const line of createInterface({ input: process.stdin })) {
  const { verb, ...more } = JSON.parse(line);
  const answer = await page.evaluate(([verb, more]) => peer[verb](more), [verb, more]);
  console.log(JSON.stringify(answer));
  if (verb === "close") break;
}
await browser.close();
