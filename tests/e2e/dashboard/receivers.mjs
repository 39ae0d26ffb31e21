// The receivers on the overview: a breaker that opens and closes by itself, and one that a person pauses and resumes.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { check, run, sleep, until } from '../kit/checks.mjs';
import { assert_fits, axe_findings, launch, narrow, until_text, with_window } from './browser.mjs';
import { add_on, sample_server, send_sample } from './sample_data.mjs';

const program = process.argv[2];
let server, browser, addon, status = 204;
const is_hook = ({ path }) => path.startsWith('/hook/');
const receiver = async () => (await server.get(`/api/v1/receivers/${encodeURIComponent(addon.origin)}`)).json;
const row = (page) => page.getByRole('region', { name: 'Receivers' }).getByRole('row', { name: /Breaking/ });

check('a receiver that fails is left alone, with the reason and its next probe, until a probe goes well', async () => {
    status = 503;
    await server.patch('/api/v1/tenants/jira/addons/breaking', { retry: { waits: ['1s'], jitter: 0 } });
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/');
        await until_text(page, /Receivers, worst first|Nothing happened/);
        for (let i = 0; i < 25; i += 1) await send_sample(server, 'jira:issue_created');
        await until('the breaker to open', async () => (await receiver()).state === 'open');
        await until('it in the page', async () => /left alone, probe (in \d+ s|now)/.test(await row(page).innerText()));
        assert.match(await row(page).innerText(), /\d+ of \d+ attempts within a minute failed; the last failure: 503\./);
        await until_text(page, /1 receiver fails and is left alone for now/);
        await page.goto('/addons/breaking');
        await until_text(page, /Its receiver is (left alone|being probed)/);
        await page.goto('/');
        await row(page).getByText(/left alone|being probed/).waitFor();
        for (const viewport of [page.viewportSize(), narrow]) {
            await page.setViewportSize(viewport);
            await assert_fits(page, 'the overview with a breaker open');
            assert.deepEqual(await axe_findings(page), []);
        }
        await page.setViewportSize({ width: 1360, height: 820 });
        status = 204;
        await until('the probe to close it, without a reload', async () => /\bcalled\b/.test(await row(page).innerText()), { seconds: 30 });
        assert.equal((await receiver()).state, 'closed');
    });
}, { seconds: 60 });

check('a receiver is paused and resumed: what is for it is kept and goes out then', async () => {
    const waiting = async () => (await server.list('/api/v1/tenants/jira/deliveries?addon=breaking')).filter(({ state }) => state === 'pending' || state === 'retrying').length;
    await until('nothing to wait', async () => (await waiting()) === 0, { seconds: 40 });
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/');
        await row(page).getByRole('button', { name: `Pause ${addon.origin}` }).click();
        await until_text(page, /is paused\. What is for it is kept\./);
        await until_text(page, /1 receiver is paused/);
        assert.equal((await receiver()).state, 'paused');
        const before = addon.calls.filter(is_hook).length;
        await send_sample(server, 'jira:issue_created');
        await until('the delivery that waits', async () => (await waiting()) === 1);
        await page.goto('/addons/breaking');
        await until_text(page, /Its receiver is paused\. It was paused by an operator\./);
        await sleep(300);
        assert.equal(addon.calls.filter(is_hook).length, before);
        await page.goto('/');
        await row(page).getByRole('button', { name: `Resume ${addon.origin}` }).click();
        await until_text(page, /is resumed\. What waited goes out now\./);
        await addon.wait_for(is_hook, before + 1);
        await until('it to be called', async () => /\bcalled\b/.test(await row(page).innerText()));
    });
}, { seconds: 60 });

check('a paused receiver whose add-on is gone can still be resumed', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/');
        await row(page).getByRole('button', { name: /^Pause/ }).click();
        await until('paused', async () => (await receiver()).state === 'paused');
        await server.delete('/api/v1/tenants/jira/addons/breaking');
        await page.reload();
        await page.getByRole('button', { name: `Resume ${addon.origin}` }).click();
        await until('it to be gone', async () => (await page.getByRole('button', { name: `Resume ${addon.origin}` }).count()) === 0);
    });
});

await run(async () => {
    [server, browser] = await Promise.all([sample_server(program), launch()]);
    addon = await add_on(server, { key: 'breaking', name: 'Breaking', answer: (call) => ({ status: is_hook(call) ? status : 204 }) });
});
