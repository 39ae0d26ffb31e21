// Hostile content shows as text: it never runs, freezes the page or breaks its layout.
import { strict as assert } from 'node:assert';
import http from 'node:http';
import process from 'node:process';
import { check, run, until } from '../kit/checks.mjs';
import { assert_fits, axe_findings, launch, narrow, until_text, wide, with_window } from './browser.mjs';
import { add_on, sample_server } from './sample_data.mjs';

const program = process.argv[2];
const script = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';
const rtl = '\u202Eesrever\u202C \u2067abc\u2069 \u200F';
let server, browser;
let answer = () => ({ status: 200, body: `{"answer":${JSON.stringify(script)}}`, headers: { 'X-Evil': script.slice(0, 40) } });

/** Sends the payload and gives the id of its delivery. */
async function delivery_of(payload) {
    const event = await server.send('jira:issue_created', payload);
    return (await server.deliveries_of(event.id))[0].id;
}

/** Opens it wide and narrow; `look` may do more on the wide one. */
async function open_delivery(id, text, look = async () => {}) {
    for (const viewport of [wide, narrow])
        await with_window(browser, server, { viewport }, async (page) => {
            const start = Date.now();
            await page.goto(`/deliveries/${id}`);
            await until_text(page, text);
            console.log(`       shown after ${Date.now() - start} ms at ${viewport.width} px`);
            await assert_fits(page, id);
            if (viewport === wide) await look(page);
            assert.equal(await page.evaluate(() => window.pwned), undefined);
        });
}

check('script in payload keys and values is text', async () => {
    const id = await delivery_of({ issue: { key: script }, [script]: script, list: [script] });
    await open_delivery(id, /onerror=/, async (page) => {
        for (const tab of ['Response', 'Token', 'Raw', 'Request']) await page.getByRole('tab', { name: tab }).click();
        await page.getByRole('button', { name: 'Text', exact: true }).click();
        await page.locator('pre[aria-label="request-body"]').waitFor();
    });
});

check('script in the names of an add-on and in what it answers is text', async () => {
    await with_window(browser, server, {}, async (page) => {
        const pages = [['/addons', /onerror/], ['/addons/hostile', /onerror/], ['/addons/hostile?tab=descriptor', /onerror/], ['/deliveries', /hostile/], ['/', /Rate by outcome/]];
        for (const [path, text] of pages) {
            await page.goto(path);
            await until_text(page, text);
            await assert_fits(page, path);
        }
        await page.goto('/addons/hostile');
        await until_text(page, /<script>window\.pwned=1<\/script>/);
        assert.equal(await page.evaluate(() => window.pwned), undefined);
        assert.equal(await page.locator('main img[src="x"], main script').count(), 0);
    });
    const id = await delivery_of({ issue: { key: 'A-1' } });
    await with_window(browser, server, {}, async (page) => {
        await page.goto(`/deliveries/${id}?tab=response`);
        await until_text(page, /pwned/);
        assert.equal(await page.evaluate(() => window.pwned), undefined);
    });
});

check('right-to-left marks turn nothing around but themselves', async () => {
    const id = await delivery_of({ issue: { key: rtl }, [rtl]: rtl, behind: 'stays' });
    await open_delivery(id, /behind/, async (page) => {
        const close = await page.getByRole('link', { name: 'Close (Esc)' }).boundingBox();
        assert.ok(close.x > 1000, 'the button at the right is still at the right');
    });
});

check('a string of 1 MB is clipped, and all of it shown when asked for', async () => {
    const id = await delivery_of({ long: 'ab '.repeat(330_000), after: 'it' });
    await open_delivery(id, /show all 990/, async (page) => {
        await page.getByText(/show all 990/).click();
        await page.locator('.whole pre').waitFor();
        assert.equal(await page.locator('.whole pre').evaluate((pre) => pre.textContent.length), 990_000);
        await page.getByRole('button', { name: 'Text', exact: true }).click();
        await until_text(page, /show all/);
    });
}, { seconds: 60 });

check('100 000 keys and deep nesting open, fold and are searched', async () => {
    const keys = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, i]));
    const many = await delivery_of(keys);
    await open_delivery(many, /k0/, async (page) => {
        await page.getByLabel('Search in the body').fill('k59999');
        await until_text(page, /1\/1/);
        await until_text(page, /k59999/);
        assert.ok((await page.getByRole('treeitem').count()) < 200);
    });
    // Deeper than what the server takes is refused there; this is the deepest.
    let depth = 400;
    let deep;
    for (; depth > 10; depth = Math.floor(depth / 2)) {
        const answer = await server.post('/api/v1/tenants/jira/events', `{"event":"jira:issue_created","payload":{"deep":${'['.repeat(depth)}1${']'.repeat(depth)}}}`);
        if (answer.status === 202) {
            deep = (await server.deliveries_of(answer.json.id))[0].id;
            break;
        }
    }
    assert.ok(deep, 'some depth is taken');
    console.log(`       ${depth} levels`);
    await open_delivery(deep, /deep/, async (page) => {
        await page.getByLabel('Search in the body').fill('1');
        await until_text(page, /\d+\/\d+/);
    });
}, { seconds: 90 });

