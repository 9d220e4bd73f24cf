// The web console in Debian's Chromium, against a running broker with a real client.
// usage: node console.js CHROMIUM HTTP-PORT STOMP-PORT

const assert = require('node:assert/strict');
const { chromium } = require('playwright-core');
const { connect, send } = require('./stomp');

const [browserPath, httpPort, stompPort] = process.argv.slice(2);
const base = `http://127.0.0.1:${httpPort}`;
const stomp = (client, ...frames) => connect(Number(stompPort), client, ...frames);

async function fits(page) {
    const [inner, wide] = await page.evaluate(
        () => [innerWidth, document.documentElement.scrollWidth]);
    assert.ok(wide <= inner, `the page is ${wide} wide on ${inner}`);
}

async function overview(page) {
    await page.goto(base);
    await page.getByText('Messages waiting').waitFor();
    await page.getByRole('img', { name: /Messages a second: in/ }).waitFor();
    const tile = page.locator('.tile', { hasText: 'Messages waiting' }).locator('dd');
    const before = Number(await tile.textContent());
    (await stomp('more', send('LIVE', 'one'), send('LIVE', 'two'))).end();
    // The page hears of it by itself.
    await page.locator('.tile', { hasText: new RegExp(`^Messages waiting${before + 2}$`) }).waitFor();
    await page.getByRole('link', { name: 'LIVE', exact: true }).waitFor();
    assert.match(await page.locator('.findings').innerText(), /nobody consumes them/);
}

async function queues(page) {
    await page.getByRole('link', { name: 'Queues' }).click();
    await page.getByPlaceholder('New queue').fill('MADE/HERE ü');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'MADE/HERE ü' }).waitFor();
    await page.getByRole('button', { name: 'Messages', exact: true }).click();
    await page.locator('tbody tr:first-child', { hasText: 'ORDERS' }).waitFor();
    await page.getByRole('searchbox', { name: 'Find queues' }).fill('made');
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /MADE/ }).getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'MADE/HERE ü' }).click();
    await page.getByRole('heading', { name: /MADE\/HERE ü/ }).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
}

