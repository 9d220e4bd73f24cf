// The web console with fifty thousand queues and a million messages on one: what it shows stays a
// page at a time, whatever is behind it.
// usage: node many.js CHROMIUM HTTP-PORT QUEUES MESSAGES

const assert = require('node:assert/strict');
const { chromium } = require('playwright-core');

const [browserPath, httpPort, queues, messages] = process.argv.slice(2);
const base = `http://127.0.0.1:${httpPort}`;
const WAIT_MS = 60_000;
// For what looks at every message: a million of them, by a build that is not optimised.
const LOOK_MS = 300_000;
const ROWS = 50;
const shown = (count) => Number(count).toLocaleString('en');
const name = (number) => `MANY.${String(number).padStart(6, '0')}`;

async function expectRows(page, first) {
    await page.locator('tbody tr:first-child', { hasText: first }).waitFor();
    assert.equal(await page.locator('[aria-label=Queues] tbody tr').count(), ROWS);
}

async function pages(page) {
    await page.goto(`${base}/#/queues`);
    await page.getByText(`1–${ROWS} of ${shown(Number(queues) + 1)}`).waitFor();
    await expectRows(page, 'DEEP');
    await page.getByRole('button', { name: 'Next' }).click();
    await expectRows(page, name(ROWS - 1));
    await page.getByRole('button', { name: 'Last' }).click();
    await page.getByRole('link', { name: name(queues - 1) }).waitFor();
    await page.getByRole('button', { name: 'First' }).click();
    await expectRows(page, 'DEEP');
}

async function order(page) {
    await page.getByRole('button', { name: 'Messages', exact: true }).click();
    await page.locator('tbody tr:first-child', { hasText: shown(messages) }).waitFor();
    await page.getByRole('button', { name: 'Name' }).click();
    await page.getByRole('button', { name: 'Name' }).click();
    await expectRows(page, name(queues - 1));
    await page.getByRole('button', { name: 'Name' }).click();
    await expectRows(page, 'DEEP');
}

async function search(page) {
    await page.keyboard.press('/');
    await page.keyboard.type(name(queues / 2).slice(-5));
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: name(queues / 2) }).waitFor();
}

async function deep(page) {
    await page.goto(`${base}/#/queues/DEEP`);
    await page.locator('.tile', { hasText: `Waiting${shown(messages)}` }).waitFor();
    const rows = page.locator('[aria-label=Messages] tbody tr');
    await rows.nth(ROWS - 1).waitFor();
    const first = await rows.first().innerText();
    await page.getByRole('navigation', { name: 'Pages of messages' })
        .getByRole('button', { name: 'Next' }).click();
    await until(async () => await rows.count() === ROWS &&
        await rows.first().innerText() !== first);
    // The last ones by a selector, which looks at all that are before them.
    await page.getByRole('searchbox', { name: /Selector/ })
        .fill(`number IN ('${messages - 2}', '${messages - 1}')`);
    await until(async () => await rows.count() === 2, LOOK_MS);
}

/**
 * Asks from outside: the page's policy forbids what waits within. While rows are fetched there are
 * none.
 */
async function until(holds, patienceMs = WAIT_MS) {
    const end = Date.now() + patienceMs;
    while (!await holds()) {
        assert.ok(Date.now() < end, 'not in time');
        await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
}

async function main() {
    const browser = await chromium.launch({ executablePath: browserPath,
        args: ['--no-sandbox', '--disable-gpu'] });
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(WAIT_MS);
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    try {
        for (const part of [pages, order, search, deep]) {
            const began = performance.now();
            await part(page);
            console.log(`${part.name}: ${Math.round(performance.now() - began)} ms`);
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
