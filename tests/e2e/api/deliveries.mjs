// How deliveries end, and what people do with them: retries, dead letters, replay, cancel, recover, lists.
import assert from 'node:assert/strict';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, gap, run, sleep, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';
import { is_problem } from './problem.mjs';

const program = process.argv[2];
const deliveries = '/api/v1/tenants/jira/deliveries';
const quick = { retry: { waits: ['100ms', '100ms'], jitter: 0 } };
let server;

async function setup() {
    server = await Server.start(program);
    at_end(() => server.stop());
}

let number = 0;
/** An add-on of its own event type, so that checks don't hear each other. */
async function new_addon({ answer, settings = quick, webhooks, more } = {}) {
    const event = `check:${++number}`;
    const made = await server.post('/api/v1/tenants/jira/event-types', { event, variables: { 'issue.key': '/issue/key' } });
    assert.equal(made.status, 201, made.text);
    const addon = await new AddOn({ key: `addon-${number}`, webhooks: webhooks ?? [{ event, url: '/hook' }], answer, more }).listen();
    addon.event = event;
    await server.install({ descriptor: addon.descriptor, settings });
    return addon;
}

async function ended(sent, state) {
    return until(`delivery of ${sent.id} to be ${state}`, async () => {
        const [delivery] = await server.deliveries_of(sent.id);
        if (!['pending', 'retrying'].includes(delivery.state)) assert.equal(delivery.state, state, JSON.stringify(delivery));
        return delivery.state === state && delivery;
    });
}
const detail = (delivery) => server.get(`${deliveries}/${delivery.id}`).then((answer) => answer.json);

check('2xx is delivered; the history shows the request, masked, and the attempt with its times', async () => {
    const addon = await new_addon({ answer: (call) => (call.path === '/hook' ? { status: 201, headers: { 'X-Their': 'one' }, body: 'thanks '.repeat(2000) } : undefined) });
    const sent = await server.send(addon.event, { issue: { key: 'A-1' } });
    const shown = await detail(await ended(sent, 'delivered'));
    assert.equal(shown.event, addon.event);
    assert.equal(shown.addon, addon.key);
    assert.equal(shown.request.method, 'POST');
    assert.ok(shown.request.url.endsWith('/hook'));
    assert.deepEqual(JSON.parse(shown.request.body).issue, { key: 'A-1' });
    assert.ok(!JSON.stringify(shown).includes('eyJ'), 'no token is shown');
    assert.equal(shown.attempts.length, 1);
    const [attempt] = shown.attempts;
    assert.equal(attempt.status, 201);
    for (const name of ['dns', 'connect', 'tls', 'firstByte', 'total']) assert.ok(name in attempt.times, name);
    assert.equal(Buffer.byteLength(attempt.responseBody), 4096);
    assert.ok(JSON.stringify(attempt.responseHeaders).includes('X-Their'));
    is_problem(await server.get(`${deliveries}/dl_none`), 404);
});

for (const status of [400, 401, 403, 404, 405, 422, 301, 302, 307, 304]) {
    check(`${status} is dead at once, and nothing is followed`, async () => {
        const addon = await new_addon({ answer: (call) => (call.path === '/hook' ? { status, headers: { Location: '/elsewhere' } } : undefined) });
        const dead = await ended(await server.send(addon.event, {}), 'dead');
        assert.equal(dead.reason, 'status');
        assert.equal(addon.to('/hook').length, 1);
        assert.equal(addon.to('/elsewhere').length, 0);
    });
}

for (const status of [408, 409, 425, 429, 500, 502, 503, 504]) {
    check(`${status} is tried again until the schedule is used up`, async () => {
        const addon = await new_addon({ answer: (call) => (call.path === '/hook' ? { status } : undefined) });
        const dead = await ended(await server.send(addon.event, {}), 'dead');
        assert.equal(dead.reason, 'exhausted');
        assert.deepEqual(addon.to('/hook').map((call) => call.headers['x-atlassian-webhook-retry']), [undefined, '1', '2']);
        assert.equal((await detail(dead)).attempts.length, 3);
    });
}

