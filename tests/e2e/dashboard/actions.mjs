// Everything that can be done on the page is done, and looked at in the API.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, run, until } from '../kit/checks.mjs';
import { launch, until_text, with_window } from './browser.mjs';
import { add_on, delivery_in, sample_server, send_sample, three_add_ons, types } from './sample_data.mjs';

const program = process.argv[2];
let server, browser, addons;
const detail = async (id) => (await server.get(`/api/v1/tenants/jira/deliveries/${id}`)).json;
const addon_state = async (key) => (await server.get(`/api/v1/tenants/jira/addons/${key}`)).json;
const press = (page, name, scope = page) => scope.getByRole('button', { name, exact: true }).click();

check('a dead delivery is replayed, and the new one opens', async () => {
    const dead = await delivery_in(server, 'dead', 'wrong-addon');
    await with_window(browser, server, {}, async (page) => {
        await page.goto(`/deliveries/${dead.id}`);
        await press(page, 'Replay');
        await page.getByRole('link', { name: 'Open it' }).click();
        await until('the new delivery', () => !page.url().includes(dead.id));
        await until_text(page, /replay of another/);
        const made = await detail(new URL(page.url()).pathname.split('/').at(-1));
        assert.equal(made.replayOf, dead.id);
    });
});

check('a retrying delivery is cancelled', async () => {
    const retrying = await delivery_in(server, 'retrying', 'failing-addon');
    await with_window(browser, server, {}, async (page) => {
        await page.goto(`/deliveries/${retrying.id}`);
        await until_text(page, /the receiver answered 503/);
        await press(page, 'Cancel');
        await until_text(page, /Cancelled after/);
        assert.equal((await detail(retrying.id)).state, 'cancelled');
    });
});

check('attempts stand in a waterfall, and the answer of each can be seen', async () => {
    const retrying = await delivery_in(server, 'retrying', 'failing-addon');
    await with_window(browser, server, {}, async (page) => {
        await page.goto(`/deliveries/${retrying.id}?tab=response`);
        await until_text(page, /database is down/);
        const attempts = page.getByRole('list', { name: 'Attempts' }).getByRole('button');
        assert.equal(await attempts.count(), (await detail(retrying.id)).attempts.length);
        await attempts.first().click();
        await until_text(page, /attempt 1/);
    });
});

check('the request is copied as curl and holds no secret', async () => {
    const dead = await delivery_in(server, 'dead', 'wrong-addon');
    await with_window(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
        await page.goto(`/deliveries/${dead.id}`);
        await press(page, 'Copy as curl');
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        const text = await page.evaluate(() => navigator.clipboard.readText());
        assert.match(text, /^curl -i -X POST 'http:\/\/127\.0\.0\.1:\d+\/hook\//);
        assert.match(text, /Authorization: \*\*\*/);
    });
});

check('recover counts first, shows how far it is, and what it made stays', async () => {
    for (let i = 0; i < 5; i += 1) await send_sample(server, 'jira:issue_updated');
    await until('the dead ones', async () => (await server.list('/api/v1/tenants/jira/deliveries?state=dead&addon=wrong-addon')).length >= 6);
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/deliveries?state=dead&addon=wrong-addon');
        await until_text(page, /wrong-addon/);
        await press(page, 'Recover');
        const dialog = page.getByRole('dialog');
        await press(page, 'Count them', dialog);
        await until_text(page, /deliver(y fits|ies fit)\./);
        await dialog.getByRole('button', { name: /^Recover \d+/ }).click();
        await until_text(page, /made anew\. They go out now/);
        await press(page, 'Close', dialog.locator('footer'));
    });
    assert.ok((await server.list('/api/v1/tenants/jira/deliveries?addon=wrong-addon')).filter(({ replayOf }) => replayOf).length >= 6);
});

check('an add-on is installed by its address', async () => {
    const addon = await add_on(server, { key: 'by-address', install: false });
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/addons');
        await press(page, 'Install');
        await page.getByLabel('Address of its descriptor').fill(addon.descriptor_url);
        await page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Install' }).click();
        await page.waitForURL(/\/addons\/by-address/);
        await until_text(page, /is installed and enabled/);
    });
    assert.equal((await addon_state('by-address')).state, 'enabled');
});

check('a descriptor from a file is installed', async () => {
    const addon = await add_on(server, { key: 'by-file', install: false });
    const file = join(mkdtempSync(join(tmpdir(), 'posthorn-page-')), 'atlassian-connect.json');
    writeFileSync(file, JSON.stringify(addon.descriptor));
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/addons');
        await press(page, 'Install');
        await page.getByRole('tab', { name: 'File' }).click();
        await page.locator('input[type=file]').setInputFiles(file);
        await page.locator('.cm-content').waitFor();
        await page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Install' }).click();
        await page.waitForURL(/\/addons\/by-file/);
    });
    assert.equal((await addon_state('by-file')).state, 'enabled');
});

check('faults of a pasted descriptor stand at their lines and in a list that jumps there', async () => {
    await with_window(browser, server, { allowed: [/422/] }, async (page) => {
        await page.goto('/addons');
        await press(page, 'Install');
        await page.getByRole('tab', { name: 'Paste' }).click();
        const editor = page.locator('.cm-content');
        await editor.waitFor();
        await editor.click();
        await page.keyboard.insertText('{\n  "key": "bad key",\n  "baseUrl": "ftp://x",\n  "modules": { "webhooks": [{ "event": "" }] }\n');
        await until_text(page, /Line 5: a comma or }/);
        const install = page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Install' });
        assert.ok(await install.isDisabled());
        await page.keyboard.press('Control+End');
        await page.keyboard.insertText('}');
        await install.click();
        await until_text(page, /faults in the descriptor/);
        const faults = page.getByRole('alert').getByRole('button');
        assert.ok((await faults.count()) >= 3, 'all faults at once');
        await until('marks in the editor', async () => (await page.locator('.cm-lintRange-error').count()) >= 2);
        await faults.filter({ hasText: '/baseUrl' }).first().click();
        const line = await page.locator('.cm-activeLine').innerText();
        assert.match(line, /baseUrl/);
    });
});

