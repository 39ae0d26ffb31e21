// Signing in to the page, and what a session may.
import assert from 'node:assert/strict';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, run, until } from '../kit/checks.mjs';
import { EventStream } from '../kit/events.mjs';
import { Server, new_folder } from '../kit/server.mjs';

const program = process.argv[2];
const data = new_folder();
let server;

async function start(options) {
    const started = await Server.start(program, options);
    at_end(() => started.stop());
    return started;
}
const production = { data, args: ['--allow-receiver', '127.0.0.0/8'] };

async function setup() {
    server = await start(production);
}

async function make_key(body) {
    const answer = await server.post('/api/v1/keys', body);
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
}
/** Signs in; gives the Cookie header for later. */
async function sign_in(key, headers = {}) {
    const answer = await server.post('/api/v1/session', { key }, { key: null, headers });
    assert.equal(answer.status, 200, answer.text);
    const [cookie] = answer.headers['set-cookie'];
    return { cookie: cookie.split(';')[0], set_cookie: cookie, who: answer.json };
}
const as = (session) => ({ key: null, headers: { Cookie: session.cookie } });

check('a key is exchanged for a cookie that is not the key', async () => {
    const session = await sign_in(server.admin_key);
    assert.deepEqual([session.who.role, session.who.tenant, session.who.addon, session.who.dev], ['admin', null, null, false]);
    assert.ok(Date.parse(session.who.expiresAt) > Date.now());
    assert.match(session.set_cookie, /^posthorn_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    assert.ok(!session.set_cookie.includes(server.admin_key.slice(4)));
    assert.equal((await server.get('/api/v1/session', as(session))).json.role, 'admin');
    assert.equal((await server.get('/api/v1/keys', as(session))).status, 200);
    assert.equal((await server.get('/api/v1/session', { key: null })).status, 401);
    const ended = await server.delete('/api/v1/session', as(session));
    assert.equal(ended.status, 204);
    assert.match(ended.headers['set-cookie'][0], /^posthorn_session=; .*Max-Age=0/);
    assert.equal((await server.get('/api/v1/keys', as(session))).status, 401);
});

check('another site can neither sign in nor act', async () => {
    const session = await sign_in(server.admin_key);
    const foreign = { Origin: 'https://evil.example', Cookie: session.cookie };
    for (const [method, path, body] of [['POST', '/api/v1/keys', { role: 'admin' }], ['DELETE', '/api/v1/session'], ['POST', '/api/v1/session', { key: server.admin_key }]])
        assert.equal((await server.call(method, path, { body, key: null, headers: foreign })).status, 403, path);
    const own = { Origin: server.url, Cookie: session.cookie };
    assert.equal((await server.post('/api/v1/keys', { role: 'read' }, { key: null, headers: own })).status, 201);
});

check('a key that is removed ends its sessions at once', async () => {
    const key = await make_key({ role: 'read' });
    const session = await sign_in(key.key);
    assert.equal((await server.get('/api/v1/tenants', as(session))).status, 200);
    assert.equal((await server.delete(`/api/v1/keys/${key.id}`)).status, 204);
    assert.equal((await server.get('/api/v1/tenants', as(session))).status, 401);
});

check("a session has its key's rights and no others; a vendor's sees its add-on alone", async () => {
    const mine = await new AddOn({ key: 'mine', webhooks: [{ event: 'jira:issue_created', url: '/hook' }] }).listen();
    const other = await new AddOn({ key: 'other', webhooks: [{ event: 'jira:issue_created', url: '/hook' }, { event: 'jira:issue_deleted', url: '/gone' }] }).listen();
    await server.install({ descriptor: mine.descriptor });
    await server.install({ descriptor: other.descriptor });
    const key = await make_key({ role: 'tenant', tenant: 'jira', addon: 'mine' });
    const session = await sign_in(key.key);
    assert.deepEqual([session.who.role, session.who.tenant, session.who.addon], ['tenant', 'jira', 'mine']);
    const stream = await EventStream.open(server, '/api/v1/stream', { Cookie: session.cookie });
    const both = await server.send('jira:issue_created', {});
    const not_mine = await server.send('jira:issue_deleted', { secret: 'of others' });
    await until('both deliveries', async () => (await server.deliveries_of(both.id)).every((one) => one.state === 'delivered'));
    await until('the other one', async () => (await server.deliveries_of(not_mine.id)).every((one) => one.state === 'delivered'));
    const jira = '/api/v1/tenants/jira';
    const get = (path) => server.get(path, as(session));
    assert.deepEqual((await get(`${jira}/addons`)).json.items.map((one) => one.key), ['mine']);
    assert.ok((await get(`${jira}/deliveries`)).json.items.every((one) => one.addon === 'mine'));
    assert.equal((await get(`${jira}/deliveries?addon=other`)).status, 403);
    assert.deepEqual((await get(`${jira}/events/${both.id}`)).json.deliveries.map((one) => one.addon), ['mine']);
    assert.equal((await get(`${jira}/events/${not_mine.id}`)).status, 404, 'what its add-on did not hear is not for it');
    assert.equal((await get(`${jira}/addons/other`)).status, 403);
    for (const path of ['/api/v1/keys', '/metrics', `${jira}/events`, '/api/v1/tenants/confluence']) assert.equal((await get(path)).status, 403, path);
    const recovering = await server.post(`${jira}/deliveries/recover`, { addon: 'other', state: 'delivered', since: '2020-01-01T00:00:00Z' });
    assert.equal(recovering.status, 202, recovering.text);
    assert.equal((await get(`/api/v1/operations/${recovering.json.operation}`)).status, 404);
    assert.equal((await server.get(`/api/v1/operations/${recovering.json.operation}`)).status, 200);
    const made = await server.post('/api/v1/inspectors', {}, as(session));
    assert.equal(made.status, 403, 'an inspector hears the whole tenant');
    assert.deepEqual((await get('/api/v1/inspectors')).json.items, []);
    await stream.wait_for('delivery.delivered');
    assert.ok(stream.events.every((one) => one.data.addon === 'mine'), JSON.stringify(stream.events));
    assert.ok(!JSON.stringify(stream.events).includes(not_mine.id));
});

check('who guesses keys has to wait', async () => {
    const statuses = [];
    for (let i = 0; i < 12; ++i) statuses.push((await server.post('/api/v1/session', { key: `phk_${i}` }, { key: null })).status);
    assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429]);
    const refused = await server.post('/api/v1/session', { key: server.admin_key }, { key: null });
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    // Keys themselves go on working.
    assert.equal((await server.get('/api/v1/keys')).status, 200);
});

