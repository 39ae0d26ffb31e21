// Recovering many deliveries from the page: counted, its progress seen, stopped, done. COUNT=100000 does it at full size.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { check, run, until } from '../kit/checks.mjs';
import { assert_fits, axe_findings, launch, until_text, with_window } from './browser.mjs';
import { add_on, sample_server } from './sample_data.mjs';

const program = process.argv[2];
const count = Number(process.env.COUNT ?? 30_000);
const seconds = 60 + count / 500;
// The API counts no further.
const counted_max = 100_000;
let server, browser, stopped_after;

/** How many of the first add-on are dead, as the API counts them. */
const dead = async () => (await server.post('/api/v1/tenants/jira/deliveries/recover', { addon: 'many', since: '2020-01-01T00:00:00Z', state: 'dead', preview: true })).json.deliveries;
const number = (text) => Number(text.replaceAll(/\D/g, ''));

async function begin(page) {
    await page.goto('/deliveries?state=dead&addon=many');
    await page.getByRole('button', { name: 'Recover', exact: true }).click();
    const dialog = page.getByRole('dialog');
    const start = Date.now();
    await dialog.getByRole('button', { name: 'Count them' }).click();
    await until_text(page, /deliveries fit\./, { seconds });
    console.log(`       counted after ${Date.now() - start} ms`);
    await dialog.getByRole('button', { name: /^Recover \d/ }).click();
    return dialog;
}

check('recovering many shows how far it is, is stopped at once, and what it made stays', async () => {
    await with_window(browser, server, {}, async (page) => {
        const dialog = await begin(page);
        const bar = dialog.getByRole('progressbar');
        await bar.waitFor();
        // Closed, it goes on, is shown in the list, and found again, also after a reload.
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: /^Recovering \d+ %/ }).waitFor();
        await page.reload();
        await page.getByRole('button', { name: /^Recovering \d+ %/ }).click();
        await until('progress', async () => (await bar.getAttribute('value')) > 0, { every: 5 });
        await dialog.getByRole('button', { name: 'Stop' }).click();
        await until_text(page, /Stopped\. .* had been made anew and stay\./);
        const made = number(await dialog.getByText(/Stopped\./).innerText());
        console.log(`       stopped after ${made} of ${count}`);
        assert.ok(made > 0 && made < count, `${made} of ${count}`);
        await assert_fits(page, 'the stopped operation');
        assert.deepEqual(await axe_findings(page), []);
        stopped_after = made;
        await until('what it made to be dead too', async () => (await dead()) === Math.min(counted_max, count + made), { seconds });
    });
}, { seconds });

check('recovering many to its end makes each anew, while the page and others go on', async () => {
    const before = count + stopped_after;
    await with_window(browser, server, {}, async (page) => {
        const dialog = await begin(page);
        const start = Date.now();
        const seen = new Set();
        let slowest = 0;
        const other = (async () => {
            while (!seen.has('end')) {
                const at = performance.now();
                const event = await server.send('jira:issue_updated', { issue: { key: 'A-1' } });
                await until('the delivery to another add-on', async () => (await server.deliveries_of(event.id)).every(({ state }) => state === 'delivered'), { every: 5 });
                slowest = Math.max(slowest, performance.now() - at);
            }
        })();
        await until('the end', async () => {
            const text = await dialog.locator('p').first().innerText();
            seen.add(text);
            return /made anew\. They go out now/.test(text);
        }, { seconds, every: 10 });
        console.log(`       ${before} made anew in ${Date.now() - start} ms; ${seen.size} steps were seen; another add-on's delivery took at most ${Math.round(slowest)} ms`);
        seen.add('end');
        await other;
        assert.ok(seen.size >= 3, [...seen].join('\n'));
        assert.equal(number((await dialog.locator('p').first().innerText()).split(' deliver')[0]), before);
        await dialog.locator('footer').getByRole('button', { name: 'Close' }).click();
        await page.getByRole('searchbox').or(page.getByRole('combobox')).first().waitFor();
    });
    await until('all to be dead again', async () => (await dead()) === Math.min(counted_max, 2 * before), { seconds });
}, { seconds: 2 * seconds });

await run(async () => {
    [server, browser] = await Promise.all([sample_server(program), launch()]);
    await add_on(server, { key: 'many', answer: ({ path }) => ({ status: path === '/hook/jira:issue_created' ? 404 : 204 }) });
    await add_on(server, { key: 'other' });
    await server.patch('/api/v1/tenants/jira/addons/many', { concurrency: 100 });
    const step = 5000;
    for (let made = 0; made < count; made += step) {
        const lines = Array.from({ length: Math.min(step, count - made) }, (_, i) => `{"event":"jira:issue_created","payload":{"issue":{"key":"A-${made + i}"}}}`);
        const { status } = await server.post('/api/v1/tenants/jira/events', lines.join('\n'), { headers: { 'Content-Type': 'application/x-ndjson' } });
        assert.equal(status, 200);
    }
    await until('all to be dead', async () => (await dead()) === count, { seconds, every: 100 });
});