check('a broken connection, no answer in time and a receiver that is gone are tried again', async () => {
    const answers = [{ reset: true }, { hang: true }, { status: 204 }];
    const addon = await new_addon({
        settings: { ...quick, timeouts: { answer: '300ms' } },
        // A connection that was kept open and breaks is replaced at once, within the attempt; here none is kept.
        answer: (call) => (call.path === '/hook' ? answers.shift() : { status: 204, headers: { Connection: 'close' } }),
    });
    await addon.wait_for('/enabled');
    const shown = await detail(await ended(await server.send(addon.event, {}), 'delivered'));
    assert.deepEqual(shown.attempts.map((one) => one.status), [null, null, 204]);
    for (const attempt of shown.attempts.slice(0, 2)) assert.ok(attempt.failure && attempt.detail, JSON.stringify(attempt));
    await addon.close();
    const dead = await detail(await ended(await server.send(addon.event, {}), 'dead'));
    assert.equal(dead.attempts.length, 3);
    assert.match(JSON.stringify(dead.attempts[0]), /refused/);
});

check('Retry-After is honoured, in seconds and as a date', async () => {
    for (const after of [() => '2', () => new Date(Date.now() + 3000).toUTCString()]) {
        const addon = await new_addon();
        let first = true;
        addon.answer_call = (call) => {
            if (call.path !== '/hook' || !first) return undefined;
            first = false;
            return { status: 503, headers: { 'Retry-After': after() } };
        };
        await ended(await server.send(addon.event, {}), 'delivered');
        const [one, two] = addon.to('/hook');
        assert.ok(two.at - one.at >= 1900, `it came back after ${two.at - one.at} ms`);
    }
});

check('410 is dead and pauses the webhook alone; after a resume it hears again', async () => {
    const event = `check:${number + 1}`;
    const addon = await new_addon({ webhooks: [{ event, url: '/hook' }, { event, url: '/other' }], answer: (call) => (call.path === '/hook' ? { status: 410 } : undefined) });
    const sent = await server.send(addon.event, {});
    const list = await until('both ended', async () => {
        const all = await server.deliveries_of(sent.id);
        return all.every((one) => ['dead', 'delivered'].includes(one.state)) && all;
    });
    const dead = list.find((one) => one.state === 'dead');
    assert.equal(dead.reason, 'gone');
    const shown = (await server.get(`/api/v1/tenants/jira/addons/${addon.key}`)).json;
    assert.match(JSON.stringify(shown.webhooks), /paused|gone/i);
    await server.send(addon.event, {});
    await addon.wait_for('/other', 2);
    await sleep(150);
    assert.equal(addon.to('/hook').length, 1, 'the webhook is paused');
    addon.answer_call = () => undefined;
    assert.equal((await server.post(`/api/v1/tenants/jira/addons/${addon.key}/resume`)).status, 200);
    await server.send(addon.event, {});
    await addon.wait_for('/hook', 2);
});

check('a value that makes a dot segment is dead as unsafe_url, and nothing is sent', async () => {
    const event = `check:${number + 1}`;
    const addon = await new_addon({ webhooks: [{ event, url: '/a/${issue.key}/b' }] });
    for (const key of ['..', '.', '%2e%2e'.replaceAll('%2e', '.')]) {
        const dead = await ended(await server.send(addon.event, { issue: { key } }), 'dead');
        assert.equal(dead.reason, 'unsafe_url');
    }
    await ended(await server.send(addon.event, { issue: { key: '%2e%2e' } }), 'delivered');
    assert.deepEqual(addon.calls.filter((call) => call.path.startsWith('/a/')).map((call) => call.path), ['/a/%252e%252e/b']);
    const empty = await detail(await ended(await server.send(addon.event, {}), 'delivered'));
    assert.match(JSON.stringify(empty.attempts[0].notes), /issue\.key/);
});

check('replay makes a new delivery with a new identifier; only of a final one', async () => {
    const addon = await new_addon({ answer: (call) => (call.path === '/hook' ? { status: 400 } : undefined) });
    const dead = await ended(await server.send(addon.event, { issue: { key: 'R-1' } }), 'dead');
    addon.answer_call = () => undefined;
    const replayed = await server.post(`${deliveries}/${dead.id}/replay`);
    assert.equal(replayed.status, 202, replayed.text);
    assert.equal(replayed.json.replayOf, dead.id);
    assert.notEqual(replayed.json.id, dead.id);
    const [first, second] = await addon.wait_for('/hook', 2);
    assert.notEqual(first.headers['x-atlassian-webhook-identifier'], second.headers['x-atlassian-webhook-identifier']);
    assert.ok(first.body.equals(second.body));
    await until('the replay to be delivered', async () => (await detail(replayed.json)).state === 'delivered');
    assert.equal((await detail(dead)).state, 'dead', 'the old one stays what it was');
    assert.equal((await server.post(`${deliveries}/${replayed.json.id}/replay`)).status, 202, 'a delivered one too');
    is_problem(await server.post(`${deliveries}/dl_none/replay`), 404);
});

