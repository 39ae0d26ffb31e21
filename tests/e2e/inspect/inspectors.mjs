// Inspectors: made, installed here and elsewhere, called, judged, replayed, ended; over restarts.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { Receiver } from '../kit/addon.mjs';
import { at_end, check, run, until } from '../kit/checks.mjs';
import { EventStream } from '../kit/events.mjs';
import { Server, new_folder } from '../kit/server.mjs';

const program = process.argv[2];
let server;

async function start(options) {
    const started = await Server.start(program, options);
    at_end(() => started.stop());
    return started;
}
async function make(on, body = {}) {
    const answer = await on.post('/api/v1/inspectors', body);
    assert.equal(answer.status, 201, answer.text);
    return { ...answer.json, api: `/api/v1/inspectors/${answer.json.secret}`, base: answer.json.descriptorUrl.replace('/atlassian-connect.json', '') };
}
const calls_of = async (on, inspector, options) => on.list(`${inspector.api}/calls`, options);
const named = async (on, inspector, name, count = 1, options = {}) =>
    until(`${count} times ${name}`, async () => {
        const found = (await calls_of(on, inspector, options)).filter((one) => one.name === name);
        return found.length >= count && found;
    });
const whole = async (on, inspector, call, options) => (await on.get(`${inspector.api}/calls/${call.n}`, options)).json;

