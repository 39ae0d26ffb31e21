// Who may do what: API keys and their roles, and what --dev lets through without one.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, run } from '../kit/checks.mjs';
import { Server, new_folder } from '../kit/server.mjs';
import { is_problem } from './problem.mjs';

const program = process.argv[2];
const folder = new_folder();
const event = { event: 'jira:issue_created', payload: {} };
let server;
let dev;
let addon;
let other;
const keys = {};

async function start(options) {
    const started = await Server.start(program, options);
    at_end(() => started.stop());
    return started;
}

async function make_key(body) {
    const answer = await server.post('/api/v1/keys', body);
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
}

async function setup() {
    server = await start({ data: folder, args: ['--allow-receiver', '127.0.0.0/8'] });
    dev = await start({});
    addon = await new AddOn({ key: 'mine', webhooks: [{ event: 'jira:issue_created', url: '/hook' }] }).listen();
    other = await new AddOn({ key: 'other', webhooks: [{ event: 'jira:issue_created', url: '/hook' }] }).listen();
}

check('without --dev the first start prints an admin key once, and keeps only its hash', async () => {
    assert.match(server.admin_key, /^phk_[A-Za-z0-9_-]{43}$/);
    assert.match(server.output, /^posthorn admin key: phk_\S+\nposthorn ready on http:\/\/\S+\n$/);
    assert.ok(!server.errors.includes(server.admin_key), 'it is not in the log');
    assert.ok(!readFileSync(join(folder, 'posthorn.db')).includes(server.admin_key.slice(4)));
    assert.equal(dev.admin_key, undefined);
    const file = join(new_folder(), 'key');
    const with_file = await start({ args: ['--admin-key-file', file] });
    assert.equal(with_file.admin_key, undefined);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    with_file.admin_key = readFileSync(file, 'utf8').trim();
    assert.equal((await with_file.get('/api/v1/keys')).status, 200);
});

check('no key, a wrong key, a wrong scheme: 401 with WWW-Authenticate', async () => {
    for (const headers of [{}, { Authorization: 'Bearer phk_wrong' }, { Authorization: `Bearer ${server.admin_key}x` }, { Authorization: 'Bearer ' }, { Authorization: `Token ${server.admin_key}` }]) {
        const answer = await server.get('/api/v1/tenants', { key: null, headers });
        is_problem(answer, 401);
        assert.ok(answer.headers['www-authenticate'], 'says how to authenticate');
    }
    for (const path of ['/metrics', '/api/v1/stream', '/api/v1/tenants/jira/deliveries', '/rest/plugins/1.0/', '/api/v1/operations/x'])
        is_problem(await server.get(path, { key: null }), 401);
    for (const path of ['/healthz', '/readyz', '/openapi.json']) assert.equal((await server.get(path, { key: null })).status, 200, path);
    // Nobody without a key learns what exists.
    is_problem(await server.get('/api/v1/tenants/nobody', { key: null }), 401);
});

