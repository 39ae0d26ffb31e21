// The live stream under stress: gaps that are told, many clients, add-ons' changes, keys that are removed.
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
async function setup() {
    server = await start({ data });
}
async function flood(events) {
    const lines = Array.from({ length: events }, (_, i) => JSON.stringify({ event: 'jira:issue_deleted', payload: { i } })).join('\n');
    const answer = await server.post('/api/v1/tenants/jira/events', lines, { headers: { 'Content-Type': 'application/x-ndjson' } });
    assert.equal(answer.status, 200);
}

check("each change of an add-on's state is told by its name", async () => {
    const stream = await EventStream.open(server, '/api/v1/stream?tenant=jira');
    const addon = await new AddOn({ key: 'changing', webhooks: [{ event: 'jira:issue_created', url: '/hook' }] }).listen();
    await server.install({ descriptor: addon.descriptor });
    const path = '/api/v1/tenants/jira/addons/changing';
    for (const step of ['pause', 'resume', 'disable', 'enable']) assert.equal((await server.post(`${path}/${step}`)).status, 200, step);
    assert.equal((await server.patch(path, { concurrency: 3 })).status, 200);
    assert.equal((await server.delete(path)).status, 204);
    await stream.wait_for('addon.uninstalled');
    const told = stream.events.filter((one) => one.event.startsWith('addon.') && one.data.addon === 'changing');
    assert.deepEqual(told.map((one) => one.event), ['addon.installed', 'addon.paused', 'addon.resumed', 'addon.disabled', 'addon.enabled', 'addon.changed', 'addon.uninstalled']);
    assert.deepEqual(told.map((one) => one.data.state), ['enabled', 'paused', 'enabled', 'disabled', 'enabled', 'enabled', 'uninstalled']);
});

check('fifty clients hear the same', async () => {
    const streams = await Promise.all(Array.from({ length: 50 }, () => EventStream.open(server, '/api/v1/stream')));
    await flood(500);
    await Promise.all(streams.map((stream) => stream.wait_for('event.accepted', 500)));
    for (const stream of streams) {
        assert.deepEqual(stream.events.map((one) => one.id), streams[0].events.map((one) => one.id));
        stream.close();
    }
});

check('a gap larger than what is kept is told, and so is one over a restart', async () => {
    const first = await EventStream.open(server, '/api/v1/stream');
    await flood(1);
    const [{ id }] = await first.wait_for('event.accepted');
    first.close();
    for (let i = 0; i < 5; ++i) await flood(2000);
    const second = await EventStream.open(server, '/api/v1/stream', { 'Last-Event-ID': id });
    await second.wait_for('stream.gap');
    await flood(1);
    const [{ id: last }] = await second.wait_for('event.accepted');
    await server.stop();
    server = await start({ data });
    const third = await EventStream.open(server, '/api/v1/stream', { 'Last-Event-ID': last });
    await third.wait_for('stream.gap');
    await flood(1);
    await third.wait_for('event.accepted');
});

check('a removed key, a sign-out and the end of an inspector end the streams that hang on them, at once, and no other', async () => {
    const closed = await start({ args: ['--allow-receiver', '127.0.0.0/8'] });
    const { json: inspector } = await closed.post('/api/v1/inspectors', { tenant: 'jira', install: true });
    const paths = ['/api/v1/stream', `/api/v1/inspectors/${inspector.secret}/calls/stream`, `/api/v1/inspectors/${inspector.addon}/calls/stream`];
    const open = (headers) => Promise.all(paths.map((path) => EventStream.open(closed, path, headers)));
    const sign_in = async (key) => ({ Cookie: (await closed.post('/api/v1/session', { key }, { key: null })).headers['set-cookie'][0].split(';')[0] });
    const made = async () => (await closed.post('/api/v1/keys', { role: 'read' })).json;
    const all_end = async (streams) => {
        const begin = Date.now();
        await until('the streams to end', () => streams.every(({ is_closed }) => is_closed));
        // Well before the next heartbeat, at which they would notice it anyway.
        assert.ok(Date.now() - begin < 5000, `after ${Date.now() - begin} ms`);
    };
    const kept = await open();
    const none_ended = () => assert.deepEqual(kept.map(({ is_closed }) => is_closed), [false, false, false]);

    const key = await made();
    const by_key = await open({ Authorization: `Bearer ${key.key}` });
    const by_its_session = await open(await sign_in(key.key));
    assert.equal((await closed.delete(`/api/v1/keys/${key.id}`)).status, 204);
    await all_end([...by_key, ...by_its_session]);
    none_ended();

    const session = await sign_in(closed.admin_key);
    const other = await open(await sign_in(closed.admin_key));
    const by_session = await open(session);
    assert.equal((await closed.delete('/api/v1/session', { key: null, headers: session })).status, 204);
    await all_end(by_session);
    none_ended();
    assert.ok(other.every(({ is_closed }) => !is_closed), 'another session of the same key goes on');

    const by_secret = await EventStream.open(closed, paths[1], { Cookie: 'none=1' });
    assert.equal((await closed.delete(`/api/v1/inspectors/${inspector.secret}`)).status, 204);
    await all_end([by_secret, kept[1], kept[2], other[1], other[2]]);
    assert.equal(by_secret.named('inspector.ended')[0].data.why, 'deleted');
    assert.equal(kept[0].is_closed, false);
});

await run(setup);