// As an old program writes "José" in Latin-1, cut inside a character, and with control characters.
const broken = Buffer.concat([Buffer.from('{"name":"Jos'), Buffer.from([0xe9]), Buffer.from('","bell":"'), Buffer.from([0x07, 0x00, 0x1b, 0x5b, 0x33, 0x31, 0x6d]), Buffer.from('","cut":"'), Buffer.from([0xf0, 0x9f, 0x92])]);

check('a call to the inspector whose bytes are no UTF-8 shows marks for them, and the bytes', async () => {
    const { json: inspector } = await server.post('/api/v1/inspectors', { tenant: 'jira', install: false });
    const url = new URL(inspector.descriptorUrl);
    await new Promise((done, refuse) => {
        const request = http.request({ host: '127.0.0.1', port: server.port, method: 'POST', path: `${url.pathname.replace(/[^/]*$/, '')}events/jira:issue_created?name=Jos%E9&cut=%F0%9F`, headers: { 'Content-Type': 'application/json', 'X-Latin': 'Jos\u00e9' } }, (response) => response.resume().on('end', done));
        request.on('error', refuse);
        request.end(broken);
    });
    const call = await until('the call', async () => (await server.get(`/api/v1/inspectors/${inspector.secret}/calls`)).json.items[0]);
    for (const viewport of [wide, narrow])
        await with_window(browser, server, { viewport, permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
            const path = `/inspect/${inspector.secret}?call=${call.n}`;
            await page.goto(path);
            await until_text(page, /Jos\ufffd/);
            await until_text(page, /It is no plain UTF-8 text/);
            await assert_fits(page, path);
            await page.getByRole('button', { name: 'Text', exact: true }).click();
            await until_text(page, /"bell":"\u2407\u2400\u241b\[31m"/);
            await page.getByRole('button', { name: 'Bytes', exact: true }).click();
            await until_text(page, /00000000  7b 22 6e 61 6d 65 22 3a {1,2}22 4a 6f 73 e9 22 2c 22/);
            await assert_fits(page, path);
            assert.deepEqual(await axe_findings(page), []);
            await page.getByRole('button', { name: 'Copy as curl' }).click();
            await page.getByRole('button', { name: 'Copied' }).waitFor();
            assert.match(await page.evaluate(() => navigator.clipboard.readText()), new RegExp(`^printf %s '${broken.toString('base64').replaceAll('+', '\\+')}' \\| base64 -d \\| curl`));
            await page.getByRole('tab', { name: /Query/ }).click();
            await until_text(page, /Jos\ufffd/);
            await page.getByRole('tab', { name: /Headers/ }).click();
            await until_text(page, /X-Latin/i);
            await assert_fits(page, path);
        });
});

check('an answer that is no UTF-8, and headers that are none, show as text with marks', async () => {
    answer = () => ({ status: 200, body: broken, headers: { 'X-Latin': 'Jos\u00e9' } });
    const id = await delivery_of({ issue: { key: 'A-2' } });
    await until('its answer', async () => (await server.get(`/api/v1/tenants/jira/deliveries/${id}`)).json.state === 'delivered');
    for (const viewport of [wide, narrow])
        await with_window(browser, server, { viewport }, async (page) => {
            await page.goto(`/deliveries/${id}?tab=response`);
            await until_text(page, /Jos\ufffd/);
            await page.getByText(/\d headers/).click();
            await until_text(page, /X-Latin\s+Jos\ufffd/i);
            await assert_fits(page, id);
            assert.deepEqual(await axe_findings(page), []);
        });
});

await run(async () => {
    [server, browser] = await Promise.all([sample_server(program), launch()]);
    await add_on(server, {
        key: 'hostile', name: `${script}${rtl}${'W'.repeat(300)}`,
        answer: (call) => (call.path.startsWith('/hook/') ? answer() : { status: 204 }),
        more: { description: script, vendor: { name: script, url: 'javascript:window.pwned=1' }, links: { self: 'javascript:window.pwned=1' } },
    });
});
