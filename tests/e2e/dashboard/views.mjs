// Every page, light and dark, wide and narrow: shows what it is for, is accessible, fits, and asks nobody else.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { check, run, until } from '../kit/checks.mjs';
import { assert_fits, axe_findings, launch, narrow, until_text, wide, with_window } from './browser.mjs';
import { delivery_in, sample_server, send_sample, three_add_ons, types } from './sample_data.mjs';

const program = process.argv[2];
let server, empty, browser, dead;

const setup = async () => {
    [server, empty, browser] = await Promise.all([sample_server(program), sample_server(program), launch()]);
    await three_add_ons(server);
    for (const type of types) await send_sample(server, type);
    dead = await delivery_in(server, 'dead', 'wrong-addon');
    await delivery_in(server, 'retrying', 'failing-addon');
    await server.post('/api/v1/keys', { role: 'publish', tenant: 'jira', note: 'CI of the shop team' });

    const pages = [
        ['/', /Rate by outcome/],
        ['/?span=24h', /last day/],
        ['/deliveries', /404/],
        ['/deliveries?state=dead', /404/],
        [`/deliveries/${dead.id}`, /Dead after 1 try: the receiver answered 404\./],
        [`/deliveries/${dead.id}?tab=response`, /no such route/],
        [`/deliveries/${dead.id}?tab=token`, /POST&\/hook/],
        [`/deliveries/${dead.id}?tab=raw`, /HTTP\/1\.1/],
        ['/events', /worklog_updated/],
        [`/events/${dead.eventId}`, /Deliveries/],
        ['/addons', /Time tracker/],
        ['/addons/failing-addon', /Base URL/],
        ['/addons/failing-addon?tab=settings', /Calls at once/],
        ['/addons/failing-addon?tab=descriptor', /baseUrl/],
        ['/inspect', /See every call as it happens/],
        ['/tenants', /confluence/],
        ['/tenants/jira', /Client key/],
        ['/keys', /CI of the shop team/],
        ['/system', /Retention/],
        ['/nothing-here', /Nobody has this address/],
    ];
    for (const [path, text] of pages)
        for (const [name, options] of [['light', { viewport: wide }], ['dark and narrow', { viewport: narrow, dark: true }]])
            check(`${path.replace(/dlv_\w+|evt_\w+/, 'ID')} in ${name} shows what it should, fits, and axe finds nothing`, async () => {
                await with_window(browser, server, { ...options, allowed: path === '/nothing-here' ? [/404/] : [] }, async (page) => {
                    await page.goto(path);
                    await until_text(page, text);
                    // Charts come later.
                    if (path.startsWith('/?') || path === '/') await page.locator('canvas').first().waitFor();
                    await assert_fits(page, path);
                    assert.deepEqual(await axe_findings(page), []);
                });
            });

    const empties = [
        ['/', /Nothing happened in the last hour[\s\S]*posthorn trigger/],
        ['/deliveries', /No deliveries yet[\s\S]*posthorn receive --install/],
        ['/deliveries?state=dead', /No dead letters/],
        ['/deliveries?addon=nobody', /No delivery fits[\s\S]*Clear all filters/],
        ['/events', /No events yet[\s\S]*posthorn trigger/],
        ['/addons', /No add-ons yet[\s\S]*posthorn receive --install/],
        ['/inspect', /No inspector is open/],
        ['/keys', /No API keys/],
        ['/deliveries/dlv_0000000000000', /Nothing here/],
    ];
    for (const [path, text] of empties)
        check(`${path} says what to do where there is nothing`, async () => {
            await with_window(browser, empty, { viewport: narrow, allowed: [/404/] }, async (page) => {
                await page.goto(path);
                await until_text(page, text);
                await assert_fits(page, path);
                assert.deepEqual(await axe_findings(page), []);
            });
        });
};

