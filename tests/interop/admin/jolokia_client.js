// Jolokia's own client for JavaScript: what it reads, writes, calls and finds.
// usage: node jolokia_client.js HTTP-PORT

const assert = require('node:assert/strict');

const BROKER = 'org.apache.activemq:type=Broker,brokerName=localhost';
const QUEUE = `${BROKER},destinationType=Queue,destinationName=SCRIPT`;
const BULK = 50;

/** Whoever sent has its answer a little before all shards have done what it says. */
async function soon(holds) {
    const end = Date.now() + 60_000;
    while (!await holds()) {
        assert.ok(Date.now() < end, String(holds));
        await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
}

async function main() {
    const { default: Jolokia } = await import('@jolokia.js/simple');
    const jolokia = new Jolokia({ url: `http://127.0.0.1:${process.argv[2]}/api/jolokia`,
        method: 'post' });
    assert.match((await jolokia.version()).protocol, /^\d/);
    await jolokia.execute(BROKER, 'addQueue', 'SCRIPT');
    for (let i = 0; i < 3; ++i) {
        const id = await jolokia.execute(QUEUE, 'sendTextMessage(java.lang.String)', `text ${i}`);
        assert.match(id, /^ID:/);
    }
    await soon(async () => await jolokia.getAttribute(QUEUE, 'QueueSize') === 3);
    const rows = await jolokia.execute(QUEUE, 'browse()');
    assert.deepEqual(rows.map((row) => row.Text), ['text 0', 'text 1', 'text 2']);
    assert.equal(await jolokia.execute(QUEUE, 'removeMessage', rows[1].JMSMessageID), true);
    assert.equal(await jolokia.setAttribute(QUEUE, 'DLQ', true), false);
    assert.equal(await jolokia.getAttribute(QUEUE, 'DLQ'), true);
    const [name] = await jolokia.search(`${BROKER},destinationType=Queue,destinationName=SCR*`);
    assert.match(name, /destinationName=SCRIPT/);
    const listed = await jolokia.list('org.apache.activemq');
    assert.ok(Object.values(listed).some((one) => one.op?.purge), Object.keys(listed));

    // Many requests, which go as one; each has its own answer.
    const many = Array.from({ length: BULK }, (_, i) => (i % 2 === 0
        ? { type: 'read', mbean: QUEUE, attribute: 'QueueSize' }
        : { type: 'exec', mbean: QUEUE, operation: 'sendTextMessage(java.lang.String)',
            arguments: [`of many ${i}`] }));
    const answers = await jolokia.request(many);
    assert.equal(answers.length, BULK);
    for (const [i, answer] of answers.entries()) {
        assert.equal(answer.status, 200, JSON.stringify(answer));
        assert.equal(typeof answer.value, i % 2 === 0 ? 'number' : 'string');
    }
    await soon(async () => await jolokia.getAttribute(QUEUE, 'QueueSize') === 2 + BULK / 2);
    await assert.rejects(jolokia.execute(QUEUE, 'fly()'));
    await jolokia.execute(QUEUE, 'purge()');
    await jolokia.execute(BROKER, 'removeQueue', 'SCRIPT');
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
