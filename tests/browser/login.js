// Logging in to the web console in Debian's Chromium. Logins are asked of the environment.
// usage: node login.js CHROMIUM HTTP-PORT
// TERN_LOGINS: [{"user", "password", "role"}], the first of which may do everything.

const assert = require('node:assert/strict');
const { chromium } = require('playwright-core');

const [browserPath, httpPort] = process.argv.slice(2);
const base = `http://127.0.0.1:${httpPort}`;
const logins = JSON.parse(process.env.TERN_LOGINS);

async function logIn(page, user, password) {
    await page.getByLabel('User').fill(user);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
}

async function visit(browser, { user, password, role }) {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('dialog', (dialog) => problems.push(`the browser asks: ${dialog.message()}`));
    await page.goto(`${base}/#/queues`);
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    assert.equal(await page.getByText('Queues').count(), 0, 'the console is seen without a login');

    await logIn(page, user, 'guessed-secret');
    await page.getByText('the login was refused').waitFor();
    await logIn(page, user, password);
    await page.getByText(`${user} (${role})`).waitFor();
    await page.getByRole('heading', { name: 'Queues' }).waitFor();

    await page.getByPlaceholder('New queue').fill(`OF.${user}`);
    const create = page.getByRole('button', { name: 'Create' });
    if (role === 'admin') {
        await create.click();
        await page.getByRole('link', { name: `OF.${user}`, exact: true }).waitFor();
    } else {
        // The page says so before, and the broker if somebody asks all the same.
        assert.ok(await create.isDisabled());
        assert.equal(await create.getAttribute('title'), 'This is for admins.');
        const refused = await page.evaluate(async () => {
            const answer = await fetch('/api/v1/queues', { method: 'POST', body: '{"name":"x"}',
                headers: { 'Content-Type': 'application/json' } });
            return [answer.status, await answer.text()];
        });
        assert.equal(refused[0], 403, refused[1]);
        assert.match(refused[1], /none of the user's groups may do that/);
    }
    // The numbers come by a stream, which has nothing but the cookie.
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('img', { name: /Messages a second: in/ }).waitFor();

    // A cookie that scripts cannot read remembers the login, over a reload as well.
    const cookies = await context.cookies();
    assert.equal(cookies.length, 1);
    assert.ok(cookies[0].httpOnly && cookies[0].sameSite === 'Strict', JSON.stringify(cookies));
    assert.equal(await page.evaluate(() => document.cookie), '');
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage },
        { ...sessionStorage }]));
    assert.ok(!stored.includes(password), 'the page keeps the password');
    await page.reload();
    await page.getByText(`${user} (${role})`).waitFor();

    // Whose visit ends is asked again, without losing the place.
    await page.goto(`${base}/#/topics`);
    await context.clearCookies();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await logIn(page, user, password);
    await page.getByText('There are no subscriptions.').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    assert.deepEqual(problems, []);
    await context.close();
}

async function main() {
    const browser = await chromium.launch({ executablePath: browserPath,
        args: ['--no-sandbox', '--disable-gpu'] });
    try {
        for (const one of logins) await visit(browser, one);
    } finally {
        await browser.close();
    }
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
