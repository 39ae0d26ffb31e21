// Posting events: the four forms, idempotency, limits, and every refusal.
import assert from 'node:assert/strict';
import net from 'node:net';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, run, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';
import { is_problem } from './problem.mjs';

const program = process.argv[2];
const events = '/api/v1/tenants/jira/events';
let server;
let addon;

async function setup() {
    server = await Server.start(program);
    at_end(() => server.stop());
    addon = await new AddOn({ key: 'hears', webhooks: [{ event: 'jira:issue_created', url: '/hook' }, { event: 'jira:worklog_updated', url: '/worklog' }] }).listen();
    await server.install({ descriptor: addon.descriptor });
}

/** The body of the one new call at `path` since `before`. */
async function next_body(path, before) {
    await until(`a call at ${path}`, () => addon.to(path).length > before);
    return JSON.parse(addon.to(path).at(-1).body);
}

const envelope = (more = {}) => ({ event: 'jira:issue_created', payload: { issue: { key: 'A-1' } }, ...more });

check('an envelope', async () => {
    const before = addon.to('/hook').length;
    const answer = await server.post(events, envelope({ timestamp: 1234567890123, flow: 'Secondary', user: { id: 'fred', accountId: 'acc' } }));
    assert.equal(answer.status, 202, answer.text);
    assert.deepEqual(Object.keys(answer.json).sort(), ['deliveries', 'duplicate', 'event', 'id']);
    assert.equal(answer.json.deliveries, 1);
    assert.equal(answer.json.duplicate, false);
    assert.deepEqual(await next_body('/hook', before), { timestamp: 1234567890123, webhookEvent: 'jira:issue_created', issue: { key: 'A-1' } });
    const call = addon.to('/hook').at(-1);
    assert.equal(call.headers['x-atlassian-webhook-flow'], 'Secondary');
    assert.equal(addon.claims_of(call).sub, 'acc');
    const event = (await server.get(`${events}/${answer.json.id}`)).json;
    assert.equal(event.event, 'jira:issue_created');
    assert.equal(event.deliveries.length, 1);
});

check('a native body: its type from webhookEvent or the query, its user from the body', async () => {
    let before = addon.to('/hook').length;
    const native = { timestamp: 5, webhookEvent: 'jira:issue_created', user: { name: 'fred', key: 'kf', accountId: 'af', displayName: 'Fred' }, issue: {} };
    assert.equal((await server.post(events, native)).status, 202);
    assert.deepEqual(await next_body('/hook', before), native);
    const call = addon.to('/hook').at(-1);
    assert.equal(call.query.get('user_id'), 'fred');
    assert.equal(call.query.get('user_key'), 'kf');
    assert.equal(addon.claims_of(call).sub, 'af');
    before = addon.to('/hook').length;
    assert.equal((await server.post(`${events}?event=jira:issue_created`, { issue: { key: 'B-1' } })).status, 202);
    assert.equal((await next_body('/hook', before)).webhookEvent, 'jira:issue_created');
    const page = await server.post('/api/v1/tenants/confluence/events?event=page_created', { page: { id: 1 } });
    assert.equal(page.status, 202);
    is_problem(await server.post('/api/v1/tenants/confluence/events', { page: { id: 1 } }), 422, { detail: /event/ });
});

check('a payload that is no object is no envelope', async () => {
    const before = addon.to('/hook').length;
    const answer = await server.post(`${events}?event=jira:issue_created`, { payload: 'text', issue: {} });
    assert.equal(answer.status, 202, answer.text);
    assert.equal((await next_body('/hook', before)).payload, 'text');
});

