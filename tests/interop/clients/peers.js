// What a client does for each command, under Node and in a page of a browser: there is no import
// here, so that both can load it. `tone` is a property of a message, `bytes` says that its body is
// no text but in base64.

{
  // Messages in their order, for whoever asks for the next one.
  class Inbox {
    waiting = [];
    wanting = [];
    put(message) {
      if (this.wanting.length > 0) this.wanting.shift()(message);
      else this.waiting.push(message);
    }
    take() {
      if (this.waiting.length > 0) return Promise.resolve(this.waiting.shift());
      return new Promise((resolve) => this.wanting.push(resolve));
    }
  }

  const toBytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const toBase64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));

  class StompPeer {
    inbox = new Inbox();
    receipts = 0;
    constructor(Client, webSocket) {
      this.client = new Client({ webSocketFactory: webSocket, reconnectDelay: 0 });
    }
    open() {
      return new Promise((resolve, reject) => {
        this.client.onConnect = () => resolve({});
        this.client.onStompError = (frame) => reject(new Error(frame.headers.message));
        this.client.onWebSocketError = () => reject(new Error("no WebSocket"));
        this.client.activate();
      });
    }
    withReceipt(act) {
      const receipt = `r${++this.receipts}`;
      return new Promise((resolve) => {
        this.client.watchForReceipt(receipt, () => resolve({}));
        act(receipt);
      });
    }
    subscribe({ to }) {
      return this.withReceipt((receipt) =>
        this.client.subscribe(to, (message) => this.inbox.put(message),
          { ack: "client-individual", receipt }));
    }
    send({ to, body, tone, bytes }) {
      const what = bytes ? { binaryBody: toBytes(body) } : { body, skipContentLengthHeader: true };
      return this.withReceipt((receipt) => this.client.publish({
        destination: to, ...what, headers: { persistent: "true", receipt, ...(tone && { tone }) },
      }));
    }
    async receive({ bytes }) {
      const message = await this.inbox.take();
      message.ack();
      return { body: bytes ? toBase64(message.binaryBody) : message.body,
        tone: message.headers.tone ?? message.headers.text };
    }
    async close() {
      await this.client.deactivate();
      return {};
    }
  }

  class MqttPeer {
    inbox = new Inbox();
    constructor(mqtt, url, protocolVersion) {
      Object.assign(this, { mqtt, url, protocolVersion });
    }
    async open() {
      const { protocolVersion } = this;
      this.client = await this.mqtt.connectAsync(this.url, { protocolVersion, reconnectPeriod: 0 });
      this.client.on("message", (_, payload, packet) => this.inbox.put({ payload, packet }));
      return {};
    }
    async subscribe({ to }) {
      await this.client.subscribeAsync(to, { qos: 1 });
      return {};
    }
    async send({ to, body, tone, bytes, retain }) {
      const properties = tone && { userProperties: { tone } };
      await this.client.publishAsync(to, bytes ? this.mqtt.toBuffer(toBytes(body)) : body,
        { qos: 1, retain: Boolean(retain), ...(properties && { properties }) });
      return {};
    }
    async receive({ bytes }) {
      const { payload, packet } = await this.inbox.take();
      const user = packet.properties?.userProperties ?? {};
      return { body: bytes ? toBase64(payload) : new TextDecoder().decode(payload),
        tone: user.tone ?? user.text };
    }
    async close() {
      await this.client.endAsync();
      return {};
    }
  }

  globalThis.peers = { StompPeer, MqttPeer };
}
