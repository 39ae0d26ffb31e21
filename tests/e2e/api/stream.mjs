// The live stream: server-sent events, narrowed by tenant and add-on, resumable.
import assert from 'node:assert/strict';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, run, until } from '../kit/checks.mjs';
import { EventStream } from '../kit/events.mjs';
import { Server } from '../kit/server.mjs';
import { is_problem } from './problem.mjs';

const program = process.argv[2];
let server;
let addon;

const open = (path, headers) => EventStream.open(server, path, headers);

async function setup() {
    server = await Server.start(program);
    at_end(() => server.stop());
    addon = await new AddOn({ key: 'streamed', webhooks: [{ event: 'jira:issue_created', url: '/hook' }] }).listen();
}

check('what happens is told as it happens', async () => {
    const stream = await open('/api/v1/stream');
    await server.install({ descriptor: addon.descriptor });
    await until('a word of the add-on', () => stream.events.some((one) => one.event.startsWith('addon.')));
    const sent = await server.send('jira:issue_created', {});
    const of_event = (name) => stream.named(name).some((one) => JSON.stringify(one.data).includes(sent.id));
    await until('the event to be named', () => of_event('event.accepted'));
    await until('its delivery', () => of_event('delivery.delivered'));
    await stream.wait_for('delivery.attempted');
    addon.answer_call = (call) => (call.path === '/hook' ? { status: 400 } : undefined);
    await server.send('jira:issue_created', {});
    const [dead] = await stream.wait_for('delivery.dead');
    assert.match(JSON.stringify(dead.data), /status/);
    addon.answer_call = () => undefined;
    const ids = stream.events.map((one) => one.id);
    assert.ok(ids.every(Boolean) && new Set(ids).size === ids.length, 'each has an id of its own');
    assert.ok(!JSON.stringify(stream.events).includes(addon.secret), 'no secret');
    stream.close();
});

check('Last-Event-ID resumes without a hole and without a repeat', async () => {
    const before = addon.to('/hook').length;
    const first = await open('/api/v1/stream');
    for (let i = 0; i < 3; ++i) await server.send('jira:issue_created', { i });
    await first.wait_for('delivery.delivered', 3);
    first.close();
    const cut = 2;
    for (let i = 0; i < 3; ++i) await server.send('jira:issue_created', { i });
    await addon.wait_for('/hook', before + 6);
    const second = await open('/api/v1/stream', { 'Last-Event-ID': first.events[cut].id });
    await second.wait_for('event.accepted', 3);
    const known = first.events.slice(cut + 1).map((one) => one.id);
    assert.deepEqual(second.events.slice(0, known.length).map((one) => one.id), known);
    assert.equal(new Set(second.events.map((one) => one.id)).size, second.events.length);
    second.close();
    // An id of another time is answered with a word about the gap, not with silence.
    const third = await open('/api/v1/stream', { 'Last-Event-ID': 'from-elsewhere-7' });
    await server.send('jira:issue_created', {});
    await third.wait_for('event.accepted');
    third.close();
});

check('it can be narrowed to a tenant and to an add-on', async () => {
    const of_confluence = await open('/api/v1/stream?tenant=confluence');
    const of_jira = await open('/api/v1/stream?tenant=jira');
    const of_other = await open('/api/v1/stream?tenant=jira&addon=streamed');
    await server.send('page_created', {}, { tenant: 'confluence' });
    await server.send('jira:issue_created', {});
    await of_confluence.wait_for('event.accepted');
    await of_jira.wait_for('delivery.delivered');
    await of_other.wait_for('delivery.delivered');
    assert.equal(of_confluence.events.length, 1);
    assert.ok(!of_jira.events.some((one) => JSON.stringify(one.data).includes('page_created')));
    for (const one of [of_confluence, of_jira, of_other]) one.close();
    is_problem(await server.get('/api/v1/stream?tenant=nobody'), 404);
});

check('a reader that does not read holds up nobody, and neither do many that leave', async () => {
    const lazy = await open('/api/v1/stream');
    lazy.response.pause();
    for (let i = 0; i < 20; ++i) (await open('/api/v1/stream')).close();
    const lines = Array.from({ length: 2000 }, (_, i) => JSON.stringify({ event: 'jira:issue_deleted', payload: { i } })).join('\n');
    for (let i = 0; i < 3; ++i) {
        const answer = await server.post('/api/v1/tenants/jira/events', lines, { headers: { 'Content-Type': 'application/x-ndjson' } });
        assert.equal(answer.status, 200);
    }
    const begin = Date.now();
    assert.equal((await server.get('/readyz')).status, 200);
    assert.ok(Date.now() - begin < 2000);
    lazy.close();
});

check('an inspector hears every event over HTTP, verified', async () => {
    const made = await server.post('/api/v1/inspectors', { tenant: 'jira', ttl: '1h', install: true });
    assert.equal(made.status, 201, made.text);
    const { id, secret, page, descriptorUrl } = made.json;
    assert.equal(page, `/inspect/${secret}`);
    assert.ok(id && id !== secret && descriptorUrl.endsWith(`/inspector/${id}/atlassian-connect.json`));
    await server.send('jira:issue_created', { issue: { key: 'I-1' } });
    await until('the call', async () => {
        const answer = await server.get(`/api/v1/inspectors/${secret}/calls`);
        return answer.status === 200 && answer.json.items.some((one) => JSON.stringify(one).includes('I-1'));
    });
    is_problem(await server.get(`/api/v1/inspectors/${id}/calls`), 404);
    assert.ok((await server.delete(`/api/v1/inspectors/${secret}`)).status < 300);
});

check('a stop ends the streams, and the server with them', async () => {
    const stream = await open('/api/v1/stream');
    const closed = new Promise((done) => stream.response.on('close', done));
    const begin = Date.now();
    const ended = await server.stop();
    await closed;
    assert.equal(ended.code, 0, ended.errors);
    assert.ok(Date.now() - begin < 5000, `it took ${Date.now() - begin} ms`);
});

await run(setup);