check('CloudEvents, structured and binary; id and source together are the idempotency key', async () => {
    const structured = { specversion: '1.0', id: 'c1', source: '/here', type: 'jira:issue_created', time: '2026-01-02T03:04:05Z', datacontenttype: 'application/json', data: { issue: { key: 'CE-1' } } };
    const post = (body) => server.post(events, body, { headers: { 'Content-Type': 'application/cloudevents+json; charset=utf-8' } });
    const before = addon.to('/hook').length;
    const first = await post(structured);
    assert.equal(first.status, 202, first.text);
    assert.equal((await next_body('/hook', before)).issue.key, 'CE-1');
    assert.deepEqual((await post(structured)).json, { ...first.json, duplicate: true });
    assert.equal((await post({ ...structured, source: '/there' })).json.duplicate, false);
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'b1', 'ce-source': '/here', 'ce-type': 'jira:issue_created' };
    const binary = await server.post(events, { issue: { key: 'CE-2' } }, { headers });
    assert.equal(binary.status, 202, binary.text);
    assert.equal((await server.post(events, { issue: { key: 'CE-2' } }, { headers })).json.duplicate, true);
    is_problem(await post({ ...structured, id: undefined }), 422);
    is_problem(await post({ ...structured, specversion: '0.3' }), 422);
});

check('idempotency: the header before the id, for each tenant, and 409 for other bytes or another type', async () => {
    const headers = { 'Idempotency-Key': 'k1' };
    const first = await server.post(events, envelope({ id: 'ignored' }), { headers });
    assert.equal(first.status, 202);
    assert.deepEqual((await server.post(events, envelope({ id: 'another' }), { headers })).json, { ...first.json, duplicate: true });
    assert.deepEqual((await server.post(events, envelope({ id: 'k1' }))).json, { ...first.json, duplicate: true }, 'the header and the id are one name space');
    is_problem(await server.post(events, envelope({ payload: { issue: { key: 'A-2' } } }), { headers }), 409);
    is_problem(await server.post(events, '{"event":"jira:issue_created","payload":{"issue": {"key":"A-1"}}}', { headers }), 409);
    is_problem(await server.post(events, envelope({ event: 'jira:issue_deleted' }), { headers }), 409);
    assert.equal((await server.post('/api/v1/tenants', { key: 'twin', product: 'jira' })).status, 201);
    assert.equal((await server.post('/api/v1/tenants/twin/events', envelope(), { headers })).json.duplicate, false);
    const many = await Promise.all(Array.from({ length: 30 }, () => server.post(events, envelope({ id: 'race' }))));
    assert.equal(new Set(many.map((answer) => answer.json.id)).size, 1);
    assert.equal(many.filter((answer) => answer.json.duplicate === false).length, 1);
});

