// What happens when too much waits: events are refused, delivery goes on, and all that was accepted arrives.
import assert from 'node:assert/strict';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, run, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';

const program = process.argv[2];
const addons = '/api/v1/tenants/jira/addons';
const event = 'jira:issue_created';

async function start(args) {
    const server = await Server.start(program, { args: ['--dev', '--log-format', 'json', ...args] });
    at_end(() => server.stop());
    const addon = await new AddOn({ key: 'limits', webhooks: [{ event, url: '/hook' }] }).listen();
    await server.install({ descriptor: addon.descriptor });
    return { server, addon };
}

const post = (server, payload, headers) => server.post('/api/v1/tenants/jira/events', { event, payload }, { headers });

/** Posts until an answer is 503; gives it and how many events were accepted. */
async function post_until_refused(server, payload) {
    for (let accepted = 0; ; ++accepted) {
        const answer = await post(server, payload);
        if (answer.status === 503) return { answer, accepted };
        assert.equal(answer.status, 202, answer.text);
        assert.ok(accepted < 20_000, 'the limit was never reached');
    }
}

const lines = (server) => server.errors.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const metric = async (server, name) =>
    Number((await server.get('/metrics')).text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1]);

check('a backlog at its limit refuses events in every form until receivers have taken some', async () => {
    const { server, addon } = await start(['--backlog-limit', '30']);
    assert.equal((await server.post(`${addons}/limits/pause`)).status, 200);
    const { answer, accepted } = await post_until_refused(server, { issue: { key: 'A-1' } });
    assert.ok(accepted >= 30, `${accepted}`);
    assert.equal(answer.headers['retry-after'], '1');
    assert.equal(answer.json.type, '/problems/overloaded');
    assert.match(answer.json.detail, /--backlog-limit/);
    const ndjson = await server.post('/api/v1/tenants/jira/events', `${JSON.stringify({ event, payload: {} })}\n`.repeat(3), {
        headers: { 'Content-Type': 'application/x-ndjson' },
    });
    assert.equal(ndjson.status, 503, ndjson.text);
    assert.equal(await metric(server, 'posthorn_deliveries_waiting'), accepted);
    assert.ok((await metric(server, 'posthorn_events_refused_total')) >= 1);
    assert.ok((await metric(server, 'posthorn_oldest_waiting_seconds')) > 0);

    assert.equal((await server.post(`${addons}/limits/resume`)).status, 200);
    await until('all that was accepted to arrive', () => addon.calls.filter((call) => call.path === '/hook').length === accepted);
    await until('events to be taken again', async () => (await post(server, {})).status === 202);
    const told = lines(server).map((line) => line.message);
    assert.ok(told.includes('events are refused') && told.includes('events are taken again'), told.join('\n'));
});

check('a store at its limit drops the oldest final events, and refuses only when nothing but waiting ones is left', async () => {
    const { server, addon } = await start(['--store-limit', '16MiB']);
    const payload = { issue: { key: 'A-1' }, text: 'x'.repeat(200_000) };
    // Delivered ones make room for those behind them.
    const first = await server.send(event, payload);
    for (let i = 0; i < 150; ++i) assert.equal((await post(server, payload)).status, 202);
    await until('the oldest to go', async () => {
        await post(server, payload);
        return (await server.get(`/api/v1/tenants/jira/events/${first.id}`)).status === 404;
    });
    assert.equal((await server.post(`${addons}/limits/pause`)).status, 200);
    const { answer } = await post_until_refused(server, payload);
    assert.match(answer.json.detail, /--store-limit/);
    assert.ok((await metric(server, 'posthorn_store_bytes')) < 200e6);

    const before = addon.calls.length;
    assert.equal((await server.post(`${addons}/limits/resume`)).status, 200);
    await until('what waited to arrive', () => addon.calls.length > before + 50);
    await until('events to be taken again', async () => (await post(server, {})).status === 202);
});