const b64 = (text) => Buffer.from(text).toString('base64url');
/** A token as a host makes it. */
function token({ secret, issuer, method = 'POST', path, query = '', at = Date.now() / 1000, qsh }) {
    const canonical = `${method}&${path}&${query}`;
    const iat = Math.floor(at);
    const claims = { iss: issuer, iat, exp: iat + 180, qsh: qsh ?? createHash('sha256').update(canonical).digest('hex') };
    const input = `${b64('{"typ":"JWT","alg":"HS256"}')}.${b64(JSON.stringify(claims))}`;
    return `JWT ${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}
/** A call as another host makes it: the inspector knows nobody by an API key. */
function call(on, inspector, path, body, headers = {}) {
    return on.call('POST', `/inspector/${inspector.id}${path}`, { body, key: null, headers });
}

async function setup() {
    server = await start({});
}

check('it hears every event of its tenant, each token judged valid', async () => {
    const inspector = await make(server);
    assert.match(inspector.id, /^[0-9a-f]{32}$/);
    assert.match(inspector.secret, /^[0-9a-f]{32}$/);
    assert.notEqual(inspector.id, inspector.secret);
    assert.equal(inspector.page, `/inspect/${inspector.secret}`);
    assert.ok(Math.abs(Date.parse(inspector.expiresAt) - Date.now() - 72 * 3600e3) < 60e3);
    await server.send('jira:issue_created', { issue: { key: 'I-1' }, n: '1.0' });
    await server.send('jira:version_released', { version: { id: 1 } });
    const [one] = await named(server, inspector, 'jira:issue_created');
    assert.equal(one.token.ok, true, one.token.wrong);
    assert.equal(one.token.signer, 'shared secret');
    const detail = await whole(server, inspector, one);
    assert.equal(detail.target, '/events/jira:issue_created?issue.key=I-1');
    assert.deepEqual(detail.query, [{ name: 'issue.key', value: 'I-1' }]);
    assert.equal(JSON.parse(detail.body).webhookEvent, 'jira:issue_created');
    assert.deepEqual(detail.token.checks.map((check) => [check.name, check.ok]), [['signature', true], ['times', true], ['qsh', true]]);
    assert.equal(detail.token.canonical, 'POST&/events/jira:issue_created&issue.key=I-1');
    assert.equal(detail.token.claims.qsh, createHash('sha256').update(detail.token.canonical).digest('hex'));
    assert.ok(detail.headers.some((header) => header.name === 'Authorization' && header.value.startsWith('JWT ')));
    await named(server, inspector, 'jira:version_released');
    const [installed] = await named(server, inspector, 'installed');
    assert.equal(installed.kind, 'lifecycle');
    assert.match(installed.token.signer, /^install key /);
    const body = JSON.parse((await whole(server, inspector, installed)).body);
    assert.equal(body.sharedSecret, '***');
    const shown = (await server.get(inspector.api)).json;
    assert.deepEqual(shown.installedIn, ['jira']);
    assert.deepEqual([shown.hosts.length, shown.hosts[0].verified], [1, true]);
});

check('the secret is the right to read; the id is none', async () => {
    const closed = await start({ args: [] });
    const inspector = await make(closed, { tenant: 'confluence' });
    await named(closed, inspector, 'installed', 1, { key: null });
    for (const path of ['', '/calls', '/calls/1', '/calls.ndjson']) {
        assert.equal((await closed.get(inspector.api + path, { key: null })).status, 200, `secret${path}`);
        assert.equal((await closed.get(`/api/v1/inspectors/${inspector.id}${path}`, { key: null })).status, 404, path);
        assert.equal((await closed.get(`/api/v1/inspectors/${inspector.id}${path}`)).status, 404, path);
        assert.equal((await closed.get(`/api/v1/inspectors/${inspector.addon}${path}`, { key: null })).status, 404, path);
        assert.equal((await closed.get(`/api/v1/inspectors/${inspector.addon}${path}`)).status, 200, `secret${path}`);
    }
    // Changes are writes like any.
    assert.equal((await closed.delete(inspector.api, { key: null })).status, 401);
    assert.equal((await closed.post(`${inspector.api}/calls/1/replay`, { to: 'https://example.com' }, { key: null })).status, 401);
    assert.equal((await closed.post('/api/v1/inspectors', {}, { key: null })).status, 401);
    const read = (await closed.post('/api/v1/keys', { role: 'read' })).json.key;
    assert.equal((await closed.post('/api/v1/inspectors', {}, { key: read })).status, 403);
    assert.equal((await closed.delete(inspector.api, { key: read })).status, 403);
    const jira = (await closed.post('/api/v1/keys', { role: 'tenant', tenant: 'jira' })).json.key;
    assert.equal((await closed.delete(inspector.api, { key: jira })).status, 403);
    assert.deepEqual((await closed.get('/api/v1/inspectors', { key: jira })).json.items, []);
    const list = await closed.get('/api/v1/inspectors');
    assert.ok(!list.text.includes(inspector.secret));
    assert.equal((await closed.post('/api/v1/inspectors', { tenant: 'jira' }, { key: jira })).status, 201);
});

check('outside --dev its calls reach it, and no other add-on may use that origin', async () => {
    const closed = await start({ args: ['--public-url', 'https://hooks.example/posthorn'] });
    const inspector = await make(closed);
    assert.ok(inspector.descriptorUrl.startsWith('https://hooks.example/posthorn/inspector/'));
    await closed.send('jira:issue_created', { issue: { key: 'I-2' } });
    const [one] = await named(closed, inspector, 'jira:issue_created');
    assert.equal(one.token.ok, true, one.token.wrong);
    assert.equal((await named(closed, inspector, 'installed'))[0].token.ok, true);
    // A second tenant of this server, by the same URL.
    const elsewhere = await closed.post('/api/v1/tenants/confluence/addons', { descriptorUrl: inspector.descriptorUrl });
    assert.equal(elsewhere.status, 201, elsewhere.text);
    assert.deepEqual((await closed.get(inspector.api)).json.installedIn.sort(), ['confluence', 'jira']);
    for (const baseUrl of ['https://hooks.example', 'https://hooks.example:443/app', `https://hooks.example/posthorn/inspector/${inspector.id}`]) {
        const descriptor = { key: 'thief', baseUrl, authentication: { type: 'none' }, scopes: ['READ'], modules: { webhooks: [{ event: 'jira:issue_created', url: '/x' }] } };
        const refused = await closed.post('/api/v1/tenants/jira/addons', { descriptor });
        assert.equal(refused.status, 422, baseUrl);
        assert.equal(refused.json.errors[0].pointer, '/baseUrl');
    }
    const [call] = await named(closed, inspector, 'jira:issue_created');
    const replay = async (to) => (await closed.post(`${inspector.api}/calls/${call.n}/replay`, { to })).json;
    for (const to of [`http://127.0.0.1:${closed.port}/`, 'http://169.254.169.254/latest', 'https://hooks.example/x', 'https://10.0.0.1/'])
        assert.equal((await replay(to)).failure, 'address_forbidden', to);
    assert.equal((await closed.delete(inspector.api)).status, 204);
});

