// Sign-in, sessions that end, and what each role sees.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { check, run, until } from '../kit/checks.mjs';
import { axe_findings, launch, until_text, with_window } from './browser.mjs';
import { sample_server, send_sample, three_add_ons } from './sample_data.mjs';

const program = process.argv[2];
let server, browser;
const keys = {};
const refused = [/401/, /403/, /404/, /429/];

async function sign_in(page, key, path = '/') {
    await page.goto(path);
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

check('without a session there is only the sign-in, which names a wrong key', async () => {
    await with_window(browser, server, { allowed: refused }, async (page) => {
        await page.goto('/deliveries?state=dead');
        await page.getByLabel('API key').fill('phk_wrong');
        assert.deepEqual(await axe_findings(page), []);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('alert').waitFor();
        await page.getByLabel('API key').fill(server.admin_key);
        await page.getByRole('button', { name: 'Sign in' }).click();
        // The page goes on where the link led.
        await until_text(page, /Dead letters/);
        assert.match(page.url(), /state=dead/);
    });
});

check('the session is a cookie that no script reads and no other site sends', async () => {
    await with_window(browser, server, { allowed: refused }, async (page, window) => {
        await sign_in(page, server.admin_key);
        const cookies = await window.context.cookies();
        assert.equal(cookies.length, 1);
        assert.equal(cookies[0].httpOnly, true);
        assert.equal(cookies[0].sameSite, 'Strict');
        assert.equal(await page.evaluate(() => document.cookie), '');
        assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes('phk_')), false);
        await page.reload();
        await page.getByRole('navigation', { name: 'Main' }).waitFor();
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByLabel('API key').waitFor();
        assert.equal((await window.context.cookies()).length, 0);
    });
});

check('a session that ends says so, and signing in again goes on where it was', async () => {
    const { json: made } = await server.post('/api/v1/keys', { role: 'admin', note: 'soon gone' });
    await with_window(browser, server, { allowed: refused }, async (page) => {
        await sign_in(page, made.key, '/addons');
        await until_text(page, /Time tracker/);
        await server.delete(`/api/v1/keys/${made.id}`);
        await page.getByRole('link', { name: /Time tracker/ }).click();
        await until_text(page, /Your session has ended/);
        await page.getByLabel('API key').fill(server.admin_key);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await until_text(page, /Base URL/);
        assert.match(page.url(), /failing-addon/);
    });
});

check('a reader looks at everything and is offered nothing that would be refused', async () => {
    await with_window(browser, server, { allowed: refused }, async (page) => {
        await sign_in(page, keys.read, '/addons/good-addon');
        await until_text(page, /Base URL/);
        for (const name of ['Install', 'Pause', 'Disable', 'Uninstall', 'Rotate secret']) assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
        assert.equal(await page.getByRole('link', { name: 'API keys' }).count(), 0);
        await page.getByRole('link', { name: 'Overview' }).click();
        await page.getByRole('region', { name: 'Receivers' }).waitFor();
        assert.equal(await page.getByRole('button', { name: /^(Pause|Resume) http/ }).count(), 0);
        await page.getByRole('link', { name: 'System' }).click();
        await until_text(page, /Retention/);
        await page.goto('/keys');
        await until_text(page, /Not for this key/);
    });
});

check('a vendor sees his add-on alone', async () => {
    await with_window(browser, server, { allowed: refused }, async (page) => {
        await sign_in(page, keys.vendor);
        await until_text(page, /Rate by outcome/);
        const links = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts();
        for (const hidden of ['Events', 'Tenants', 'API keys', 'System']) assert.ok(!links.some((text) => text.trim() === hidden), hidden);
        await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
        await until_text(page, /good-addon/);
        assert.equal(await page.getByText('failing-addon').count(), 0);
        await page.getByRole('link', { name: 'Add-ons' }).click();
        await until_text(page, /Release notes/);
        assert.equal(await page.getByText('Time tracker').count(), 0);
        await page.getByRole('link', { name: /Release notes/ }).click();
        await page.getByRole('button', { name: 'Pause', exact: true }).click();
        await until('paused', async () => (await server.get('/api/v1/tenants/jira/addons/good-addon')).json.paused);
        await page.getByRole('button', { name: 'Resume', exact: true }).click();
        await page.goto('/addons/failing-addon');
        await until_text(page, /Not for this key|Nothing here/);
    });
});

check('a key that only posts is told so', async () => {
    await with_window(browser, server, { allowed: refused }, async (page) => {
        await sign_in(page, keys.publish);
        await until_text(page, /This key only posts events/);
    });
});

await run(async () => {
    [server, browser] = await Promise.all([sample_server(program, { args: ['--allow-receiver', '127.0.0.0/8'] }), launch()]);
    await three_add_ons(server);
    for (let i = 0; i < 3; i += 1) await send_sample(server, 'jira:issue_created');
    const make = async (body) => (await server.post('/api/v1/keys', body)).json.key;
    keys.read = await make({ role: 'read', note: 'reader' });
    keys.vendor = await make({ role: 'tenant', tenant: 'jira', addon: 'good-addon', note: 'vendor' });
    keys.publish = await make({ role: 'publish', tenant: 'jira', note: 'host' });
});