check('a restart asks to sign in again', async () => {
    const first = await start({ args: [] });
    const answer = await first.post('/api/v1/session', { key: first.admin_key }, { key: null });
    const cookie = answer.headers['set-cookie'][0].split(';')[0];
    await first.stop();
    const second = await start({ data: first.child.spawnargs.at(-1), args: [] });
    assert.equal((await second.get('/api/v1/session', { key: null, headers: { Cookie: cookie } })).status, 401);
});

check('--dev needs nobody to sign in, from this machine', async () => {
    const dev = await start({});
    const who = await dev.get('/api/v1/session');
    assert.deepEqual([who.json.role, who.json.dev, who.json.keyId], ['admin', true, null]);
    assert.equal((await dev.get('/api/v1/session', { headers: { 'X-Forwarded-For': '192.0.2.1' } })).status, 401);
    assert.equal((await dev.get('/api/v1/session', { headers: { Host: 'rebound.example' } })).status, 401);
});

check('over https the cookie never goes over http', async () => {
    const proxied = await start({ args: ['--public-url', 'https://hooks.example'] });
    const answer = await proxied.post('/api/v1/session', { key: proxied.admin_key }, { key: null, headers: { Origin: 'https://hooks.example' } });
    assert.match(answer.headers['set-cookie'][0], /; Secure$/);
});

await run(setup);
