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

check('a removed key ends the streams that it opened', async () => {
    const closed = await start({ args: [] });
    const key = (await closed.post('/api/v1/keys', { role: 'read' })).json;
    const stream = await EventStream.open(closed, '/api/v1/stream', { Authorization: `Bearer ${key.key}` });
    const kept = await EventStream.open(closed, '/api/v1/stream');
    await closed.delete(`/api/v1/keys/${key.id}`);
    await until('the stream to end', () => stream.is_closed);
    assert.equal(kept.is_closed, false);
});

await run(setup);
