// Pictures of the web console's pages, with a broker that has something to show.
// usage: node pictures.js CHROMIUM HTTP-PORT STOMP-PORT LOGIN-PORT FOLDER
// LOGIN-PORT is of a broker that wants to know who looks.

const { chromium } = require('playwright-core');
const { connect, send } = require('./stomp');

const [browserPath, httpPort, stompPort, loginPort, folder] = process.argv.slice(2);
const base = `http://127.0.0.1:${httpPort}`;
const stomp = (client, ...frames) => connect(Number(stompPort), client, ...frames);
/** Long enough for the charts to have a line to show. */
const TRAFFIC_MS = 15_000;
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const queue = (name) => `queues/${encodeURIComponent(name)}`;

/** Orders that come and are taken, a kitchen that is behind, and what nobody takes. */
async function fill() {
    await fetch(`${base}/api/v1/traces`, { method: 'POST', body: '{"share": 0.02}',
        headers: { 'Content-Type': 'application/json' } });
    const orders = Array.from({ length: 40 }, (_, i) => send('KITCHEN.ORDERS',
        JSON.stringify({ table: i % 9 + 1, dishes: ['soup', 'bread'], guests: i % 4 + 1 }),
        `table:${i % 9 + 1}\ncontent-type:application/json\n`));
    const bills = Array.from({ length: 12 }, (_, i) => send('BILLS.2026', `bill ${i + 1}`));
    const later = Array.from({ length: 3 }, (_, i) => send('REMINDERS', `reservation ${i + 1}`,
        `AMQ_SCHEDULED_DELAY:${(i + 1) * 3600_000}\n`));
    (await stomp('waiter', ...orders, ...bills, ...later)).end();
    const cook = await stomp('cook',
        'SUBSCRIBE\ndestination:/queue/KITCHEN.ORDERS\nid:1\nack:client\n' +
        'activemq.prefetchSize:10\n\n');
    const board = await stomp('menu-board',
        'SUBSCRIBE\ndestination:/topic/menu.changes\nid:1\nactivemq.subscriptionName:board\n\n',
        'SUBSCRIBE\ndestination:/queue/WEB.EVENTS\nid:2\n\n');
    const web = await stomp('web-shop');
    let number = 0;
    const beat = setInterval(() => {
        for (let i = 0; i < 30 + 10 * Math.sin(number / 25); ++i) {
            web.write(`${send('WEB.EVENTS', `click ${number}`)}\0`);
        }
        if (++number % 5 === 0) {
            web.write(`SEND\ndestination:/topic/menu.changes\n\nsoup of the day ${number}\0`);
        }
    }, 100);
    return () => {
        clearInterval(beat);
        for (const link of [cook, board, web]) link.end();
    };
}

const PAGES = {
    login: '',
    overview: '',
    queues: 'queues',
    queue: queue('KITCHEN.ORDERS'),
    message: queue('KITCHEN.ORDERS'),
    topics: 'topics',
    topic: `topics/${encodeURIComponent('menu.changes')}`,
    connections: 'connections',
    connection: 'connections',
    scheduled: 'scheduled',
    traces: 'traces',
    health: 'health',
    configuration: 'configuration',
};

async function prepare(page, name) {
    if (name === 'message') {
        await page.locator('[aria-label=Messages] button.link').nth(12).click();
        const detail = page.getByRole('complementary');
        await detail.locator('pre').waitFor();
        await detail.scrollIntoViewIfNeeded();
    }
    if (name === 'traces') {
        const way = page.locator('details', { hasText: /accepted queue:\/\/WEB.EVENTS/ }).first();
        await way.locator('summary').click();
    }
    if (name === 'connection') {
        const row = page.getByRole('row', { name: /cook/ });
        await row.getByRole('link').first().click();
        await page.getByText('What keeps it').waitFor();
    }
}

async function main() {
    const stop = await fill();
    const browser = await chromium.launch({ executablePath: browserPath,
        args: ['--no-sandbox', '--disable-gpu'] });
    const take = async (name, size, colorScheme) => {
        const dark = colorScheme === 'dark' ? '-dark' : '';
        const page = await browser.newPage({ viewport: SIZES[size], colorScheme });
        const at = name === 'login' ? `http://127.0.0.1:${loginPort}` : base;
        await page.goto(`${at}/#/${PAGES[name]}`);
        await page.locator('h1').waitFor();
        await prepare(page, name);
        await page.waitForTimeout(['overview', 'queue', 'health'].includes(name) ? TRAFFIC_MS : 1500);
        await page.screenshot({ path: `${folder}/console-${name}${dark}-${size}.png` });
        await page.close();
    };
    try {
        await Promise.all(Object.keys(PAGES).flatMap((name) =>
            Object.keys(SIZES).map((size) => take(name, size, 'light')))
            .concat([take('overview', 'desktop', 'dark')]));
    } finally {
        stop();
        await browser.close();
    }
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