check('over https too', async () => {
    const { execFileSync } = await import('node:child_process');
    const folder = new_folder();
    const file = (name) => join(folder, name);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', file('key'), '-out', file('cert'), '-days', '2', '-subj', '/CN=nobody.example'], { stdio: 'ignore' });
    const secure = new Server(program, { data: new_folder(), args: ['--tls-cert', file('cert'), '--tls-key', file('key')], listen: '127.0.0.1:0' });
    at_end(() => secure.stop());
    await secure.wait_until_ready();
    assert.match(secure.url, /^https:/);
    const { default: https } = await import('node:https');
    const ask = (method, path, body) => new Promise((done, refuse) => {
        const bytes = body && JSON.stringify(body);
        const headers = { Authorization: `Bearer ${secure.admin_key}`, ...(bytes ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(bytes) } : {}) };
        const request = https.request({ host: '127.0.0.1', port: secure.port, path, method, headers, rejectUnauthorized: false }, (response) => {
            let text = '';
            response.on('data', (piece) => (text += piece));
            response.on('end', () => done({ status: response.statusCode, json: text ? JSON.parse(text) : undefined }));
        });
        request.on('error', refuse);
        request.end(bytes);
    });
    const made = await ask('POST', '/api/v1/inspectors', {});
    assert.equal(made.status, 201, JSON.stringify(made.json));
    await ask('POST', '/api/v1/tenants/jira/events', { event: 'jira:issue_created', payload: {} });
    const calls = await until('the call', async () => {
        const { json } = await ask('GET', `/api/v1/inspectors/${made.json.secret}/calls`);
        return json.items.some((one) => one.name === 'jira:issue_created') && json.items;
    });
    assert.ok(calls.every((one) => one.token.ok), JSON.stringify(calls));
});

check('it can be installed in another host, whose calls are judged by its own secret', async () => {
    const inspector = await make(server, { install: false, ttl: '1h' });
    assert.equal(inspector.installed, false);
    const descriptor = (await server.get(new URL(inspector.descriptorUrl).pathname, { key: null })).json;
    assert.equal(descriptor.key, inspector.addon);
    const events = descriptor.modules.webhooks.map((webhook) => webhook.event);
    assert.ok(events.includes('jira:issue_created') && events.includes('page_created') && events.length > 90, `${events.length}`);
    const other = await start({});
    const installed = await other.post('/api/v1/tenants/jira/addons', { descriptorUrl: inspector.descriptorUrl });
    assert.equal(installed.status, 201, installed.text);
    await other.send('jira:issue_created', { issue: { key: 'FAR-1' } });
    const [one] = await named(server, inspector, 'jira:issue_created');
    assert.equal(one.token.ok, true, one.token.wrong);
    // Its install key is neither ours nor Atlassian's.
    const [host] = (await server.get(inspector.api)).json.hosts;
    assert.equal(host.verified, false);
    const [install] = await named(server, inspector, 'installed');
    assert.match(install.token.wrong, /install key/);
});

