// Pictures of each page in both themes, and of some on a narrow screen, with add-ons and events of its own.
import { mkdirSync } from 'node:fs';
import process from 'node:process';
import { check, run, sleep } from '../kit/checks.mjs';
import { launch, narrow, Window } from './browser.mjs';
import { delivery_in, sample_server, send_sample, three_add_ons, types } from './sample_data.mjs';

const [program, folder] = process.argv.slice(2);
const size = { width: 1280, height: 760 };

check('every page has its pictures', async () => {
    mkdirSync(folder, { recursive: true });
    const server = await sample_server(program);
    const browser = await launch();
    const { json: made } = await server.post('/api/v1/inspectors', { tenant: 'jira', install: true });
    const addons = await three_add_ons(server);
    addons.good.answer_call = () => ({ status: 204, after_ms: 5 + Math.random() * 40 });
    await server.patch('/api/v1/tenants/jira/addons/failing-addon', { retry: { waits: ['1s', '3s', '9s', '30s', '2m'], jitter: 0 } });
    // Charts need some time to show more than a point.
    for (let round = 0; round < 25; round += 1) {
        for (let i = 0; i <= round % 5; i += 1) await send_sample(server, types[(round + i) % types.length], {});
        await sleep(1800);
    }
    await send_sample(server, 'jira:issue_updated', { comment: { body: 'The same again, with a comment' } });
    const dead = await delivery_in(server, 'dead', 'wrong-addon');
    // The breaker holds back what fails: the one that was tried most.
    const { json: waiting } = await server.get('/api/v1/tenants/jira/deliveries?state=retrying&addon=failing-addon&limit=500');
    const retrying = waiting.items.filter(({ event }) => types.includes(event)).sort((a, b) => b.attemptCount - a.attemptCount)[0];
    await server.post('/api/v1/keys', { role: 'publish', tenant: 'jira', note: 'Host' });
    await server.post('/api/v1/keys', { role: 'tenant', tenant: 'jira', addon: 'good-addon', note: 'Vendor of Release notes' });
    const { json: calls } = await server.get(`/api/v1/inspectors/${made.secret}/calls?limit=20`);
    const call = calls.items.find(({ name }) => name === 'jira:issue_updated') ?? calls.items[0];

    const pages = [
        ['overview', '/'], ['deliveries', '/deliveries'], ['delivery', `/deliveries/${retrying.id}`], ['dead-letter', `/deliveries/${dead.id}?state=dead`],
        ['token', `/deliveries/${dead.id}?tab=token`], ['events', `/events/${dead.eventId}`], ['addons', '/addons'], ['addon', '/addons/failing-addon'],
        ['inspectors', '/inspect'], ['inspector', `/inspect/${made.secret}?call=${call.n}`], ['inspector-token', `/inspect/${made.secret}?call=${call.n}&tab=token`],
        ['tenants', '/tenants/jira'], ['keys', '/keys'], ['system', '/system'],
    ];
    const shoot = async (name, path, options, prepare = async () => {}) => {
        const window = await Window.open(browser, server, options);
        await window.goto(path);
        await window.page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => {});
        await prepare(window.page);
        await sleep(400);
        await window.page.screenshot({ path: `${folder}/${name}.png` });
        await window.close();
    };
    for (const dark of [false, true]) {
        const theme = dark ? '-dark' : '';
        for (const [name, path] of pages) await shoot(name + theme, path, { viewport: size, dark });
        await shoot(`install${theme}`, '/addons', { viewport: size, dark, allowed: [/422/] }, async (page) => {
            await page.getByRole('button', { name: 'Install' }).click();
            await page.getByRole('tab', { name: 'Paste' }).click();
            await page.locator('.cm-content').click();
            await page.keyboard.insertText(JSON.stringify({ key: 'release notes', name: 'Release notes', baseUrl: 'https://notes.example', authentication: { type: 'jwt' }, modules: { webhooks: [{ event: 'jira:issue_created', url: 'https://else.example/hook' }] } }, null, 2));
            await page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Install' }).click();
            await page.getByRole('alert').waitFor();
        });
    }
    for (const [name, path] of pages.filter(([name]) => ['overview', 'delivery', 'inspector', 'addons'].includes(name))) await shoot(`${name}-narrow`, path, { viewport: narrow });
}, { seconds: 400 });

await run();
