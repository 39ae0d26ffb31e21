// The inspector as a new user would try it: make one, send a sample, see the call with its token judged.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { check, run, until } from '../kit/checks.mjs';
import { Receiver } from '../kit/addon.mjs';
import { assert_fits, axe_findings, launch, narrow, until_text, wide, with_window } from './browser.mjs';
import { sample_server, send_sample } from './sample_data.mjs';

const program = process.argv[2];
let server, browser, inspector;
const calls = (page) => page.getByRole('list', { name: 'Calls, newest first' }).getByRole('link');
const send = (type, changes) => send_sample(server, type, changes);

check('one click makes an inspector, a sample goes out, and its call shows with its token judged valid', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/inspect');
        await page.getByRole('button', { name: 'Inspect jira' }).click();
        await page.waitForURL(/\/inspect\/.+/);
        await until_text(page, /hears jira/);
        await until_text(page, /left/);
        await page.getByRole('button', { name: 'Send a sample' }).click();
        const sample = page.getByRole('region', { name: 'Send a sample' });
        await sample.getByLabel('issue.key').fill('LOOK-7');
        await sample.getByLabel('issue.key').press('Tab');
        const start = Date.now();
        await sample.getByRole('button', { name: 'Send', exact: true }).click();
        await until('the call', async () => (await calls(page).filter({ hasText: 'jira:issue_created' }).count()) > 0);
        console.log(`       the call showed ${Date.now() - start} ms after the click`);
        await page.getByRole('button', { name: 'Send a sample' }).click();
        await calls(page).filter({ hasText: 'jira:issue_created' }).first().click();
        await until_text(page, /Token valid/);
        await until_text(page, /"LOOK-7"/);
        for (const tab of ['Token', 'Headers', 'Query']) {
            await page.getByRole('tab', { name: tab }).click();
            await page.getByRole('tabpanel', { name: tab }).waitFor();
        }
        await page.getByRole('tab', { name: 'Token' }).click();
        await until_text(page, /signature[\s\S]*times[\s\S]*qsh[\s\S]*POST&\/events/);
        inspector = new URL(page.url()).pathname;
    });
});

check('lifecycle calls are there, look different, and hide the secret', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto(inspector);
        const installed = calls(page).filter({ hasText: 'installed' }).last();
        assert.match(await installed.getAttribute('class'), /lifecycle/);
        await installed.click();
        await until_text(page, /sharedSecret/);
        assert.match(await page.getByRole('treeitem').filter({ hasText: 'sharedSecret' }).innerText(), /\*\*\*/);
    });
});

check('whoever has the address sees the calls without a key, and can change nothing', async () => {
    // Forwarded, so that --dev asks for a key.
    await with_window(browser, server, { headers: { 'X-Forwarded-For': '203.0.113.9' }, allowed: [/401/] }, async (page) => {
        await page.goto(inspector);
        await until_text(page, /issue_created/);
        for (const name of ['Send a sample', 'End']) assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0);
        await calls(page).first().click();
        await until_text(page, /Token valid|No token/);
    });
});

check('a call whose token is wrong says which check fails and why', async () => {
    const { json } = await server.get(`/api/v1/inspectors/${inspector.split('/')[2]}`);
    const url = new URL(json.descriptorUrl.replace('atlassian-connect.json', 'events/jira:issue_updated?issue.key=BAD-1'));
    const header = Buffer.from('{"typ":"JWT","alg":"HS256"}').toString('base64url');
    const claims = Buffer.from(JSON.stringify({ iss: 'me', iat: 1, exp: 2, qsh: 'no' })).toString('base64url');
    const answer = await server.post(url.pathname + url.search, { issue: { key: 'BAD-1' } }, { headers: { Authorization: `JWT ${header}.${claims}.AAAA` } });
    assert.ok(answer.status < 500, answer.text);
    await with_window(browser, server, {}, async (page) => {
        await page.goto(inspector);
        await calls(page).filter({ hasText: 'BAD-1' }).first().click();
        await until_text(page, /Token wrong/);
        await page.getByRole('tab', { name: 'Token' }).click();
        assert.ok((await page.getByRole('list', { name: 'What was checked' }).getByRole('listitem').count()) >= 3);
    });
});