check('cancel ends what waits; a final one is 409, and so is replaying one that waits', async () => {
    const addon = await new_addon({ settings: { retry: { waits: ['1h'] } }, answer: (call) => (call.path === '/hook' ? { status: 503 } : undefined) });
    const sent = await server.send(addon.event, {});
    const [waiting] = await until('retrying', async () => {
        const list = await server.deliveries_of(sent.id);
        return list[0].state === 'retrying' && list;
    });
    assert.ok(Date.parse(waiting.nextAttemptAt) > Date.now() + 40 * 60_000);
    is_problem(await server.post(`${deliveries}/${waiting.id}/replay`), 409);
    const cancelled = await server.post(`${deliveries}/${waiting.id}/cancel`);
    assert.equal(cancelled.status, 200, cancelled.text);
    assert.equal((await detail(waiting)).state, 'cancelled');
    is_problem(await server.post(`${deliveries}/${waiting.id}/cancel`), 409);
    assert.equal((await server.post(`${deliveries}/${waiting.id}/replay`)).status, 202);
    is_problem(await server.post(`${deliveries}/dl_none/cancel`), 404);
});

async function operation_done(id) {
    return until('the operation to end', async () => {
        const answer = await server.get(`/api/v1/operations/${id}`);
        assert.equal(answer.status, 200, answer.text);
        return answer.json.state !== 'running' && answer.json;
    });
}

check('recover: a preview counts, then all dead ones of a time come back', async () => {
    const since = new Date().toISOString();
    const addon = await new_addon({ answer: (call) => (call.path === '/hook' ? { status: 400 } : undefined) });
    for (let i = 0; i < 25; ++i) await server.send(addon.event, { i });
    await until('25 dead', async () => (await server.list(`${deliveries}?addon=${addon.key}&state=dead`)).length === 25);
    const body = { addon: addon.key, state: 'dead', since };
    const preview = await server.post(`${deliveries}/recover`, { ...body, preview: true });
    assert.equal(preview.status, 200, preview.text);
    assert.deepEqual(preview.json, { deliveries: 25 });
    addon.answer_call = () => undefined;
    const started = await server.post(`${deliveries}/recover`, body);
    assert.equal(started.status, 202, started.text);
    const done = await operation_done(started.json.operation);
    assert.equal(done.done, 25);
    assert.equal(done.total, 25);
    await addon.wait_for('/hook', 50);
    assert.equal((await server.post(`${deliveries}/recover`, { ...body, until: since, preview: true })).json.deliveries, 0);
    is_problem(await server.post(`${deliveries}/recover`, { since: 'yesterday' }), 422, { pointers: ['/since'] });
    is_problem(await server.post(`${deliveries}/recover`, { since, preview: 'yes', what: 1 }), 422, { pointers: ['/preview', '/what'] });
    is_problem(await server.get('/api/v1/operations/none'), 404);
});