check('each role may do what it says and no more', async () => {
    await server.install({ descriptor: addon.descriptor });
    await server.install({ descriptor: other.descriptor });
    keys.tenant = await make_key({ role: 'tenant', tenant: 'jira', note: 'of a team' });
    keys.one = await make_key({ role: 'tenant', tenant: 'jira', addon: 'mine' });
    keys.publish = await make_key({ role: 'publish', tenant: 'jira' });
    keys.read = await make_key({ role: 'read' });
    keys.read_jira = await make_key({ role: 'read', tenant: 'jira' });
    const sent = await server.send('jira:issue_created', {});
    const list = await server.deliveries_of(sent.id);
    const of_other = list.find((one) => one.addon === 'other');
    const of_mine = list.find((one) => one.addon === 'mine');
    const jira = '/api/v1/tenants/jira';
    // The columns are tenant, one (a tenant's key for one add-on), publish, read, read_jira.
    const names = ['tenant', 'one', 'publish', 'read', 'read_jira'];
    const table = [
        ['POST', `${jira}/events`, event, [202, 403, 202, 403, 403]],
        ['POST', '/api/v1/tenants/confluence/events', { event: 'page_created', payload: {} }, [403, 403, 403, 403, 403]],
        ['GET', jira, , [200, null, 403, 200, 200]],
        ['GET', '/api/v1/tenants/confluence', , [403, 403, 403, 200, 403]],
        ['GET', `${jira}/addons/mine`, , [200, 200, 403, 200, 200]],
        ['GET', `${jira}/addons/other`, , [200, 403, 403, 200, 200]],
        ['PATCH', `${jira}/addons/mine`, {}, [200, 200, 403, 403, 403]],
        ['PATCH', `${jira}/addons/other`, {}, [200, 403, 403, 403, 403]],
        ['GET', `${jira}/deliveries/${of_mine.id}`, , [200, 200, 403, 200, 200]],
        ['GET', `${jira}/deliveries/${of_other.id}`, , [200, [403, 404], 403, 200, 200]],
        ['POST', `${jira}/deliveries/recover`, { since: '2020-01-01T00:00:00Z', preview: true }, [200, 200, 403, 403, 403]],
        ['POST', '/api/v1/tenants', { key: 'x', product: 'jira' }, [403, 403, 403, 403, 403]],
        ['DELETE', jira, , [403, 403, 403, 403, 403]],
        ['GET', '/api/v1/keys', , [403, 403, 403, 403, 403]],
        ['POST', '/api/v1/keys', { role: 'admin' }, [403, 403, 403, 403, 403]],
        ['GET', '/metrics', , [403, 403, 403, 200, [200, 403]]],
        ['POST', `${jira}/addons`, { descriptor: {} }, [422, [403, 422], 403, 403, 403]],
        ['DELETE', `${jira}/addons/other`, , [null, 403, 403, 403, 403]],
    ];
    const wrong = [];
    for (const [method, path, body, wanted] of table) {
        for (const [i, name] of names.entries()) {
            if (wanted[i] === null) continue;
            const answer = await server.call(method, path, { body, key: keys[name].key });
            if (![wanted[i]].flat().includes(answer.status)) wrong.push(`${name}: ${method} ${path} was answered ${answer.status}, not ${wanted[i]}`);
        }
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual((await server.list(`${jira}/addons`, { key: keys.one.key })).map((one) => one.key), ['mine']);
    const seen = await server.get(`${jira}/deliveries`, { key: keys.one.key });
    assert.deepEqual([...new Set(seen.json.items.map((one) => one.addon))], ['mine']);
    // A key for one add-on cannot install another under that pretext.
    is_problem(await server.post(`${jira}/addons`, { descriptor: { ...other.descriptor, key: 'third' } }, { key: keys.one.key }), 403);
});

check('keys are shown once, listed without their secret, and end at once when deleted', async () => {
    const listed = await server.get('/api/v1/keys');
    for (const key of Object.values(keys)) assert.ok(!listed.text.includes(key.key), 'no secret in the list');
    assert.ok(listed.json.items.some((one) => one.note === 'of a team' && one.role === 'tenant' && one.tenant === 'jira'));
    assert.equal((await server.delete(`/api/v1/keys/${keys.publish.id}`)).status, 204);
    is_problem(await server.post('/api/v1/tenants/jira/events', event, { key: keys.publish.key }), 401);
    is_problem(await server.delete(`/api/v1/keys/${keys.publish.id}`), 404);
    is_problem(await server.post('/api/v1/keys', { role: 'king' }), 422, { pointers: ['/role'] });
    is_problem(await server.post('/api/v1/keys', { role: 'publish' }), 422, { pointers: ['/tenant'] });
});

check('a change asked for by a page of another origin is 403, whatever its key', async () => {
    for (const one of [server, dev]) {
        const headers = { Origin: 'https://evil.example' };
        is_problem(await one.post('/api/v1/tenants/jira/events', event, { headers }), 403);
        is_problem(await one.delete('/api/v1/tenants/jira', { headers: { Origin: 'null' } }), 403);
        const own = await one.post('/api/v1/tenants/jira/events', event, { headers: { Origin: `http://localhost:${one.port}`, Host: `localhost:${one.port}` } });
        assert.equal(own.status, 202, own.text);
    }
});

check('--dev asks no key on loopback, but whoever comes through a tunnel or under another name needs one', async () => {
    const get = (headers, host) => dev.get('/api/v1/tenants', { headers, host });
    const port = dev.port;
    for (const name of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'LOCALHOST']) assert.equal((await get({ Host: `${name}:${port}` })).status, 200, name);
    const refused = [
        { Host: 'evil.example' }, { Host: `evil.example:${port}` }, { Host: 'localhost' }, { Host: `localhost:${port + 1}` }, { Host: `localhost.evil.example:${port}` },
        { Host: `10.0.0.1:${port}` }, { Host: `localhost:${port}`, 'X-Forwarded-For': '127.0.0.1' }, { Host: `localhost:${port}`, 'X-Forwarded-Proto': 'https' },
        { Host: `localhost:${port}`, Forwarded: 'for=127.0.0.1' }, { Host: `localhost:${port}`, Via: '1.1 tunnel' }, { Host: `localhost:${port}`, Origin: 'https://evil.example' },
    ];
    for (const headers of refused) is_problem(await get(headers), 401);
    for (const headers of refused.slice(0, 10)) {
        is_problem(await dev.post('/api/v1/tenants/jira/events', event, { headers }), 401);
        is_problem(await dev.get('/rest/plugins/1.0/', { headers: { ...headers, Authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` } }), 401);
    }
    assert.equal((await dev.get('/rest/plugins/1.0/', { headers: { Authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` } })).status, 200);
    assert.equal((await dev.get('/metrics')).status, 200);
    // With a key it does not matter where one comes from.
    const key = (await dev.post('/api/v1/keys', { role: 'publish', tenant: 'jira' })).json.key;
    assert.equal((await dev.post('/api/v1/tenants/jira/events', event, { key, headers: { Host: 'evil.example', 'X-Forwarded-For': '1.2.3.4' } })).status, 202);
    is_problem(await dev.get('/api/v1/keys', { key }), 403);
});