check('two calls stand side by side with what differs marked', async () => {
    for (const marker of ['one', 'two']) await server.send('jira:issue_updated', { issue: { key: 'SIDE-1' }, same: [1, 2], marker });
    await with_window(browser, server, {}, async (page) => {
        await page.goto(inspector);
        await until('both calls', async () => (await calls(page).filter({ hasText: 'jira:issue_updated' }).count()) >= 3);
        await calls(page).filter({ hasText: 'jira:issue_updated' }).first().click();
        await page.getByRole('link', { name: 'Compare with the one before' }).click();
        await until_text(page, /lines? differ/);
        await page.getByLabel('only what differs').check();
        await until('the marked difference', async () => (await page.locator('mark').allInnerTexts()).some((text) => text === 'two'));
        await page.keyboard.press('Escape');
        await until('the comparison to be gone', () => !page.url().includes('with='));
    });
});

check('calls are filtered by type and text, and paused', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto(inspector);
        await page.getByLabel('type', { exact: true }).selectOption('jira:issue_updated');
        await page.waitForURL(/event=jira/);
        await until('only that type', async () => (await calls(page).filter({ hasText: 'issue_created' }).count()) === 0);
        await page.getByRole('textbox', { name: 'Filter calls by text' }).fill('BAD-1');
        await until('one call', async () => (await calls(page).count()) === 1);
        await page.getByRole('textbox', { name: 'Filter calls by text' }).fill('');
        await page.getByRole('button', { name: 'Any type' }).click();
        await page.getByRole('button', { name: 'Pause', exact: true }).click();
        const before = await calls(page).count();
        await send('sprint_started');
        await page.getByRole('button', { name: /^\d+ new$/ }).waitFor();
        assert.equal(await calls(page).count(), before);
        await page.getByRole('button', { name: /^\d+ new$/ }).click();
        await calls(page).filter({ hasText: 'sprint_started' }).waitFor();
    });
});

check('a call is replayed to another URL, copied as curl, and all are downloaded', async () => {
    const other = await new Receiver(() => ({ status: 202, body: 'taken' })).listen();
    await with_window(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
        await page.goto(inspector);
        await calls(page).filter({ hasText: 'sprint_started' }).click();
        await page.getByRole('button', { name: 'Replay to…' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('To').fill(`${other.origin}/mine`);
        await dialog.locator('footer').getByRole('button', { name: 'Replay' }).click();
        await until_text(page, /202 after/);
        await until('the call at the other', () => other.calls.length === 1);
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Copy as curl' }).click();
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -i -X POST/);
        const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'NDJSON' }).click()]);
        const { readFileSync } = await import('node:fs');
        const lines = readFileSync(await download.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
        assert.ok(lines.length >= 6 && lines.some(({ name }) => name === 'sprint_started'));
    });
});

check('it fits and is accessible, wide and dark and narrow', async () => {
    for (const options of [{ viewport: wide }, { viewport: narrow, dark: true }])
        await with_window(browser, server, options, async (page) => {
            await page.goto(inspector);
            await until_text(page, /sprint_started/);
            await assert_fits(page, inspector);
            assert.deepEqual(await axe_findings(page), []);
            await calls(page).filter({ hasText: 'sprint_started' }).click();
            await until_text(page, /Token valid/);
            for (const tab of ['Token', 'Headers', 'Body']) {
                await page.getByRole('tab', { name: tab }).click();
                await assert_fits(page, tab);
                assert.deepEqual(await axe_findings(page), [], tab);
            }
        });
});

check('an inspector that was ended says so, and is gone from the list', async () => {
    await with_window(browser, server, { allowed: [/410|404/] }, async (page) => {
        await page.goto(inspector);
        await page.getByRole('button', { name: 'End', exact: true }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
        await until_text(page, /No inspector is open/);
        await page.goto(inspector);
        await until_text(page, /This inspector has ended|No such inspector/);
    });
});

await run(async () => {
    [server, browser] = await Promise.all([sample_server(program), launch()]);
});
