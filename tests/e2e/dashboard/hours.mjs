// Pages left open for long, by hand: MINUTES=120 tests/e2e/dashboard/run PROGRAM hours.mjs
// They must neither grow nor fall behind. RATE events a second come in, 20 by default; 20 min by default, at least 10.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { check, run, until } from '../kit/checks.mjs';
import { launch, Window } from './browser.mjs';
import { add_on, sample_server, send_sample, types } from './sample_data.mjs';

const program = process.argv[2];
const minutes = Number(process.env.MINUTES ?? 20);
const rate = Number(process.env.RATE ?? 20);
assert.ok(minutes >= 10, 'MINUTES: the lists fill up first, so in less than 10 growth does not show');
let server, browser, addon;

async function open(path, prepare = async () => {}) {
    const window = await Window.open(browser, server);
    await window.goto(path);
    await prepare(window.page);
    const debug = await window.context.newCDPSession(window.page);
    await debug.send('Performance.enable');
    return { path, window, debug, seen: [] };
}

/** MB of the heap without what can be collected, nodes of the document and listeners. */
async function size_of({ debug }) {
    await debug.send('HeapProfiler.collectGarbage');
    const { metrics } = await debug.send('Performance.getMetrics');
    const value = (name) => metrics.find((metric) => metric.name === name).value;
    return { heap: value('JSHeapUsedSize') / 2 ** 20, nodes: value('Nodes'), listeners: value('JSEventListeners') };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

check(`pages open for ${minutes} min neither grow nor fall behind`, async () => {
    const pages = [
        await open('/deliveries'),
        await open('/events'),
        await open('/'),
        await open('/inspect', async (page) => {
            await page.getByRole('button', { name: 'Inspect jira' }).click();
            await page.waitForURL(/\/inspect\/.+/);
        }),
    ];
    let number = 0;
    const sender = setInterval(() => void send_sample(server, types[++number % types.length]).catch(() => {}), 1000 / rate);
    try {
        for (let minute = 1; minute <= minutes; minute += 1) {
            await new Promise((done) => setTimeout(done, 60_000));
            addon.calls.length = 0;  // What the add-on keeps is not what is looked at.
            const words = [];
            for (const page of pages) {
                const size = await size_of(page);
                page.seen.push(size);
                words.push(`${page.path} ${size.heap.toFixed(1)} MB ${size.nodes} nodes ${size.listeners} listeners`);
            }
            console.log(`       ${minute} min, ${number} events: ${words.join(', ')}`);
            const { json } = await server.get('/api/v1/tenants/jira/deliveries?limit=1');
            const [{ window }] = pages;
            // Ids grow with time, also as text.
            await until('a delivery of this moment at the top of the list', async () => {
                const newest = await window.page.locator('a[href*="dlv_"]').first().getAttribute('href');
                return newest.match(/dlv_[0-9a-z]+/)[0] >= json.items[0].id;
            }, { seconds: 20 });
        }
    } finally {
        clearInterval(sender);
    }
    // Lists fill up to what they hold; from then on nothing grows.
    const half = Math.ceil(minutes / 2);
    for (const { path, seen } of pages) {
        for (const what of ['heap', 'nodes', 'listeners']) {
            const [early, late] = [seen.slice(half - 3, half + 2), seen.slice(-5)].map((part) => median(part.map((size) => size[what])));
            assert.ok(late < early * 1.1, `${path}: ${what} grew from ${early} to ${late} in the second half`);
        }
    }
    for (const { window } of pages) await window.close();
}, { seconds: minutes * 120 });  // The machine may sleep meanwhile, or be stopped for a while.

await run(async () => {
    [server, browser] = await Promise.all([sample_server(program), launch()]);
    addon = await add_on(server, { key: 'good-addon', answer: () => ({ status: 204 }) });
});
