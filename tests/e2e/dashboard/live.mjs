// What happens shows at once; a lost server comes back by itself; a flood of calls neither freezes nor fills the page.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { check, run, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';
import { launch, until_text, with_window } from './browser.mjs';
import { add_on, sample_server, send_sample } from './sample_data.mjs';

const program = process.argv[2];
let server, browser;
const lost = [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_NETWORK|Failed to fetch|network error/];
const rows = (page) => page.getByRole('list', { name: /Deliveries, newest first/ }).getByRole('listitem');

check('a delivery shows in the list without a reload, and its row changes in place', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/deliveries');
        await until_text(page, /live/);
        await send_sample(server, 'worklog_updated');
        await until('the new row', async () => (await rows(page).filter({ hasText: 'worklog_updated' }).filter({ hasText: 'delivered' }).count()) > 0);
    });
});

check('rows that come in wait as a button while the reader is further down', async () => {
    for (let i = 0; i < 60; i += 1) await send_sample(server, 'jira:issue_updated');
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/deliveries');
        await until_text(page, /issue_updated/);
        await page.mouse.move(500, 500);
        await page.mouse.wheel(0, 900);
        await until('the list to be further down', () => page.locator('.box').evaluate((box) => box.scrollTop > 100));
        for (let i = 0; i < 3; i += 1) await send_sample(server, 'sprint_started');
        const button = page.getByRole('button', { name: /^\d+ new$/ });
        await button.waitFor();
        assert.equal(await rows(page).filter({ hasText: 'sprint_started' }).count(), 0);
        await button.click();
        await until('the new rows', async () => (await rows(page).filter({ hasText: 'sprint_started' }).count()) === 3);
    });
});

check('paused, nothing moves; going on shows what was missed', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/deliveries');
        await page.getByRole('button', { name: 'Live, pause' }).click();
        await page.getByRole('button', { name: 'Paused, go on' }).waitFor();
        const before = await rows(page).first().innerText();
        await send_sample(server, 'comment_created');
        await until('the delivery in the API', async () => (await server.list('/api/v1/tenants/jira/deliveries?event=comment_created')).length > 0);
        assert.equal(await rows(page).first().innerText(), before);
        await page.getByRole('button', { name: 'Paused, go on' }).click();
        await until('what was missed', async () => (await rows(page).filter({ hasText: 'comment_created' }).count()) > 0);
    });
});

check('the server starts again while the page is open: it says so, comes back by itself, and misses nothing', async () => {
    await with_window(browser, server, { allowed: lost }, async (page) => {
        await page.goto('/deliveries');
        await page.getByRole('button', { name: 'Live, pause' }).waitFor();
        const { port, data } = server;
        await server.stop('SIGKILL');
        await until_text(page, /stale/, { seconds: 15 });
        // What is asked for meanwhile tells of the lost server, and what was seen stays.
        await page.getByRole('link', { name: 'Add-ons' }).click();
        await until_text(page, /has not answered for/, { seconds: 15 });
        await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
        server = new Server(program, { data, listen: `localhost:${port}` });
        await server.wait_until_ready();
        await page.getByRole('button', { name: 'Live, pause' }).waitFor({ timeout: 20_000 });
        await until('the warning to be gone', async () => (await page.getByText('has not answered').count()) === 0);
        await send_sample(server, 'jira:issue_deleted');
        await until('a delivery from after', async () => (await rows(page).filter({ hasText: 'jira:issue_deleted' }).count()) > 0);
    });
}, { seconds: 90 });

check('10 000 calls stream in: the page holds some thousand rows, stays quick and does not grow', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/deliveries');
        await page.getByRole('button', { name: 'Live, pause' }).waitFor();
        const heap = () => page.evaluate(async () => {
            globalThis.gc?.();
            return performance.memory.usedJSHeapSize;
        });
        const before = await heap();
        const line = JSON.stringify({ event: 'jira:issue_created', payload: { issue: { key: 'LOAD-1', fields: { summary: 'x'.repeat(200) } } } });
        let longest = 0;
        for (let batch = 0; batch < 20; batch += 1) {
            const { status } = await server.post('/api/v1/tenants/jira/events', Array(500).fill(line).join('\n'), { headers: { 'Content-Type': 'application/x-ndjson' } });
            assert.equal(status, 200);
            // How long the page takes to answer a frame while calls come in.
            const frame = await page.evaluate(() => new Promise((done) => {
                const start = performance.now();
                requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
            }));
            longest = Math.max(longest, frame);
        }
        await until('all of them to be delivered', async () => (await server.get('/api/v1/overview?tenant=jira')).json.series.delivered.reduce((a, b) => a + b, 0) >= 10_000, { seconds: 60, every: 500 });
        await until('the newest one in the list', async () => {
            const { json } = await server.get('/api/v1/tenants/jira/deliveries?limit=1');
            await page.locator('.box').evaluate((box) => (box.scrollTop = 0));
            return (await page.locator(`a[href*="${json.items[0].id}"]`).count()) === 1;
        }, { seconds: 20 });
        const held = await rows(page).first().getAttribute('aria-setsize');
        const inDocument = await rows(page).count();
        console.log(`       ${held} rows held, ${inDocument} in the document; longest wait for two frames ${Math.round(longest)} ms; heap ${Math.round((await heap()) / 2 ** 20)} MB, before ${Math.round(before / 2 ** 20)} MB`);
        assert.ok(Number(held) <= 4000);
        assert.ok(inDocument < 100);
        assert.ok((await heap()) - before < 60 * 2 ** 20, 'the page grew');
    });
}, { seconds: 150 });

await run(async () => {
    [server, browser] = await Promise.all([sample_server(program), launch()]);
    await add_on(server, { key: 'good-addon', answer: () => ({ status: 204 }) });
});