check('UPM takes an API key as the password', async () => {
    const basic = (password) => ({ headers: { Authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` } });
    assert.equal((await server.get('/rest/plugins/1.0/', basic(server.admin_key))).status, 200);
    is_problem(await server.get('/rest/plugins/1.0/', basic('admin')), 401);
    is_problem(await server.get('/t/confluence/rest/plugins/1.0/', basic(keys.tenant.key)), 403);
    assert.equal((await server.get('/t/jira/rest/plugins/1.0/', basic(keys.tenant.key))).status, 200);
});

check('a session exchanges a key for a cookie, and ends', async () => {
    const made = await server.post('/api/v1/session', { key: server.admin_key }, { key: null });
    assert.ok([200, 201, 204].includes(made.status), `${made.status} ${made.text}`);
    const [cookie] = made.headers['set-cookie'];
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=(Strict|Lax)/i);
    assert.ok(!cookie.includes(server.admin_key), 'the cookie is not the key');
    const headers = { Cookie: cookie.split(';')[0] };
    assert.equal((await server.get('/api/v1/tenants', { key: null, headers })).status, 200);
    is_problem(await server.post('/api/v1/tenants', { key: 'y', product: 'jira' }, { key: null, headers: { ...headers, Origin: 'https://evil.example' } }), 403);
    assert.ok((await server.delete('/api/v1/session', { key: null, headers })).status < 300);
    is_problem(await server.get('/api/v1/tenants', { key: null, headers }), 401);
    is_problem(await server.post('/api/v1/session', { key: 'phk_wrong' }, { key: null }), 401);
});

await run(setup);