check('recover with `missing` brings events to an add-on that was not there yet', async () => {
    const event = `check:${number + 1}`;
    const since = new Date().toISOString();
    assert.equal((await server.post('/api/v1/tenants/jira/event-types', { event, variables: {} })).status, 201);
    for (let i = 0; i < 7; ++i) assert.equal((await server.send(event, { i })).deliveries, 0);
    const late = await new AddOn({ key: 'late', webhooks: [{ event, url: '/hook' }] }).listen();
    number += 1;
    await server.install({ descriptor: late.descriptor });
    const body = { addon: 'late', event, since, missing: true };
    assert.deepEqual((await server.post(`${deliveries}/recover`, { ...body, preview: true })).json, { deliveries: 7 });
    const started = await server.post(`${deliveries}/recover`, body);
    assert.equal(started.status, 202, started.text);
    await operation_done(started.json.operation);
    const calls = await late.wait_for('/hook', 7);
    assert.deepEqual(calls.map((call) => JSON.parse(call.body).i).sort(), [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual((await server.post(`${deliveries}/recover`, { ...body, preview: true })).json, { deliveries: 0 }, 'nothing is missing any more');
});

check('lists are paged by cursor and narrowed by add-on, event, state and time', async () => {
    const addon = await new_addon();
    const ids = [];
    for (let i = 0; i < 23; ++i) ids.push((await server.send(addon.event, { i })).id);
    await until('all delivered', async () => (await server.list(`${deliveries}?addon=${addon.key}&event=${encodeURIComponent(addon.event)}&state=delivered`)).length === 23);
    const pages = [];
    let cursor = '';
    do {
        const answer = await server.get(`${deliveries}?addon=${addon.key}&event=${encodeURIComponent(addon.event)}&limit=10${cursor && `&cursor=${cursor}`}`);
        assert.equal(answer.status, 200, answer.text);
        pages.push(answer.json.items);
        cursor = answer.json.next;
        // New ones while paging neither repeat nor shift what is listed.
        if (pages.length === 1) await server.send(addon.event, {});
    } while (cursor);
    assert.deepEqual(pages.map((page) => page.length), [10, 10, 3]);
    const seen = pages.flat().map((one) => one.eventId);
    assert.equal(new Set(seen).size, 23);
    assert.deepEqual([...seen].sort(), [...ids].sort());
    assert.equal((await server.get(`${deliveries}?addon=${addon.key}&until=2020-01-01T00:00:00Z`)).json.items.length, 0);
    assert.equal((await server.list(`${deliveries}?addon=${addon.key}&event=${encodeURIComponent(addon.event)}&since=2020-01-01T00:00:00.000Z`)).length, 24);
    for (const query of ['limit=0', 'limit=x', 'cursor=nonsense!', 'state=lost', 'since=yesterday'])
        is_problem(await server.get(`${deliveries}?${query}`), 400);
    is_problem(await server.get(`${deliveries}?addon=nobody`), 404);
});

check('one receiver that never answers delays no other', async () => {
    const stuck = await new_addon({ answer: (call) => (call.path === '/hook' ? { hang: true } : undefined) });
    for (let i = 0; i < 100; ++i) await server.send(stuck.event, { i });
    const fast = await new_addon();
    const begin = Date.now();
    for (let i = 0; i < 20; ++i) await server.send(fast.event, { i });
    await fast.wait_for('/hook', 20);
    assert.ok(Date.now() - begin < 3000, `it took ${Date.now() - begin} ms`);
    assert.equal(stuck.to('/hook').length, 20, 'as many calls at once as the default allows');
});

check('ordering: with `receiver` one after another, in the order of the posts', async () => {
    const addon = await new_addon({ settings: { ...quick, ordering: 'receiver' } });
    let open = 0;
    let most = 0;
    addon.answer_call = async (call) => {
        if (call.path !== '/hook') return undefined;
        most = Math.max(most, ++open);
        await sleep(Math.random() * 10);
        open -= 1;
        return JSON.parse(call.body).i === 3 && !call.headers['x-atlassian-webhook-retry'] ? { status: 503 } : undefined;
    };
    for (let i = 0; i < 12; ++i) await server.send(addon.event, { i });
    await addon.wait_for('/hook', 13);
    assert.equal(most, 1);
    assert.deepEqual(addon.to('/hook').map((call) => JSON.parse(call.body).i), [0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

check('the rate is kept', async () => {
    const addon = await new_addon({ settings: { ...quick, rate: '20/s' } });
    for (let i = 0; i < 60; ++i) await server.send(addon.event, { i });
    await addon.wait_for('/hook', 60, { seconds: 20 });
    const calls = addon.to('/hook');
    const took = calls.at(-1).at - calls[0].at;
    assert.ok(took > 1500, `60 calls at 20/s took ${took} ms`);
}, { seconds: 40 });

check('no more calls at once than `concurrency` says, and a kept connection that broke is no failure', async () => {
    const addon = await new_addon({ settings: { ...quick, concurrency: 2 } });
    let open = 0;
    let most = 0;
    addon.answer_call = async (call) => {
        if (call.path !== '/hook') return undefined;
        most = Math.max(most, ++open);
        await sleep(20);
        open -= 1;
        return undefined;
    };
    for (let i = 0; i < 40; ++i) await server.send(addon.event, { i });
    await addon.wait_for('/hook', 40);
    assert.equal(most, 2);
    for (const socket of addon.sockets) socket.destroy();
    const shown = await detail(await ended(await server.send(addon.event, {}), 'delivered'));
    assert.equal(shown.attempts.length, 1);
});

await run(setup);