check('pausing, resuming, disabling, enabling, rotating and uninstalling show at once', async () => {
    const addon = await add_on(server, { key: 'switched' });
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/addons/switched');
        await press(page, 'Pause');
        await until('paused', async () => (await addon_state('switched')).paused);
        await press(page, 'Resume');
        await until('resumed', async () => !(await addon_state('switched')).paused);
        const before = addon.secret;
        await press(page, 'Rotate secret');
        await page.getByRole('dialog').getByRole('button', { name: 'Rotate the secret' }).click();
        await until_text(page, /took its new secret/);
        assert.notEqual(addon.secret, before);
        await press(page, 'Disable');
        await page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Disable' }).click();
        await until('disabled', async () => (await addon_state('switched')).state === 'disabled');
        await press(page, 'Enable');
        await until('enabled', async () => (await addon_state('switched')).state === 'enabled');
        await press(page, 'Uninstall');
        await page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Uninstall' }).click();
        await page.waitForURL(/\/addons$/);
        await until('it to be gone from the list', async () => (await page.getByRole('link', { name: /switched/ }).count()) === 0);
        await page.getByLabel('uninstalled too').check();
        await page.getByRole('link', { name: /switched/ }).waitFor();
    });
});

check('settings are changed, and a wrong one is refused in its place', async () => {
    await with_window(browser, server, { allowed: [/422/] }, async (page) => {
        await page.goto('/addons/good-addon?tab=settings');
        await page.getByLabel('Calls at once').fill('7');
        await page.getByLabel('Time to answer').fill('soon');
        await page.getByLabel('Name of a new header').fill('X-Team');
        await page.getByLabel('Value of the new header').fill('secret-team');
        await press(page, 'Save');
        await page.getByRole('alert').waitFor();
        await page.getByLabel('Time to answer').fill('9s');
        await press(page, 'Save');
        await until_text(page, /Saved\./);
        const { settings } = await addon_state('good-addon');
        assert.equal(settings.concurrency, 7);
        assert.equal(settings.timeouts.answer, '9s');
        assert.equal(await page.getByText('secret-team').count(), 0);
    });
});

check('a sample is sent with a field changed, and its delivery shows', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/events');
        await press(page, 'Send a sample');
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('combobox').fill('issue_upd');
        await dialog.getByRole('option', { name: /jira:issue_updated/ }).click();
        await dialog.getByLabel('issue.key').fill('PAGE-42');
        await dialog.getByLabel('issue.key').press('Tab');
        await press(page, 'Send', dialog);
        await page.getByRole('link', { name: 'Open the event' }).click();
        await until_text(page, /"PAGE-42"/);
        await page.getByRole('link', { name: /good-addon|Release notes/ }).click();
        await until_text(page, /Delivered: the receiver answered 204/);
    });
});

check('a body is searched: the match is counted and shown', async () => {
    const dead = await delivery_in(server, 'dead', 'wrong-addon');
    await with_window(browser, server, {}, async (page) => {
        await page.goto(`/deliveries/${dead.id}`);
        await page.getByLabel('Search in the body').fill('displayname');
        await until_text(page, /1\/\d+/);
        await page.getByLabel('Search in the body').press('Enter');
        await until_text(page, /2\/\d+/);
        await press(page, 'Text');
        await page.locator('pre[aria-label="request-body"]').waitFor();
    });
});

check('a tenant is made, changed and removed', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/tenants');
        await press(page, 'Make a tenant');
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Key', { exact: false }).first().fill('acme');
        await press(page, 'Make', dialog);
        await page.waitForURL(/\/tenants\/acme/);
        await press(page, 'Change');
        await dialog.getByLabel('Name').fill('Acme & Sons');
        await press(page, 'Save', dialog);
        await until_text(page, /Acme & Sons/);
        await press(page, 'Remove');
        await dialog.locator('footer').getByRole('button', { name: 'Remove' }).click();
        await page.waitForURL(/\/tenants$/);
    });
    assert.equal((await server.get('/api/v1/tenants/acme')).status, 404);
});

check('a key is made, shown once, works, and is removed', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/keys');
        await page.getByRole('button', { name: 'Make a key' }).first().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Role').selectOption('read');
        await dialog.getByLabel('Note').fill('looks only');
        await press(page, 'Make', dialog);
        const key = await dialog.locator('code').innerText();
        assert.match(key, /^phk_/);
        assert.equal((await server.get('/api/v1/tenants', { key, headers: { Via: '1.1 x' } })).status, 200);
        await press(page, 'Done', dialog);
        assert.equal(await page.getByText(key).count(), 0);
        await page.getByRole('button', { name: 'Remove the key looks only' }).click();
        await dialog.locator('footer').getByRole('button', { name: 'Remove' }).click();
        await until('the key to be refused', async () => (await server.get('/api/v1/tenants', { key, headers: { Via: '1.1 x' } })).status === 401);
    });
});

await run(async () => {
    [server, browser] = await Promise.all([sample_server(program), launch()]);
    addons = await three_add_ons(server);
    for (const type of types) await send_sample(server, type);
    assert.ok(addons);
    await delivery_in(server, 'dead', 'wrong-addon');
});