check('uninstalling an add-on for which thousands wait cancels them all', async () => {
    const { server } = await start([]);
    assert.equal((await server.post(`${addons}/limits/pause`)).status, 200);
    const body = `${JSON.stringify({ event, payload: { issue: { key: 'A-1' } } })}\n`.repeat(5000);
    const posted = await server.post('/api/v1/tenants/jira/events', body, { headers: { 'Content-Type': 'application/x-ndjson' } });
    assert.equal(posted.status, 200);
    assert.equal((await server.delete(`${addons}/limits`)).status, 204);
    assert.equal(await metric(server, 'posthorn_deliveries_waiting'), 0);
    const left = await server.get('/api/v1/tenants/jira/deliveries?state=pending');
    assert.deepEqual(left.json.items, []);
    const recover = { since: '2026-01-01T00:00:00Z', state: 'cancelled', preview: true };
    const preview = await server.post('/api/v1/tenants/jira/deliveries/recover', recover);
    assert.equal(preview.json.deliveries, 0, 'nobody is there to receive them');
});

check('a trace goes on to the receiver, whatever form the event has, and the history shows it', async () => {
    const { server, addon } = await start([]);
    const trace = (n) => `00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333${n}-01`;
    const path = `/api/v1/tenants/jira/events`;
    const ok = (answer) => assert.ok([200, 202].includes(answer.status), answer.text);
    ok(await server.post(path, { event, payload: { n: 1 } }, { headers: { traceparent: trace(1) } }));
    ok(await server.post(path, { webhookEvent: event, n: 2 }, { headers: { traceparent: trace(2) } }));
    ok(await server.post(path, { specversion: '1.0', id: 'a', source: '/s', type: event, data: { n: 3 } }, {
        headers: { 'Content-Type': 'application/cloudevents+json', traceparent: trace(3) },
    }));
    ok(await server.post(path, `${JSON.stringify({ event, payload: { n: 4 } })}\n`, {
        headers: { 'Content-Type': 'application/x-ndjson', traceparent: trace(4) },
    }));
    await until('four calls', () => addon.calls.filter((call) => call.path === '/hook').length === 4);
    const seen = addon.calls.filter((call) => call.path === '/hook').map((call) => call.headers.traceparent).sort();
    assert.deepEqual(seen, [1, 2, 3, 4].map(trace));
    const [delivery] = (await server.get('/api/v1/tenants/jira/deliveries?addon=limits&limit=1')).json.items;
    const shown = (await server.get(`/api/v1/tenants/jira/deliveries/${delivery.id}`)).json;
    assert.match(JSON.stringify(shown.request.headers), /traceparent/);
});

check('receivers and their state are told', async () => {
    const { server, addon } = await start([]);
    await server.send(event, {});
    const list = await server.get('/api/v1/receivers');
    assert.deepEqual(list.json.items.map((one) => [one.receiver, one.state]), [[addon.origin, 'closed']]);
    assert.deepEqual(list.json.items[0].addons, [{ tenant: 'jira', addon: 'limits' }]);
    const one = await server.get(`/api/v1/receivers/${encodeURIComponent(addon.origin)}`);
    assert.equal(one.json.receiver, addon.origin);
    assert.equal((await server.get('/api/v1/receivers/http%3A%2F%2Fnobody.example')).status, 404);

    const path = `/api/v1/receivers/${encodeURIComponent(addon.origin)}`;
    assert.equal((await server.post(`${path}/pause`)).json.state, 'paused');
    const held = await server.send(event, { held: true });
    const [delivery] = await server.deliveries_of(held.id);
    assert.equal(delivery.state, 'pending');
    assert.equal((await server.post(`${path}/resume`)).status, 200);
    await until('what was held to arrive', () => addon.calls.some((call) => call.body.includes('"held"')));
    const told = lines(server).map((line) => line.message);
    assert.ok(told.includes('a receiver was paused') && told.includes('a receiver was resumed'), told.join('\n'));
});

await run(async () => {});
