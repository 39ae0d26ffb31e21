// Installing add-ons: descriptors with faults, descriptor URLs and callbacks that misbehave, settings, switches.
import assert from 'node:assert/strict';
import process from 'node:process';
import { AddOn, Receiver } from '../kit/addon.mjs';
import { at_end, check, run, sleep, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';
import { is_problem } from './problem.mjs';

const program = process.argv[2];
const addons = '/api/v1/tenants/jira/addons';
const webhooks = [{ event: 'jira:issue_created', url: '/hook' }];
let server;

async function setup() {
    server = await Server.start(program);
    at_end(() => server.stop());
}

const install = (body) => server.post(addons, body);
let number = 0;
async function new_addon(more = {}) {
    return new AddOn({ key: `addon-${++number}`, webhooks, ...more }).listen();
}

check('an install answers what it did; a second one is an update', async () => {
    const addon = await new_addon({ more: { version: '1.2', shiny: true } });
    const answer = await install({ descriptorUrl: addon.descriptor_url });
    assert.equal(answer.status, 201, answer.text);
    const { json } = answer;
    assert.equal(json.key, addon.key);
    assert.equal(json.state, 'enabled');
    assert.equal(json.baseUrl, addon.base_url);
    assert.equal(json.clientKey, addon.client_key);
    assert.deepEqual(json.scopes, ['READ']);
    assert.equal(json.webhooks.length, 1);
    assert.equal(json.webhooks[0].event, 'jira:issue_created');
    assert.ok(json.webhooks[0].id && json.webhooks[0].url === '/hook');
    assert.match(json.installedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(json.warnings.map((one) => one.pointer), ['/shiny']);
    assert.ok(!answer.text.includes(addon.secret), 'the secret is never shown');
    assert.equal((await install({ descriptorUrl: addon.descriptor_url })).status, 200);
    const listed = await server.list(addons);
    assert.ok(listed.some((one) => one.key === addon.key));
    assert.equal((await server.get(`${addons}/${addon.key}`)).json.key, addon.key);
    is_problem(await server.get(`${addons}/none`), 404);
});

check('a descriptor with faults is refused with all of them, each with its pointer', async () => {
    const answer = await install({
        descriptor: {
            key: 'has space', baseUrl: 'ftp://user@x.example/?q#f', authentication: { type: 'oauth' }, scopes: ['READ', 7],
            lifecycle: { installed: 'https://evil.example/x' },
            modules: { webhooks: [{ event: '', url: '/ok' }, { event: 'jira:issue_created' }, { event: 'jira:issue_created', url: 'https://evil.example/' },
                { event: 'jira:issue_created', url: '/a/../b' }, { event: 'jira:issue_created', url: '/?=1' }, { event: 'jira:issue_created', url: '/x', excludeBody: 'yes' }] },
        },
    });
    const problem = is_problem(answer, 422);
    const pointers = problem.errors.map((one) => one.pointer);
    for (const wanted of ['/key', '/baseUrl', '/authentication/type', '/lifecycle/installed', '/scopes/1', '/modules/webhooks/0/event', '/modules/webhooks/1/url',
        '/modules/webhooks/2/url', '/modules/webhooks/3/url', '/modules/webhooks/4/url', '/modules/webhooks/5/excludeBody'])
        assert.ok(pointers.some((one) => one === wanted || wanted === `${one}/url`), `${wanted} is among ${pointers}`);
    assert.equal((await server.get(`${addons}/has%20space`)).status, 404);
});

check('each rule of the descriptor by itself', async () => {
    const addon = await new_addon();
    const with_change = (change) => install({ descriptor: { ...addon.descriptor, ...change } });
    const refused = {
        'jwt without lifecycle.installed': { lifecycle: {} }, 'a key that is too long': { key: 'k'.repeat(81) }, 'no key': { key: undefined },
        'no baseUrl': { baseUrl: undefined }, 'a relative baseUrl': { baseUrl: '/x' }, 'webhooks without READ': { scopes: ['NONE'] }, 'no scopes': { scopes: [] },
        'modules that are a list': { modules: [] }, 'dots in baseUrl': { baseUrl: `${addon.origin}/a/../b` },
    };
    for (const [what, change] of Object.entries(refused)) {
        const answer = await with_change(change);
        assert.equal(answer.status, 422, `${what}: ${answer.status} ${answer.text}`);
        assert.ok(answer.json.errors.length >= 1, `${what}: ${answer.text}`);
    }
    assert.equal(addon.to('/installed').length, 0, 'no secret was handed out');
    const warned = await with_change({
        scopes: ['ADMIN', 'FLY'],
        modules: { webhooks: [...webhooks, ...webhooks, { event: 'page_created', url: '/x' }, { event: 'never_heard_of', url: '/y' }, { event: 'jira:issue_created', url: '/z?k={page.id}' }] },
    });
    assert.equal(warned.status, 201, warned.text);
    assert.ok(warned.json.warnings.length >= 5, JSON.stringify(warned.json.warnings));
    // An url can never change the host.
    for (const url of ['@evil.example/x', ':8080/x', '//evil.example/x', 'evil.example/x']) {
        const answer = await with_change({ modules: { webhooks: [{ event: 'jira:issue_created', url }] } });
        assert.equal(answer.status, 200, `${url}: ${answer.text}`);
        const before = addon.calls.length;
        await server.send('jira:issue_created', {});
        await until(`a call for ${url}`, () => addon.calls.slice(before).some((call) => call.path.endsWith('/x')));
    }
    const single = await with_change({ modules: { webhooks: webhooks[0] } });
    assert.equal(single.status, 200, single.text);
    assert.equal(single.json.webhooks.length, 1);
});

check('wrong bodies of an install', async () => {
    for (const body of [{}, { descriptorUrl: 'http://localhost/x', descriptor: {} }, { descriptorUrl: 7 }, { descriptor: {}, user: 'fred' }]) is_problem(await install(body), 422);
    is_problem(await server.post(addons, '{'), 400);
    is_problem(await server.post(addons, 'x=1', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }), 415);
    const addon = await new_addon();
    is_problem(await install({ descriptor: addon.descriptor, settings: { concurrency: 0, retry: 'sometimes', headers: { Host: 'x' }, nonsense: 1 } }), 422);
    assert.equal(addon.calls.length, 0);
});

check('descriptor URLs that are no URL, refuse, hang, redirect, are no JSON or are huge', async () => {
    const receiver = await new Receiver((call) => ({
        '/redirect': { status: 302, headers: { Location: '/good' } }, '/html': { headers: { 'Content-Type': 'text/html' }, body: '<html>' }, '/500': { status: 500 },
        '/huge': { headers: { 'Content-Type': 'application/json' }, body: `{"key":"${'x'.repeat(3 << 20)}"}` }, '/empty': { status: 200 }, '/list': { body: '[]' },
        '/reset': { reset: true }, '/deep': { body: '['.repeat(100_000) }, '/hang': { hang: true },
    })[call.path]).listen();
    for (const url of ['', 'x', 'ftp://localhost/x', 'file:///etc/passwd', 'http://', 'http://user:pw@localhost/x', `http://localhost:1/x`, 'http://[::1', 'http://no-such-host.invalid/x'])
        is_problem(await install({ descriptorUrl: url }), 422);
    for (const path of ['/redirect', '/html', '/500', '/huge', '/empty', '/list', '/reset', '/deep']) {
        const problem = is_problem(await install({ descriptorUrl: receiver.origin + path }), 422);
        if (path === '/redirect') assert.match(problem.detail, /302.*redirect/s);
        if (path === '/500') assert.match(problem.detail, /500/);
    }
    assert.equal(receiver.to('/good').length, 0, 'a redirect is not followed');
    const begin = Date.now();
    is_problem(await install({ descriptorUrl: `${receiver.origin}/hang` }), 422, { detail: /answer|time/i });
    assert.ok(Date.now() - begin < 25_000, `it took ${Date.now() - begin} ms`);
}, { seconds: 60 });

check('an `installed` that fails leaves nothing behind, and the installer is told why', async () => {
    for (const [answer, wanted] of [[{ status: 500, body: 'the disk is full' }, /500.*the disk is full/s], [{ status: 302, headers: { Location: '/elsewhere' } }, /302/], [{ status: 202 }, /202/], [{ reset: true }, /no answer|closed|reset/i]]) {
        const addon = await new_addon({ answer: (call) => (call.path === '/installed' ? answer : undefined) });
        is_problem(await install({ descriptor: addon.descriptor }), 422, { detail: wanted });
        is_problem(await server.get(`${addons}/${addon.key}`), 404);
        assert.equal((await server.send('jira:issue_created', { from: addon.key })).id.length > 0, true);
        await sleep(50);
        assert.deepEqual(addon.calls.filter((call) => call.path !== '/installed'), [], 'nothing else is called');
        // Put right, it can be installed: nobody is locked out.
        addon.answer_call = () => undefined;
        assert.equal((await install({ descriptor: addon.descriptor })).status, 201);
        await server.send('jira:issue_created', {});
        const [call] = await addon.wait_for('/hook');
        addon.claims_of(call);
        assert.equal((await server.delete(`${addons}/${addon.key}`)).status, 204);
    }
});

check('an `installed` that hangs is given up after 10 s', async () => {
    const addon = await new_addon({ answer: (call) => (call.path === '/installed' ? { hang: true } : undefined) });
    const begin = Date.now();
    is_problem(await install({ descriptor: addon.descriptor }), 422, { detail: /answer|time/i });
    const took = Date.now() - begin;
    assert.ok(took > 9000 && took < 13_000, `it took ${took} ms`);
    is_problem(await server.get(`${addons}/${addon.key}`), 404);
}, { seconds: 30 });

check('the three ways of signing an install', async () => {
    const header_of = (call) => call.headers.authorization && JSON.parse(Buffer.from(call.headers.authorization.slice(4).split('.')[0], 'base64url'));
    const legacy = await new_addon();
    assert.equal((await install({ descriptor: legacy.descriptor, settings: { installSigning: 'legacy' } })).status, 201);
    assert.equal(header_of(legacy.to('/installed')[0]), undefined, 'a first legacy install is unsigned');
    const first = legacy.secret;
    assert.equal((await install({ descriptor: legacy.descriptor })).status, 200);
    const again = legacy.to('/installed')[1];
    assert.equal(header_of(again).alg, 'HS256');
    legacy.secret = first;
    legacy.claims_of(again);

    const asymmetric = await new_addon({ more: { apiMigrations: {} }, answer: (call) => (call.path === '/installed' ? { status: 401 } : undefined) });
    is_problem(await install({ descriptor: asymmetric.descriptor, settings: { installSigning: 'asymmetric' } }), 422, { detail: /401/ });
    assert.equal(asymmetric.to('/installed').length, 1, 'no second try');
    const token = header_of(asymmetric.to('/installed')[0]);
    assert.equal(token.alg, 'RS256');
    const pem = await server.get(`/install-keys/${token.kid}`, { key: undefined });
    assert.match(pem.headers['content-type'], /^text\/plain/);
    assert.match(pem.text, /^-----BEGIN PUBLIC KEY-----/);
    is_problem(await server.get('/install-keys/none'), 404);
});

check('the body of lifecycle calls', async () => {
    const addon = await new_addon();
    await server.install({ descriptor: addon.descriptor });
    const [call] = addon.to('/installed');
    assert.match(call.headers['content-type'], /^application\/json/);
    assert.ok(call.headers['atlassian-connect-version']);
    assert.match(call.headers['user-agent'], /^Posthorn\//);
    const body = JSON.parse(call.body);
    const wanted = ['key', 'clientKey', 'publicKey', 'sharedSecret', 'serverVersion', 'pluginsVersion', 'baseUrl', 'displayUrl', 'productType', 'description', 'eventType'];
    assert.deepEqual(Object.keys(body).sort(), [...wanted].sort());
    for (const [name, value] of Object.entries(body)) assert.notEqual(value, null, name);
    assert.equal(body.eventType, 'installed');
    assert.doesNotMatch(body.publicKey, /-|\s/);
    const [enabled] = await addon.wait_for('/enabled');
    assert.deepEqual(Object.keys(JSON.parse(enabled.body)).sort(), wanted.filter((name) => name !== 'sharedSecret').sort());
    addon.claims_of(enabled);
});

check('settings are checked, kept, shown without secrets, and used', async () => {
    const addon = await new_addon();
    await server.install({ descriptor: addon.descriptor });
    const at = `${addons}/${addon.key}`;
    const settings = { retry: { waits: ['1s', '2m'], jitter: 0.1 }, timeouts: { connect: '2s', answer: '3s' }, concurrency: 3, rate: '100/s', ordering: 'receiver', headers: { 'X-Key': 'hush-hush' } };
    const patched = await server.patch(at, settings);
    assert.equal(patched.status, 200, patched.text);
    assert.ok(!patched.text.includes('hush-hush'));
    const shown = (await server.get(at)).json.settings;
    assert.deepEqual(shown.retry, settings.retry);
    assert.deepEqual(shown.timeouts, settings.timeouts);
    assert.equal(shown.concurrency, 3);
    assert.equal(shown.rate, '100/s');
    assert.equal(shown.ordering, 'receiver');
    assert.ok('X-Key' in shown.headers);
    const sent = await server.send('jira:issue_created', {});
    const [call] = await addon.wait_for('/hook');
    assert.equal(call.headers['x-key'], 'hush-hush');
    await until('it is delivered', async () => (await server.deliveries_of(sent.id)).find((one) => one.addon === addon.key)?.state === 'delivered');
    const delivery = (await server.deliveries_of(sent.id)).find((one) => one.addon === addon.key);
    const detail = await server.get(`/api/v1/tenants/jira/deliveries/${delivery.id}`);
    assert.ok(!detail.text.includes('hush-hush') && !detail.text.includes('eyJ'), 'headers and tokens are masked in the history');
    assert.equal((await server.patch(at, { standardWebhooks: true })).status, 200);
    await server.send('jira:issue_created', {});
    const [, second] = await addon.wait_for('/hook', 2);
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) assert.ok(second.headers[name], name);
    assert.equal(second.headers['x-key'], 'hush-hush', 'a setting that a patch does not name stays');
    for (const [name, value] of Object.entries({ retry: { waits: ['soon'] }, timeouts: { answer: '-1s' }, concurrency: 'many', rate: 'fast', ordering: 5, ca: 'no PEM', installSigning: 'none', standardWebhooks: 'yes', nonsense: 1 })) {
        const answer = is_problem(await server.patch(at, { [name]: value }), 422);
        assert.ok(answer.errors.some((error) => error.pointer.startsWith(`/${name}`)), JSON.stringify(answer));
    }
    for (const header of ['Host', 'Connection', 'Content-Length', 'content-type', 'Transfer-Encoding', 'Authorization', 'X-Atlassian-Anything', 'Atlassian-Connect-Version', 'No Space', ''])
        is_problem(await server.patch(at, { headers: { [header]: 'x' } }), 422);
    is_problem(await server.patch(at, { headers: { 'X-Split': 'a\r\nEvil: b' } }), 422);
    assert.equal((await server.get(at)).json.settings.concurrency, 3, 'a wrong patch changes nothing');
});

check('paused: events are kept and delivered after resume; disabled: they are not', async () => {
    const addon = await new_addon();
    await server.install({ descriptor: addon.descriptor });
    await addon.wait_for('/enabled');
    const at = `${addons}/${addon.key}`;
    const mine = async (sent) => (await server.deliveries_of(sent.id)).filter((one) => one.addon === addon.key);
    assert.equal((await server.post(`${at}/pause`)).status, 200);
    const kept = [];
    for (let i = 0; i < 5; ++i) kept.push(await server.send('jira:issue_created', { number: i }));
    await sleep(200);
    assert.equal(addon.to('/hook').length, 0);
    assert.equal((await mine(kept[0]))[0].state, 'pending');
    assert.equal((await server.post(`${at}/resume`)).status, 200);
    await addon.wait_for('/hook', 5);
    assert.equal((await server.post(`${at}/disable`)).json.state, 'disabled');
    const lost = await server.send('jira:issue_created', {});
    assert.equal((await mine(lost)).length, 0);
    assert.equal((await server.post(`${at}/disable`)).status < 500, true);
    assert.equal((await server.post(`${at}/enable`)).json.state, 'enabled');
    await addon.wait_for('/enabled', 2);
    await server.send('jira:issue_created', {});
    await addon.wait_for('/hook', 6);
    await sleep(100);
    assert.equal(addon.to('/hook').length, 6);
});

check('uninstalling cancels what waits, tells the add-on last, and does not depend on its answer', async () => {
    const addon = await new_addon({ answer: (call) => (call.path === '/hook' ? { status: 503 } : call.path === '/uninstalled' ? { status: 500 } : undefined) });
    await server.install({ descriptor: addon.descriptor });
    const sent = await server.send('jira:issue_created', {});
    await addon.wait_for('/hook');
    assert.equal((await server.delete(`${addons}/${addon.key}`)).status, 204);
    const [delivery] = (await server.deliveries_of(sent.id)).filter((one) => one.event === 'jira:issue_created' && one.webhook && (one.addon === addon.key || one.addon === null));
    assert.equal(delivery.state, 'cancelled');
    assert.equal(addon.to('/uninstalled').length, 1);
    assert.equal(addon.to('/disabled').length, 1);
    const again = await server.delete(`${addons}/${addon.key}`);
    is_problem(again, 404);
});

check('tenants: made, changed, refused, removed', async () => {
    const made = await server.post('/api/v1/tenants', { key: 'acme', product: 'confluence', clientKey: 'from-the-real-site', baseUrl: 'https://acme.example/wiki', displayName: 'Acme' });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.json.clientKey, 'from-the-real-site');
    is_problem(await server.post('/api/v1/tenants', { key: 'acme', product: 'jira' }), 409);
    is_problem(await server.post('/api/v1/tenants', { key: 'no way', product: 'bamboo' }), 422, { pointers: ['/key', '/product'] });
    assert.equal((await server.patch('/api/v1/tenants/acme', { displayName: 'Acme 2' })).json.displayName, 'Acme 2');
    const addon = await new AddOn({ key: 'acme-addon', webhooks: [{ event: 'page_created', url: '/hook' }] }).listen();
    await server.install({ descriptor: addon.descriptor }, { tenant: 'acme' });
    const body = JSON.parse(addon.to('/installed')[0].body);
    assert.equal(body.clientKey, 'from-the-real-site');
    assert.equal(body.baseUrl, 'https://acme.example/wiki');
    assert.equal(body.productType, 'confluence');
    is_problem(await server.delete('/api/v1/tenants/acme'), 409);
    assert.equal((await server.delete('/api/v1/tenants/acme/addons/acme-addon')).status, 204);
    assert.equal((await server.delete('/api/v1/tenants/acme')).status, 204);
    is_problem(await server.get('/api/v1/tenants/acme'), 404);
    const tenants = await server.list('/api/v1/tenants');
    assert.deepEqual(tenants.map((one) => one.key).sort(), ['confluence', 'jira']);
});

await run(setup);