check('ndjson: one result a line, in order; a wrong line is refused alone', async () => {
    const before = addon.to('/hook').length;
    const lines = [
        JSON.stringify(envelope()), 'no json', JSON.stringify(envelope({ event: 'jira:issue_craeted' })),
        JSON.stringify({ webhookEvent: 'jira:issue_created', issue: {} }), '{"event":"jira:issue_created","payload":{"a":1,"a":2}}',
        `{"event":"jira:issue_created","payload":{"filler":"${'x'.repeat(1024 * 1024)}"}}`, JSON.stringify(envelope({ id: 'line' })), JSON.stringify(envelope({ id: 'line' })),
    ];
    const answer = await server.post(events, lines.join('\n') + '\n', { headers: { 'Content-Type': 'application/x-ndjson' } });
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers['content-type'], /^application\/x-ndjson/);
    const results = answer.text.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(results.map((one) => one.status ?? 202), [202, 400, 422, 202, 400, 413, 202, 202]);
    assert.deepEqual(results.map((one) => one.line), [undefined, 2, 3, undefined, 5, 6, undefined, undefined]);
    assert.match(results[2].detail, /jira:issue_created/);
    assert.equal(results[7].id, results[6].id);
    assert.deepEqual(results.slice(6).map((one) => one.duplicate).sort(), [false, true]);
    await until('three calls', () => addon.to('/hook').length === before + 3);
    is_problem(await server.post(events, lines[0], { headers: { 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': 'x' } }), 422);
});

check('an unknown type is answered with near matches; of the other product too; connect_addon_* is refused', async () => {
    is_problem(await server.post(events, envelope({ event: 'jira:issue_craeted' })), 422, { detail: /jira:issue_created/ });
    is_problem(await server.post(events, envelope({ event: 'page_created' })), 422, { detail: /[Cc]onfluence/ });
    is_problem(await server.post(events, envelope({ event: 'connect_addon_enabled' })), 422);
    is_problem(await server.post(events, { issue: {} }), 422);
    is_problem(await server.post(`${events}?event=jira:issue_deleted`, { webhookEvent: 'jira:issue_created' }), 422);
    is_problem(await server.post(events, envelope({ payload: { webhookEvent: 'jira:issue_deleted' } })), 422);
    // The older name is the same type.
    const version = await server.post(events, { event: 'version_created', payload: { webhookEvent: 'jira:version_created' } });
    assert.equal(version.json.event, 'jira:version_created', version.text);
});

check('a custom type can be added, posted and heard; a built-in name cannot be taken', async () => {
    const types = '/api/v1/tenants/jira/event-types';
    const made = await server.post(types, { event: 'acme:order_paid', variables: { 'order.id': '/order/id' } });
    assert.ok(made.status === 201 || made.status === 200, made.text);
    const own = await new AddOn({ key: 'own-type', webhooks: [{ event: 'acme:order_paid', url: '/hook?order=${order.id}' }] }).listen();
    const installed = await server.install({ descriptor: own.descriptor });
    assert.deepEqual(installed.warnings, []);
    assert.equal((await server.send('acme:order_paid', { order: { id: '7/8' } })).deliveries, 1);
    const [call] = await own.wait_for('/hook');
    assert.equal(call.query.get('order'), '7/8');
    const taken = await server.post(types, { event: 'jira:issue_created', variables: {} });
    assert.ok([409, 422].includes(taken.status), taken.text);
});

check('malformed bodies are 400, wrong ones 422', async () => {
    for (const body of ['', '{', '{"a":1}x', '[1', '{"a":01}', '{"a":"\ud800"'.slice(0, 8), '\xff{}', '{"payload":{},"event":"jira:issue_created","event":"jira:issue_created"}',
        '{"event":"jira:issue_created","payload":{"a":1,"\\u0061":2}}', '['.repeat(100000)])
        is_problem(await server.post(events, body || ' '), 400);
    is_problem(await server.call('POST', events, { headers: { 'Content-Type': 'application/json', 'Content-Length': 0 } }), 400);
    for (const body of ['[]', '1', 'null', '"x"']) {
        const answer = await server.post(events, body);
        assert.ok([400, 422].includes(answer.status), `${body}: ${answer.text}`);
    }
    const wrong = await server.post(events, { event: 7, payload: {}, timestamp: 'now', flow: 'Third', user: { id: 5 }, context: { a: 1 } });
    is_problem(wrong, wrong.status === 400 ? 400 : 422, { pointers: ['/event', '/timestamp', '/flow', '/user/id', '/context/a'] });
});

check('other media types are 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])
        is_problem(await server.post(events, envelope(), { headers: { 'Content-Type': type } }), 415);
    assert.equal((await server.post(events, envelope(), { headers: { 'Content-Type': 'Application/JSON; charset=UTF-8' } })).status, 202);
});

check('an event of 1 MiB is taken, one byte more is 413, and a client that goes on sending sees the answer', async () => {
    const around = '{"event":"jira:issue_deleted","payload":{"filler":""}}'.length;
    const body = (bytes) => `{"event":"jira:issue_deleted","payload":{"filler":"${'x'.repeat(bytes - around)}"}}`;
    assert.equal((await server.post(events, body(1024 * 1024))).status, 202);
    is_problem(await server.post(events, body(1024 * 1024 + 1)), 413);
    is_problem(await server.post(events, body(6 * 1024 * 1024)), 413);
    is_problem(await server.post(events, body(2 * 1024 * 1024), { headers: { 'Transfer-Encoding': 'chunked' } }), 413);
});

check('an ndjson request above 64 MiB says which lines were taken, or is 413', async () => {
    const line = JSON.stringify({ event: 'jira:issue_deleted', payload: { filler: 'x'.repeat(1000 * 1024) } }) + '\n';
    const answer = await server.post(events, line.repeat(66), { headers: { 'Content-Type': 'application/x-ndjson' } });
    if (answer.status === 413) return is_problem(answer, 413);
    assert.equal(answer.status, 200, answer.text.slice(0, 500));
    const results = answer.text.trim().split('\n').map((one) => JSON.parse(one));
    assert.equal(results.at(-1).status, 413);
    assert.ok(results.filter((one) => one.id).length >= 60, `${results.length} results`);
}, { seconds: 60 });

check('404 for tenants, paths and events that are not there, 405 with Allow for other methods', async () => {
    is_problem(await server.post('/api/v1/tenants/nobody/events', envelope()), 404);
    is_problem(await server.get('/api/v1/nothing'), 404);
    is_problem(await server.get(`${events}/ev_nope`), 404);
    const answer = await server.delete(events);
    is_problem(answer, 405);
    assert.match(answer.headers.allow, /POST/);
    is_problem(await server.call('PUT', '/healthz', { body: {} }), 405);
});

check('broken HTTP is answered 400 or closed, and the server lives on', async () => {
    const send = (text) => new Promise((done) => {
        let answer = '';
        const socket = net.connect(server.port, '127.0.0.1', () => socket.write(text));
        socket.on('data', (piece) => (answer += piece));
        socket.on('close', () => done(answer));
        socket.on('error', () => {});
        setTimeout(() => socket.destroy(), 3000).unref();
    });
    const host = `Host: localhost:${server.port}\r\n`;
    const wrong = await Promise.all([
        'GARBAGE\r\n\r\n', `GET / HTTP/9.9\r\n${host}\r\n`, `GET /healthz HTTP/1.1\r\n\r\n`, `GET /healthz HTTP/1.1\r\n${host}${host}\r\n`,
        `POST ${events} HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        `POST ${events} HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde`,
        `POST ${events} HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, `POST ${events} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
        `GET /healthz HTTP/1.1\r\n${host}Bad Header: x\r\n\r\n`, `GET /healthz HTTP/1.1\r\n${host}X: ${'y'.repeat(200000)}\r\n\r\n`,
    ].map(send));
    wrong.forEach((answer, i) => assert.match(answer, /^(HTTP\/1\.[01] (4\d\d|505) |$)/, `case ${i}: ${answer.slice(0, 200)}`));
    assert.equal((await server.get('/healthz')).status, 200);
});

check('many requests on one connection, pipelined, are answered in order', async () => {
    const one = (i) => {
        const body = JSON.stringify(envelope({ event: 'jira:issue_deleted', id: `pipe-${i}` }));
        return `POST ${events} HTTP/1.1\r\nHost: localhost:${server.port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${i === 19 ? 'Connection: close\r\n' : ''}\r\n${body}`;
    };
    const text = await new Promise((done, refuse) => {
        let all = '';
        const socket = net.connect(server.port, '127.0.0.1', () => socket.write(Array.from({ length: 20 }, (_, i) => one(i)).join('')));
        socket.on('data', (piece) => (all += piece));
        socket.on('end', () => done(all));
        socket.on('error', refuse);
    });
    assert.equal(text.match(/HTTP\/1\.1 202 /g)?.length, 20, text.slice(0, 500));
});

check('the open resources need nothing and say what they are', async () => {
    assert.equal((await server.get('/healthz')).status, 200);
    assert.equal((await server.get('/readyz')).status, 200);
    const openapi = await server.get('/openapi.json');
    assert.match(openapi.json.openapi, /^3\.1/);
    const metrics = await server.get('/metrics');
    assert.match(metrics.headers['content-type'], /^text\/plain/);
    assert.match(metrics.text, /^posthorn_/m);
});

await run(setup);