check('the first paint needs little, and nothing of another host', async () => {
    await with_window(browser, server, {}, async (page, window) => {
        let bytes = 0;
        page.on('response', async (response) => {
            if (response.url().includes('/api/')) return;
            const sizes = await response.request().sizes().catch(() => null);
            bytes += sizes?.responseBodySize ?? 0;
        });
        await page.goto('/deliveries');
        await until_text(page, /wrong-addon/);
        const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
        console.log(`       first paint after ${Math.round(paint)} ms`);
        assert.ok(paint > 0);
        assert.ok(!window.requests.some((url) => /json_editor|uPlot/.test(url)), 'editor and charts are loaded only where they are needed');
        await page.goto('/');
        await page.locator('canvas').first().waitFor();
        await page.goto('/addons');
        await page.getByRole('button', { name: 'Install' }).click();
        await page.getByRole('tab', { name: 'Paste' }).click();
        await until('the editor', () => window.requests.some((url) => /json_editor/.test(url)));
        await page.locator('.cm-content').waitFor();
        assert.ok(bytes > 50_000 && bytes < 250 * 1024, `${bytes} bytes in all`);
    });
});

check('a theme chosen by hand holds over a reload, without a flash of the other', async () => {
    await with_window(browser, server, { dark: false }, async (page) => {
        await page.goto('/system');
        await page.getByRole('button', { name: 'Theme: As the system' }).click();
        await page.getByRole('button', { name: 'Theme: Dark' }).waitFor();
        await page.reload({ waitUntil: 'domcontentloaded' });
        assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(16, 18, 22)');
        await page.getByRole('button', { name: 'Theme: Dark' }).click();
        assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(252, 252, 250)');
    });
});

check('on a screen of 2560 px the overview uses the room and nothing is torn', async () => {
    await with_window(browser, server, { viewport: { width: 2560, height: 1300 } }, async (page) => {
        await page.goto('/');
        await page.locator('canvas').first().waitFor();
        await assert_fits(page, 'the overview');
        const widths = await page.locator('figure').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
        assert.ok(Math.max(...widths) < 900, `charts are ${widths} px wide`);
    });
});

check('the keyboard alone leads to a delivery and back: /, j, k, Enter, Esc, ?', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/');
        await until_text(page, /Rate by outcome/);
        await page.keyboard.press('/');
        await page.keyboard.type('dead');
        await page.getByRole('option', { name: /Deliveries that are dead/ }).waitFor();
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/deliveries\?state=dead/);
        await until_text(page, /wrong-addon/);
        await page.keyboard.press('j');
        await page.keyboard.press('j');
        await page.keyboard.press('k');
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/deliveries\/dlv_/);
        const first = page.url();
        await page.keyboard.press('j');
        await until('the next delivery', () => page.url() !== first);
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: /Keyboard/ }).waitFor();
        await page.keyboard.press('Escape');
        await until('the help to close', async () => (await page.getByRole('dialog').count()) === 0);
        assert.match(page.url(), /dlv_/);
        await page.keyboard.press('Escape');
        await page.waitForURL(/\/deliveries\?state=dead$/);
    });
});

check('an id typed into the search goes straight to its delivery', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/system');
        await until_text(page, /Retention/);
        await page.keyboard.press('/');
        await page.keyboard.type(dead.id);
        await page.keyboard.press('Enter');
        await until_text(page, /Dead after 1 try/);
    });
});

check('filters stand in the address, and a link shows someone else the same', async () => {
    await with_window(browser, server, {}, async (page) => {
        await page.goto('/deliveries');
        await page.getByLabel('add-on', { exact: true }).selectOption('good-addon');
        await page.getByLabel('state', { exact: true }).selectOption('delivered');
        await page.waitForURL(/addon=good-addon/);
        await until_text(page, /the oldest last/);
        const link = page.url();
        assert.match(link, /state=delivered/);
        await page.goto('/');
        await page.goto(link);
        await until_text(page, /good-addon/);
        assert.equal(await page.getByText('wrong-addon').count(), 0);
        await page.getByRole('button', { name: 'Any add-on' }).click();
        await until('the filter to be gone', () => !page.url().includes('addon='));
        await page.goBack();
        await page.waitForURL(/addon=good-addon/);
    });
});

await run(setup);
