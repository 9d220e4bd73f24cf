// The story of clients.py by amqplib. Usage: node client.js PORT; prints a line for each part.
import { once } from "node:events";

import amqp from "amqplib";

const url = `amqp://guest:guest@127.0.0.1:${process.argv[2]}`;
const say = (part, ...seen) => console.log(`${part}: ${seen.join(" ")}`);
const bytes = (text) => Buffer.from(text);

const connection = await amqp.connect(url);
const channel = await connection.createConfirmChannel();

async function get(from, queue) {
    const message = await from.get(queue, { noAck: true });
    return message === false ? "empty" : message.content.toString();
}

async function confirm() {
    await channel.assertQueue("c.confirm", { durable: true });
    channel.sendToQueue("c.confirm", bytes("hello"), { persistent: true });
    await channel.waitForConfirms();
    say("confirm", await get(channel, "c.confirm"), await get(channel, "c.confirm"));
}

async function returned() {
    const back = once(channel, "return");
    channel.publish("", "c.nowhere", bytes("lost"), { mandatory: true });
    const [message] = await back;
    say("returned", message.fields.replyCode, message.fields.replyText, message.content);
}

async function nack() {
    await channel.assertQueue("c.nack");
    channel.sendToQueue("c.nack", bytes("again"));
    let times = 0;
    await new Promise((resolve) => {
        channel.consume("c.nack", (message) => {
            if (++times === 1) return channel.nack(message);
            say("nack", message.content, message.fields.redelivered);
            channel.ack(message);
            return resolve();
        });
    });
}

async function deadLetter() {
    await channel.assertQueue("c.dead");
    await channel.assertQueue("c.reject", {
        deadLetterExchange: "", deadLetterRoutingKey: "c.dead",
    });
    channel.sendToQueue("c.reject", bytes("bad"));
    await channel.waitForConfirms();
    channel.reject(await channel.get("c.reject"), false);
    let dead = false;
    while (dead === false) dead = await channel.get("c.dead", { noAck: true });
    const [death] = dead.properties.headers["x-death"];
    say("dead letter", dead.content, death.reason, death.queue, death.count);
}

async function cancelled() {
    await channel.assertQueue("c.cancel");
    await new Promise((resolve) => {
        channel.consume("c.cancel", (message) => resolve(say("cancelled", String(message))))
            .then(() => channel.deleteQueue("c.cancel"));
    });
}

async function stopped() {
    await channel.assertQueue("c.stop");
    const { consumerTag } = await channel.consume("c.stop", () => say("stopped", "consumed"));
    await channel.cancel(consumerTag);
    channel.sendToQueue("c.stop", bytes("kept"));
    await channel.waitForConfirms();
    say("stopped", await get(channel, "c.stop"));
}

async function exclusive() {
    await channel.assertQueue("c.mine", { exclusive: true });
    const other = await amqp.connect(url);
    const refused = await other.createChannel();
    refused.on("error", () => {});
    await refused.checkQueue("c.mine").catch((error) => say("exclusive", error.code));
    await other.close();
}

await confirm();
await returned();
await nack();
await deadLetter();
await cancelled();
await stopped();
await exclusive();
await connection.updateSecret(bytes("guest"), "it is renewed");
say("secret", "updated");
await connection.close();