async function messages(page) {
    await page.getByText('Send a message').click();
    await page.getByLabel('Body').fill('{"soup": 1}');
    await page.getByLabel('Properties').fill('table = 4\nhot = true\nname = x y');
    await page.getByLabel('Priority').fill('7');
    await page.getByLabel('Copies').fill('3');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('sent: 3 messages').waitFor();
    const rows = page.getByRole('region', { name: 'Messages' }).getByRole('row');
    await rows.nth(3).waitFor();
    const [first, second, third] = (await rows.getByRole('button').allInnerTexts());
    await page.getByRole('button', { name: second, exact: true }).click();
    const detail = page.getByRole('complementary', { name: `Message ${second}` });
    await detail.getByText('"soup": 1').waitFor();
    assert.match(await detail.innerText(), /table\s+4/);
    assert.match(await detail.innerText(), /JMSXMessageCounter\s+2/);
    await detail.getByRole('button', { name: 'hex' }).click();
    await detail.getByText('7b 22 73 6f 75 70').waitFor();
    await detail.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('searchbox', { name: /Selector/ }).fill('JMSXMessageCounter = 3');
    await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: third }).waitFor();
    await page.locator('[aria-label="Messages"] tbody tr').nth(1).waitFor({ state: 'detached' });
    await page.getByPlaceholder('Queue or topic://NAME').fill('MOVED');
    await page.getByRole('button', { name: 'Move' }).click();
    await page.getByText('moved: 1 messages').waitFor();
    await page.getByRole('searchbox', { name: /Selector/ }).fill('');
    await page.getByLabel(`Choose message ${first}`).check();
    await page.getByRole('button', { name: 'Delete messages' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByText('deleted: 1 messages').waitFor();
    await page.getByRole('button', { name: 'Purge' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByText('purged: 1 messages').waitFor();
    await page.getByText('There are no such messages.').waitFor();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.waitForURL(/#\/queues$/);
    await page.getByRole('link', { name: 'MOVED' }).waitFor();
}

/** Whoever asked for something has its answer a little before all shards have done it. */
async function until(holds) {
    const end = Date.now() + 60_000;
    while (!await holds()) {
        assert.ok(Date.now() < end, 'not in time');
        await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
}

/** A form with all its fields, and what can be done with some of the messages it makes. */
async function everyField(page) {
    const seen = async (name, path = '') => (await page.request.get(
        `${base}/api/v1/queues/${name}${path}`)).json();
    await page.request.post(`${base}/api/v1/queues`, { data: { name: 'FIELDS' } });
    await page.goto(`${base}/#/queues/FIELDS`);
    await page.getByText('Send a message').click();
    for (const [label, value] of [['Body', '<dish>soup</dish>'], ['Properties', 'table = 4'],
        ['Priority', '7'], ['Lives for (ms)', '3600000'], ['Type', 'dish'],
        ['Correlation id', 'c7'], ['Reply to', 'queue://ANSWERS'], ['Group', 'kitchen'],
        ['Group sequence', '3'], ['Copies', '10']]) {
        await page.getByLabel(label, { exact: true }).fill(value);
    }
    await page.getByLabel('survives a restart').uncheck();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('sent: 10 messages').waitFor();
    await until(async () => (await seen('FIELDS')).size === 10);
    const { items } = await seen('FIELDS', '/messages');
    for (const [i, { id }] of items.entries()) {
        const message = await seen('FIELDS', `/messages/${id}`);
        assert.ok(message.expires_at_ms > message.timestamp_ms, JSON.stringify(message));
        assert.deepEqual([message.body, message.priority, message.type, message.correlation_id,
            message.reply_to, message.group, message.durable], ['<dish>soup</dish>', 7, 'dish', 'c7',
            'queue://ANSWERS', 'kitchen', false], JSON.stringify(message));
        assert.deepEqual([message.properties.table, message.properties.JMSXMessageCounter],
            [4, i + 1]);
    }
    await page.getByRole('button', { name: String(items[0].id), exact: true }).click();
    const detail = page.getByRole('complementary');
    await detail.getByText('<dish>soup</dish>').waitFor();
    for (const fact of [/Reply to\s+queue:\/\/ANSWERS/, /Group\s+kitchen/, /Durable\s+false/]) {
        assert.match(await detail.innerText(), fact);
    }
    await detail.getByRole('button', { name: 'Close' }).click();
    for (const { id } of items.slice(0, 2)) await page.getByLabel(`Choose message ${id}`).check();
    await page.getByPlaceholder('Queue or topic://NAME').fill('COPIED');
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('copied: 2 messages').waitFor();
    await until(async () => (await seen('COPIED')).size === 2);
    assert.equal((await seen('FIELDS')).size, 10);
    // Those go back to where they were sent to.
    await page.goto(`${base}/#/queues/COPIED`);
    const rows = page.locator('[aria-label="Messages"] tbody tr');
    await rows.nth(1).waitFor();
    await page.getByRole('searchbox', { name: /Selector/ }).fill('JMSXMessageCounter = 2');
    await rows.nth(1).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('sent back: 1 messages').waitFor();
    await until(async () => (await seen('FIELDS')).size === 11);
    assert.equal((await seen('COPIED')).size, 1);
    for (const name of ['FIELDS', 'COPIED']) {
        await page.request.delete(`${base}/api/v1/queues/${name}`);
    }
}

async function consumersAndConnections(page) {
    const cook = await stomp('cook',
        'SUBSCRIBE\ndestination:/queue/ORDERS\nid:1\nack:client\nactivemq.prefetchSize:5\n\n',
        'SUBSCRIBE\ndestination:/topic/news.>\nid:2\nactivemq.subscriptionName:daily\n\n');
    let closed = false;
    cook.on('close', () => { closed = true; });
    await page.goto(`${base}/#/queues/ORDERS`);
    await page.locator('.reason', {
        hasText: /credit used up: consumer .*cook.* has 5 messages that it has not acknowledged, the oldest for \d+ m?s, and takes no more/,
    }).waitFor();
    await page.getByRole('img', { name: /^Milliseconds, 99 of 100 messages: confirm .*, queueing .*, delivery/ }).waitFor();
    await page.getByRole('button', { name: '64', exact: true }).click();
    await page.locator('aside .reason', { hasText: /unsettled: consumer .*cook.* has it for/ }).waitFor();
    await page.getByRole('complementary').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('link', { name: 'cook' }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole('link', { name: 'Topics' }).click();
    await page.getByRole('cell', { name: 'daily' }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Delete' }).isDisabled());
    await page.getByRole('link', { name: 'Connections' }).click();
    const row = page.getByRole('row', { name: /cook/ });
    await row.waitFor();
    await row.getByRole('link').first().click();
    await page.getByRole('cell', { name: 'queue://ORDERS' }).waitFor();
    // Its protocol has no sessions.
    await page.getByRole('region', { name: 'Sessions' }).getByText('None is known').waitFor();
    await page.locator('.findings', { hasText: /queue:\/\/ORDERS: consumer .* takes no more/ }).waitFor();
    await page.getByRole('button', { name: 'Close the connection' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.waitForURL(/#\/connections$/);
    await page.getByText('Nobody is connected.').waitFor();
    assert.ok(closed, 'the client was not told');
    await page.getByRole('link', { name: 'Topics' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByText('There are no subscriptions.').waitFor();
}

/** What clients name and send is text, whatever it looks like: problems are what a script or an
 * image of theirs would ask for. */
async function markup(page) {
    const evil = '<img src=x onerror=document.title="taken">';
    const seen = page.getByText(evil, { exact: false });
    const body = '<p><img src="x" onerror="document.title=1"/><script>document.title=2</script></p>';
    const link = await stomp(evil, send(evil, body, `key:${evil}\n`),
        `SUBSCRIBE\ndestination:/topic/${evil}\nid:1\n\n`);
    await page.goto(`${base}/#/queues`);
    await page.getByRole('link', { name: evil }).click();
    await page.getByRole('heading', { name: evil }).waitFor();
    const rows = page.getByRole('region', { name: 'Messages' }).getByRole('row');
    await rows.getByRole('button').first().click();
    await page.getByRole('complementary').getByText(evil).first().waitFor();
    for (const place of ['connections', 'topics']) {
        await page.goto(`${base}/#/${place}`);
        await seen.first().waitFor();
    }
    assert.ok(!['taken', '1', '2'].includes(await page.title()));
    assert.equal(await page.locator('img[src=x]').count(), 0);
    link.end();
}

/** A subscription that somebody makes for a client, and what is sent to its topic from here. */
async function topics(page) {
    await page.getByRole('link', { name: 'Topics' }).click();
    await page.getByPlaceholder('Client id').fill('reader');
    await page.getByPlaceholder('Name', { exact: true }).fill('weekly');
    await page.getByPlaceholder('Topic', { exact: true }).fill('press');
    await page.getByPlaceholder('Selector').fill("kind = 'x'");
    await page.getByRole('button', { name: 'Subscribe' }).click();
    await page.getByRole('row', { name: /reader weekly press kind = 'x' no 0/ }).waitFor();
    await page.getByRole('link', { name: 'press' }).click();
    await page.getByRole('heading', { name: 'press' }).waitFor();
    await page.getByText('Send a message').click();
    for (const kind of ['x', 'y']) {
        await page.getByLabel('Properties').fill(`kind = ${kind}`);
        await page.getByRole('button', { name: 'Send', exact: true }).click();
        await page.getByText('sent: 1 messages').waitFor();
    }
    await page.getByRole('row', { name: /reader weekly press kind = 'x' no 1/ }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByText('There are no subscriptions.').waitFor();
    await page.getByText('Nobody subscribes or sends to this topic.').waitFor();
}

async function health(page) {
    await page.getByRole('link', { name: 'Health' }).click();
    await page.locator('.findings', { hasText: /ORDERS: \d+ messages wait/ }).waitFor();
    await page.locator('.findings', { hasText: /What to do: start a consumer/ }).first().waitFor();
    assert.match(await page.locator('main').innerText(), /Memory\s+[\d.]+ \w+/);
    await page.getByRole('img', { name: /Percent used: memory/ }).waitFor();
    await page.getByText(/active: it holds the lock of/).waitFor();
    await page.locator('.findings').getByRole('link', { name: 'ORDERS' }).click();
    await page.getByRole('heading', { name: 'ORDERS' }).waitFor();
}

async function configuration(page) {
    await page.getByRole('link', { name: 'Configuration' }).click();
    await page.getByText(/Applied: 2\. Without effect here: 1\./).waitFor();
    await page.getByRole('row', { name: /startAsync no effect/ }).waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('row', { name: /broker@schedulerSupport applied/ }).waitFor();
    await page.locator('pre', { hasText: 'schedulerSupport="true"' }).waitFor();
    await page.getByRole('button', { name: 'Read it again' }).click();
    await page.getByText('read again', { exact: true }).waitFor();
    await page.getByPlaceholder('A part, such as engine').fill('engine');
    await page.getByRole('button', { name: 'Debug it' }).click();
    const level = page.locator('label.use', { hasText: /^engine/ }).locator('select');
    await level.waitFor();
    assert.equal(await level.inputValue(), 'debug');
    await level.selectOption('info');
    await page.getByText('engine: info').waitFor();
}

async function scheduled(page) {
    await page.request.post(`${base}/api/v1/queues`, { data: { name: 'LATER' } });
    (await stomp('later', send('LATER', 'one', 'AMQ_SCHEDULED_DELAY:3600000\n'),
        send('LATER', 'two', 'AMQ_SCHEDULED_DELAY:7200000\n'))).end();
    await page.getByRole('link', { name: 'Scheduled' }).click();
    const rows = page.getByRole('row', { name: /queue:\/\/LATER/ });
    await rows.nth(1).waitFor();
    // By the form, too.
    await page.goto(`${base}/#/queues/LATER`);
    await page.getByText('Send a message').click();
    await page.getByLabel('Delay (ms)').fill('7300000');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('sent: 1 messages').waitFor();
    await page.getByRole('link', { name: 'Scheduled' }).click();
    await rows.nth(2).waitFor();
    await rows.nth(2).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await rows.nth(2).waitFor({ state: 'detached' });
    await rows.first().getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByText('removed: 1 messages').waitFor();
    await rows.nth(1).waitFor({ state: 'detached' });
    await page.goto(`${base}/#/queues/LATER`);
    await page.locator('.reason', { hasText: /scheduled: 1 message for it waits/ }).waitFor();
    await page.getByRole('link', { name: 'Scheduled' }).click();
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByText('No message waits for its time.').waitFor();
}

/** A message from its sender to its consumer. */
async function traces(page) {
    await page.getByRole('link', { name: 'Traces' }).click();
    await page.getByText('No message is followed on its way.').waitFor();
    await page.getByPlaceholder('Of 100 messages, as in 0.1').fill('100');
    await page.getByRole('button', { name: 'Follow' }).click();
    await page.getByText('Of 100 messages that come, 100 are followed on their way.').waitFor();
    const cook = await stomp('tracer', send('TRACED', 'one'),
        'SUBSCRIBE\ndestination:/queue/TRACED\nid:1\n\n');
    await page.getByRole('searchbox', { name: /Find a destination/ }).fill('TRACED');
    const way = page.locator('details', { hasText: /accepted queue:\/\/TRACED after/ });
    await way.locator('summary').click();
    for (const what of ['received', 'queued', 'dispatched', 'accepted']) {
        await way.getByRole('row', { name: new RegExp(what) }).waitFor();
    }
    await way.getByRole('row', { name: /dispatched queue:\/\/TRACED consumer \d/ })
        .getByRole('link').click();
    await page.getByRole('heading', { name: /^Connection \d/ }).waitFor();
    cook.end();
    await page.getByRole('link', { name: 'Traces' }).click();
    await page.getByPlaceholder('Of 100 messages, as in 0.1').fill('0');
    await page.getByRole('button', { name: 'Follow' }).click();
    await page.getByText('No message is followed on its way.').waitFor();
}

/** One more listener, with somebody who comes by it. */
async function listeners(page) {
    await page.getByRole('link', { name: 'Connections' }).click();
    const form = page.getByPlaceholder('stomp://127.0.0.1:61700');
    await form.fill('nonsense');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText(/nonsense is no connector/).waitFor();
    await form.fill('stomp://127.0.0.1:0');
    await page.getByRole('button', { name: 'Open' }).click();
    const row = page.getByRole('region', { name: 'Listeners' })
        .getByRole('row', { name: /stomp:\/\/127/ });
    await row.waitFor();
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(await row.innerText());
    const guest = await connect(Number(port), 'guest');
    const gone = new Promise((resolve) => { guest.on('close', resolve); });
    await page.getByRole('row', { name: /guest/ }).waitFor();
    await row.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await row.waitFor({ state: 'detached' });
    await gone;
    await page.getByRole('row', { name: /guest/ }).waitFor({ state: 'detached' });
}

async function looks(page) {
    await page.goto(`${base}/#/`);
    await page.getByText('Messages waiting').waitFor();
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await theme(), 'light');
    await page.getByRole('button', { name: 'Dark' }).click();
    assert.equal(await theme(), 'dark');
    await page.reload();
    await page.getByText('Messages waiting').waitFor();
    assert.equal(await theme(), 'dark');
    await page.setViewportSize({ width: 390, height: 844 });
    for (const place of ['', 'queues', 'topics', 'topics/t', 'connections', 'scheduled', 'traces',
        'health', 'configuration', 'nowhere']) {
        await page.goto(`${base}/#/${place}`);
        await page.locator('h1').waitFor();
        await fits(page);
    }
    await page.goto(`${base}/#/`);
    await page.getByText('Messages waiting').waitFor();
    // Everything can be reached by keyboard.
    await page.reload();
    await page.getByText('Messages waiting').waitFor();
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to the content');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'TernMQ');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
    await page.goto(`${base}/#/queues`);
    await page.getByRole('searchbox', { name: 'Find queues' }).waitFor();
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
    await page.goto(`${base}/admin/`);
    await page.getByText('Messages waiting').waitFor();
}

async function main() {
    const orders = Array.from({ length: 12 }, (_, i) => send('ORDERS', `order ${i + 1}`,
        `table:${i % 3}\n`));
    (await stomp('seed', ...orders)).end();
    const browser = await chromium.launch({ executablePath: browserPath,
        args: ['--no-sandbox', '--disable-gpu'] });
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 },
        colorScheme: 'light' });
    page.setDefaultTimeout(60_000);
    const problems = [];
    // A page may ask once more for what it has just deleted.
    const deleted = /\/api\/v1\/(queues\/MADE|(why\/connection|connections)\/\d)/;
    page.on('console', (message) => {
        const { url } = message.location();
        if (message.type() !== 'error') return;
        if (/404/.test(message.text()) && deleted.test(url)) return;
        // Nonsense is no listener.
        if (/409/.test(message.text()) && url.endsWith('/api/v1/listeners')) return;
        problems.push(`${message.text()} ${url}`);
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(base) && !url.startsWith('data:')) problems.push(`asks ${url}`);
    });
    try {
        for (const part of [overview, queues, messages, everyField, consumersAndConnections, topics,
            markup, scheduled, traces, listeners, health, configuration, looks]) {
            await part(page);
        }
    } catch (error) {
        console.error(await page.locator('body').innerText());
        throw error;
    } finally {
        await browser.close();
    }
    assert.deepEqual(problems, []);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