check('what is wrong with a token is said; a second secret is not taken', async () => {
    const inspector = await make(server, { install: false });
    const install = (secret, headers) => call(server, inspector, '/installed', { clientKey: 'far', sharedSecret: secret, baseUrl: 'https://far.example' }, headers);
    assert.equal((await install('first')).status, 204);
    assert.equal((await install('second')).status, 401);
    assert.equal((await install('second', { Authorization: token({ secret: 'first', issuer: 'far', path: '/installed' }) })).status, 401);
    const path = '/events/jira:issue_created';
    const send = async (authorization) => {
        const answer = await call(server, inspector, path, { a: 1 }, authorization ? { Authorization: authorization } : {});
        assert.equal(answer.status, 200);
        return (await calls_of(server, inspector))[0].token;
    };
    const good = { secret: 'first', issuer: 'far', path };
    assert.equal((await send(token(good))).ok, true);
    assert.match((await send(token({ ...good, secret: 'second' }))).wrong, /signature/);
    assert.match((await send(token({ ...good, at: Date.now() / 1000 - 3600 }))).wrong, /expired/);
    assert.match((await send(token({ ...good, path: '/other' }))).wrong, /^qsh: /);
    assert.match((await send(token({ ...good, issuer: 'nobody' }))).wrong, /no secret is known/);
    assert.match((await send('JWT rubbish')).wrong, /can't be read/);
    assert.deepEqual([(await send()).present, (await send()).ok], [false, false]);
});

check('hostile calls are kept as they came and shown as text', async () => {
    const inspector = await make(server, { install: false });
    const path = '/events/%3Cscript%3Ealert(1)%3C%2Fscript%3E?q=%FF%00&%3Cb%3E=%E2%80%AE';
    const bodies = [Buffer.from([0xff, 0x00, 0x1b, 0x5b]), Buffer.from('['.repeat(100_000)), Buffer.from(`{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join()}}`), Buffer.from('"<script>‮"')];
    for (const body of bodies) assert.equal((await call(server, inspector, path, body, { 'Content-Type': 'text/html', Authorization: 'JWT \u00ff.b.c' })).status, 200);
    const list = await calls_of(server, inspector);
    assert.equal(list.length, bodies.length);
    assert.equal(list[0].name, '<script>alert(1)</script>');
    for (const [i, body] of bodies.entries()) {
        const shown = await whole(server, inspector, list[bodies.length - 1 - i]);
        assert.ok(Buffer.from(shown.body, shown.bodyEncoding === 'base64' ? 'base64' : 'utf8').equals(body), `${i}`);
    }
    const answer = await server.get(`${inspector.api}/calls/1`);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.equal((await call(server, inspector, '/events/x', Buffer.alloc(3 << 20))).status, 413);
    assert.equal((await call(server, inspector, '/unheard-of', {})).status, 404);
    assert.equal((await call(server, { id: '0'.repeat(32) }, '/events/x', {})).status, 404);
});

check('calls are followed as they come, resumed, downloaded and paged', async () => {
    const inspector = await make(server, { install: false });
    const send = (i) => call(server, inspector, `/events/e${i}`, { i });
    await send(1);
    const live = await EventStream.open(server, `${inspector.api}/calls/stream`);
    const all = await EventStream.open(server, `${inspector.api}/calls/stream?after=0&full=true`);
    for (let i = 2; i <= 5; ++i) await send(i);
    await live.wait_for('call', 4);
    await all.wait_for('call', 5);
    assert.deepEqual(live.events.map((one) => one.id), ['2', '3', '4', '5']);
    assert.equal(live.events[0].data.body, undefined);
    assert.equal(all.events[4].data.body, '{"i":5}');
    const resumed = await EventStream.open(server, `${inspector.api}/calls/stream`, { 'Last-Event-ID': '3' });
    await resumed.wait_for('call', 2);
    assert.deepEqual(resumed.events.map((one) => one.id), ['4', '5']);
    const lines = (await server.get(`${inspector.api}/calls.ndjson`)).text.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map((one) => [one.n, one.body]), [1, 2, 3, 4, 5].map((i) => [i, `{"i":${i}}`]));
    assert.deepEqual((await calls_of(server, inspector, { limit: 2 })).map((one) => one.n), [5, 4, 3, 2, 1]);
    assert.equal((await server.get(`${inspector.api}/calls/stream?after=x`)).status, 400);
    // Its end is visible.
    assert.equal((await server.delete(inspector.api)).status, 204);
    const [end] = await live.wait_for('inspector.ended');
    assert.equal(end.data.why, 'deleted');
    await until('the stream to end', () => live.is_closed);
    const gone = await server.get(inspector.api);
    assert.deepEqual([gone.status, gone.json.type, gone.json.why], [410, '/problems/inspector-ended', 'deleted']);
    assert.equal((await send(6)).status, 410);
});

