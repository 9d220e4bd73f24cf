// The web console in Debian's Chromium, against a running broker with a real client.
// usage: node console.js CHROMIUM HTTP-PORT STOMP-PORT [IMAGES]

const assert = require('node:assert/strict');
const net = require('node:net');
const { chromium } = require('playwright-core');

const [browserPath, httpPort, stompPort, images] = process.argv.slice(2);
const base = `http://127.0.0.1:${httpPort}`;

/** A STOMP client; resolves once its frames are answered. */
function stomp(client, ...frames) {
    return new Promise((resolve, reject) => {
        const link = net.connect(Number(stompPort), '127.0.0.1', () => {
            link.write(`CONNECT\naccept-version:1.2\nhost:h\nclient-id:${client}\n\n\0`);
            for (const frame of frames) link.write(`${frame}\0`);
            link.write('SEND\ndestination:/queue/LAST\nreceipt:all\n\nlast\0');
        });
        let text = '';
        link.on('data', (data) => {
            text += data;
            if (text.includes('receipt-id:all')) resolve(link);
        });
        link.on('error', reject);
    });
}

const send = (queue, body, more = '') =>
    `SEND\ndestination:/queue/${queue}\npersistent:true\n${more}\n${body}`;

async function shot(page, name) {
    if (!images) return;
    await page.waitForTimeout(5000);  // for the charts to have something to show
    await page.screenshot({ path: `${images}/console-${name}.png` });
}

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
    // The page hears of it by itself: two and the last one.
    await page.locator('.tile', { hasText: new RegExp(`^Messages waiting${before + 3}$`) }).waitFor();
    await page.getByRole('link', { name: 'LIVE', exact: true }).waitFor();
    assert.match(await page.locator('.findings').innerText(), /nobody consumes them/);
    await shot(page, 'overview');
}

async function queues(page) {
    await page.getByRole('link', { name: 'Queues' }).click();
    await page.getByPlaceholder('New queue').fill('MADE/HERE ü');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'MADE/HERE ü' }).waitFor();
    await page.getByRole('button', { name: 'Messages', exact: true }).click();
    await page.locator('tbody tr:first-child', { hasText: 'ORDERS' }).waitFor();
    await shot(page, 'queues');
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
    await shot(page, 'message');
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

async function consumersAndConnections(page) {
    const cook = await stomp('cook',
        'SUBSCRIBE\ndestination:/queue/ORDERS\nid:1\nack:client\nactivemq.prefetchSize:5\n\n',
        'SUBSCRIBE\ndestination:/topic/news.>\nid:2\nactivemq.subscriptionName:daily\n\n');
    let closed = false;
    cook.on('close', () => { closed = true; });
    await page.goto(`${base}/#/queues/ORDERS`);
    await page.getByText(/has 5 messages that it has not acknowledged, and takes no more/).waitFor();
    await page.getByRole('link', { name: 'cook' }).waitFor();
    await shot(page, 'queue');
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page);
    await shot(page, 'queue-phone');
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole('link', { name: 'Topics' }).click();
    await page.getByRole('cell', { name: 'daily' }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Delete' }).isDisabled());
    await shot(page, 'topics');
    await page.getByRole('link', { name: 'Connections' }).click();
    const row = page.getByRole('row', { name: /cook/ });
    await row.waitFor();
    await shot(page, 'connections');
    await row.getByRole('link').first().click();
    await page.getByRole('cell', { name: 'queue://ORDERS' }).waitFor();
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
    const link = await stomp(evil, send(evil, `body ${evil}<script>document.title="taken"</script>`,
        `key:${evil}\n`), `SUBSCRIBE\ndestination:/topic/${evil}\nid:1\n\n`);
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
    assert.notEqual(await page.title(), 'taken');
    assert.equal(await page.locator('img[src=x]').count(), 0);
    link.end();
}

async function looks(page) {
    await page.goto(`${base}/#/`);
    await page.getByText('Messages waiting').waitFor();
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await theme(), 'light');
    await page.getByRole('button', { name: 'Dark' }).click();
    assert.equal(await theme(), 'dark');
    await shot(page, 'overview-dark');
    await page.reload();
    await page.getByText('Messages waiting').waitFor();
    assert.equal(await theme(), 'dark');
    await page.setViewportSize({ width: 390, height: 844 });
    for (const place of ['', 'queues', 'topics', 'connections']) {
        await page.goto(`${base}/#/${place}`);
        await page.locator('h1').waitFor();
        await fits(page);
    }
    await page.goto(`${base}/#/`);
    await page.getByText('Messages waiting').waitFor();
    await shot(page, 'overview-phone');
    // Everything can be reached by keyboard.
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'TernMQ');
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
    page.setDefaultTimeout(20_000);
    const problems = [];
    // A page may ask once more for what it has just deleted.
    const deleted = /\/api\/v1\/(queues\/MADE|connections\/\d)/;
    page.on('console', (message) => {
        const { url } = message.location();
        if (message.type() !== 'error') return;
        if (/404/.test(message.text()) && deleted.test(url)) return;
        problems.push(`${message.text()} ${url}`);
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(base) && !url.startsWith('data:')) problems.push(`asks ${url}`);
    });
    try {
        for (const part of [overview, queues, messages, consumersAndConnections, markup, looks]) {
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