check('a call is replayed elsewhere, and what came back is told', async () => {
    const target = await new Receiver(() => ({ status: 418, headers: { 'X-Seen': 'yes' }, body: 'x'.repeat(5000) })).listen();
    const inspector = await make(server, { install: false });
    await call(server, inspector, '/events/a?q=1', '{"a":1}', { 'X-Mine': 'kept', 'Content-Type': 'application/json', Authorization: 'JWT a.b.c' });
    const replay = (to) => server.post(`${inspector.api}/calls/1/replay`, { to });
    const { json } = await replay(`${target.origin}/hook`);
    assert.deepEqual([json.status, json.body.length, json.bodyCut, json.failure], [418, 4096, true, null]);
    assert.ok(json.headers.some((header) => header.name === 'X-Seen' && header.value === 'yes'));
    const [seen] = target.calls;
    assert.deepEqual([seen.method, seen.url, seen.body.toString(), seen.headers['x-mine'], seen.headers.authorization], ['POST', '/hook?q=1', '{"a":1}', 'kept', 'JWT a.b.c']);
    await replay(`${target.origin}/hook?other=1`);
    assert.equal(target.calls[1].url, '/hook?other=1');
    await target.close();
    assert.equal((await replay(`${target.origin}/hook`)).json.failure, 'refused');
    assert.equal((await replay('nonsense')).status, 422);
    assert.equal((await replay('http://169.254.169.254/')).json.failure, 'address_forbidden');
    assert.equal((await server.post(`${inspector.api}/calls/99/replay`, { to: target.origin })).status, 404);
});

check('its time ends by itself, and it is uninstalled', async () => {
    const inspector = await make(server, { ttl: '2s' });
    const stream = await EventStream.open(server, `${inspector.api}/calls/stream`);
    const [end] = await stream.wait_for('inspector.ended');
    assert.equal(end.data.why, 'expired');
    assert.equal((await server.get(inspector.api)).json.why, 'expired');
    assert.ok(stream.named('call').some((one) => one.data.name === 'uninstalled'), 'it heard its own farewell');
    assert.equal((await server.get(`/api/v1/tenants/jira/addons/${inspector.addon}`)).status, 404);
    await server.send('jira:issue_created', {});
});

check('inspectors, calls and ends outlive kill -9', async () => {
    const data = new_folder();
    const first = await start({ data });
    const inspector = await make(first);
    const ended = await make(first, { install: false });
    await first.delete(ended.api);
    for (let i = 0; i < 20; ++i) await first.send('jira:issue_created', { issue: { key: `K-${i}` } });
    const before = await named(first, inspector, 'jira:issue_created', 20);
    await first.stop('SIGKILL');
    const second = await start({ data });
    assert.deepEqual((await calls_of(second, inspector)).filter((one) => one.name === 'jira:issue_created').slice(-20), before.slice(-20));
    assert.equal((await second.get(ended.api)).status, 410);
    await second.send('jira:issue_created', { issue: { key: 'K-new' } });
    const after = await named(second, inspector, 'jira:issue_created', 21);
    assert.equal(after[0].token.ok, true, after[0].token.wrong);
    assert.ok(after[0].n > before[0].n);
    assert.equal((await second.delete(inspector.api)).status, 204);
    assert.deepEqual((await second.get('/api/v1/tenants/jira/addons')).json.items, []);
});

check('wrong wishes are refused with all that is wrong', async () => {
    const wrong = await server.post('/api/v1/inspectors', { tenant: 'nobody', ttl: '90d', install: 'yes', colour: 1 });
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.json.errors.map((error) => error.pointer).sort(), ['/colour', '/install', '/tenant', '/ttl']);
});

await run(setup);
