// kill -9 under load, restarts, damaged files: what was answered 202 arrives, and damage is said.
import assert from 'node:assert/strict';
import { closeSync, cpSync, existsSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, run, sleep, until } from '../kit/checks.mjs';
import { Server, new_folder } from '../kit/server.mjs';

const program = process.argv[2];
const seed = Number(process.argv[3] ?? process.env.SEED ?? Date.now() % 1_000_000_000);

/** mulberry32: the same numbers for the same seed. */
let random_state = seed;
function random() {
    random_state = (random_state + 0x6d2b79f5) | 0;
    let t = Math.imul(random_state ^ (random_state >>> 15), 1 | random_state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

let addon;
const servers = [];

async function start(options) {
    const server = await Server.start(program, options);
    servers.push(server);
    return server;
}

async function setup() {
    console.log(`seed ${seed}`);
    at_end(() => Promise.all(servers.map((server) => server.stop('SIGKILL'))));
    addon = await new AddOn({
        key: 'crash', webhooks: [{ event: 'jira:issue_created', url: '/hook?key=${issue.key}' }, { event: 'jira:issue_created', url: '/second', excludeBody: true }],
        // Some answers are slow, some fail at first, so that the kill meets every kind of delivery.
        answer: (call) => {
            if (call.path !== '/hook') return { status: 204, after_ms: 2 };
            const number = Number(call.query.get('key').split('-')[1]);
            if (number % 10 === 3 && !call.headers['x-atlassian-webhook-retry']) return { status: 503 };
            return { status: 204, after_ms: number % 7 };
        },
    }).listen();
}

/** Posts events until the server goes away; what was answered 202 is put into `accepted`. */
async function load(server, accepted, unanswered, name, stopped) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 40 });
    let number = 0;
    const post_on = async () => {
        while (!stopped()) {
            const key = `${name}-${number++}`;
            const payload = { issue: { key }, filler: 'x'.repeat(Math.floor(random() * 2000)) };
            try {
                if (number % 11 === 0) {
                    const keys = Array.from({ length: 5 }, () => `${name}-${number++}`);
                    const lines = keys.map((one) => JSON.stringify({ event: 'jira:issue_created', payload: { issue: { key: one } } })).join('\n');
                    const answer = await server.post('/api/v1/tenants/jira/events', lines, { agent, headers: { 'Content-Type': 'application/x-ndjson' } });
                    if (answer.status !== 200) continue;
                    answer.text.trim().split('\n').forEach((line, i) => {
                        const result = JSON.parse(line);
                        if (result.id) accepted.set(keys[i], result);
                    });
                } else {
                    const answer = await server.post('/api/v1/tenants/jira/events', { event: 'jira:issue_created', payload, id: key }, { agent });
                    if (answer.status === 202) accepted.set(key, answer.json);
                    else assert.equal(answer.status, 503, answer.text);
                }
            } catch (error) {
                if (error instanceof assert.AssertionError || error instanceof SyntaxError) throw error;
                unanswered.add(key);
                await sleep(1);  // The server is gone, or just going.
            }
        }
    };
    await Promise.all(Array.from({ length: 30 }, post_on));
    agent.destroy();
}

/** Fails unless every accepted event arrived at both webhooks, repeats with the same identifier only. */
async function all_arrive(server, accepted) {
    const arrived = () => {
        const keys = new Set();
        for (const call of addon.to('/hook'))
            if (!(Number(call.query.get('key').split('-')[1]) % 10 === 3 && !call.headers['x-atlassian-webhook-retry'])) keys.add(call.query.get('key'));
        return keys;
    };
    await until(() => {
        const keys = arrived();
        const missing = [...accepted.keys()].filter((key) => !keys.has(key));
        return `${missing.length} of ${accepted.size} accepted events to arrive, such as ${missing.slice(0, 5)}`;
    }, () => {
        const keys = arrived();
        return [...accepted.keys()].every((key) => keys.has(key));
    }, { seconds: 60, every: 100 });
    const identifiers = new Map();
    for (const call of addon.to('/hook')) {
        const key = call.query.get('key');
        const identifier = call.headers['x-atlassian-webhook-identifier'];
        assert.ok(identifier);
        if (!identifiers.has(key)) identifiers.set(key, new Set());
        identifiers.get(key).add(identifier);
        addon.claims_of(call);
    }
    for (const [key, set] of identifiers) assert.equal(set.size, 1, `${key} came with the identifiers ${[...set]}`);
    await until('every delivery to be delivered', async () => {
        for (const state of ['pending', 'retrying'])
            if ((await server.get(`/api/v1/tenants/jira/deliveries?state=${state}&limit=1`)).json.items.length > 0) return false;
        return true;
    }, { seconds: 60, every: 100 });
    const seconds = new Set(addon.to('/second').map((call) => call.headers['x-atlassian-webhook-identifier']));
    assert.ok(seconds.size >= accepted.size, `the second webhook has ${seconds.size} of ${accepted.size} deliveries`);
    for (const result of accepted.values()) assert.equal(result.deliveries, 2);
}

const rounds = 6;
const data = () => (data.folder ??= new_folder());

check(`kill -9 in the middle of many posts, ${rounds} times: every event answered 202 arrives`, async () => {
    let server = await start({ data: data() });
    await server.install({ descriptor: addon.descriptor, settings: { retry: { waits: ['200ms', '200ms', '500ms', '1s', '1s', '1s'], jitter: 0.2 } } });
    const accepted = new Map();
    for (let round = 0; round < rounds; ++round) {
        const unanswered = new Set();
        let is_over = false;
        const loading = load(server, accepted, unanswered, `R${round}`, () => is_over);
        const before = accepted.size;
        await sleep(150 + random() * 900);
        const ended = await server.stop('SIGKILL');
        is_over = true;
        await loading;
        assert.equal(ended.signal, 'SIGKILL');
        assert.ok(accepted.size > before, 'something was accepted in this round');
        console.log(`       round ${round}: ${accepted.size - before} accepted, ${unanswered.size} without an answer, ${addon.to('/hook').length} calls so far`);
        // Now and then it is killed again while it recovers.
        if (random() < 0.4) {
            const again = new Server(program, { data: data() });
            await sleep(random() * 250);
            await again.stop('SIGKILL');
        }
        server = await start({ data: data() });
    }
    await all_arrive(server, accepted);
    // An event that was accepted before the kill is still known as accepted.
    const [key, result] = [...accepted].find(([, one]) => one.id);
    const seen = await server.get(`/api/v1/tenants/jira/events/${result.id}`);
    assert.equal(seen.status, 200);
    assert.deepEqual(seen.json.deliveries.map(({ state }) => state), ['delivered', 'delivered'], key);
    data.server = server;
}, { seconds: 200 });

check('the idempotency keys survive a kill', async () => {
    const body = { event: 'jira:issue_created', payload: { issue: { key: 'ID-1' } }, id: 'once' };
    const first = await data.server.post('/api/v1/tenants/jira/events', body);
    assert.equal(first.status, 202);
    await data.server.stop('SIGKILL');
    data.server = await start({ data: data() });
    const second = await data.server.post('/api/v1/tenants/jira/events', body);
    assert.deepEqual(second.json, { ...first.json, duplicate: true });
});

check('add-ons, settings, tenants and keys survive a kill right after their answer', async () => {
    let server = data.server;
    const other = await new AddOn({ key: 'other', webhooks: [{ event: 'page_created', url: '/hook' }] }).listen();
    await server.install({ descriptor: other.descriptor }, { tenant: 'confluence' });
    assert.equal((await server.patch('/api/v1/tenants/jira/addons/crash', { concurrency: 7, headers: { 'X-Mine': 'yes' } })).status, 200);
    assert.equal((await server.post('/api/v1/tenants', { key: 'acme', product: 'jira', displayName: 'Acme' })).status, 201);
    const key = (await server.post('/api/v1/keys', { role: 'publish', tenant: 'jira', note: 'kept' })).json;
    const rotated = await server.post('/api/v1/tenants/confluence/addons/other/rotate-secret');
    assert.equal(rotated.status, 200, rotated.text);
    await server.stop('SIGKILL');
    server = data.server = await start({ data: data() });
    assert.equal((await server.get('/api/v1/tenants/acme')).json.displayName, 'Acme');
    const shown = (await server.get('/api/v1/tenants/jira/addons/crash')).json;
    assert.equal(shown.settings.concurrency, 7);
    assert.equal(shown.state, 'enabled');
    assert.ok(!JSON.stringify(shown).includes('"yes"'), 'values of headers are masked');
    const sent = await server.post('/api/v1/tenants/jira/events', { event: 'jira:issue_created', payload: { issue: { key: 'K-1' } } }, { key: key.key });
    assert.equal(sent.status, 202, sent.text);
    const [call] = await addon.wait_for((one) => one.url.includes('key=K-1'));
    assert.equal(call.headers['x-mine'], 'yes');
    const refused = await server.get('/api/v1/keys', { key: key.key });
    assert.equal(refused.status, 403);
    await server.send('page_created', {}, { tenant: 'confluence' });
    const [signed] = await other.wait_for('/hook');
    other.claims_of(signed);
});

check('SIGTERM ends it with 0, and what waits is delivered by the next run', async () => {
    const slow = await new AddOn({ key: 'slow', webhooks: [{ event: 'jira:issue_deleted', url: '/hook?key=${issue.key}' }], answer: (call) => (call.path === '/hook' ? { status: 204, after_ms: 400 } : undefined) }).listen();
    let server = data.server;
    await server.install({ descriptor: slow.descriptor, settings: { concurrency: 2 } });
    for (let i = 0; i < 12; ++i) await server.send('jira:issue_deleted', { issue: { key: `S-${i}` } });
    await slow.wait_for('/hook', 2);
    const start_of_stop = Date.now();
    const ended = await server.stop('SIGTERM');
    assert.deepEqual([ended.code, ended.signal], [0, null], ended.errors);
    assert.ok(Date.now() - start_of_stop < 12_000, `it took ${Date.now() - start_of_stop} ms`);
    // Calls under way were let end: no socket was cut, so none of them comes again.
    server = data.server = await start({ data: data() });
    await until('all twelve', () => new Set(slow.to('/hook').map((call) => call.url)).size === 12, { seconds: 20 });
    await sleep(600);
    const counts = new Map();
    for (const call of slow.to('/hook')) counts.set(call.url, (counts.get(call.url) ?? 0) + 1);
    assert.deepEqual([...counts.values()].filter((count) => count !== 1), [], 'a clean stop repeats nothing');
}, { seconds: 60 });

check('SIGTERM is obeyed within --drain, though a receiver never answers', async () => {
    const hanging = await new AddOn({ key: 'hanging', webhooks: [{ event: 'jira:issue_deleted', url: '/hook' }], answer: (call) => (call.path === '/hook' ? { hang: true } : undefined) }).listen();
    const folder = new_folder();
    const server = await start({ data: folder, args: ['--dev', '--drain', '1s'] });
    await server.install({ descriptor: hanging.descriptor });
    const sent = await server.send('jira:issue_deleted', {});
    await hanging.wait_for('/hook');
    const begin = Date.now();
    const ended = await server.stop('SIGTERM');
    const took = Date.now() - begin;
    assert.equal(ended.code, 0, ended.errors);
    assert.ok(took < 5000, `it took ${took} ms`);
    hanging.answer_call = () => undefined;
    const next = await start({ data: folder });
    await hanging.wait_for('/hook', 2);
    await until('delivered', async () => (await next.deliveries_of(sent.id))[0].state === 'delivered');
    await next.stop();
}, { seconds: 60 });

check('SIGTERM under load: it ends with 0, and what was answered 202 arrives', async () => {
    const folder = new_folder();
    let server = await start({ data: folder });
    // Calls of another store are signed with another secret.
    addon.calls.length = 0;
    await server.install({ descriptor: addon.descriptor, settings: { retry: { waits: ['200ms', '500ms', '1s', '1s'], jitter: 0.2 } } });
    const accepted = new Map();
    for (let round = 0; round < 2; ++round) {
        let is_over = false;
        const loading = load(server, accepted, new Set(), `T${round}`, () => is_over);
        await sleep(300 + random() * 500);
        const ended = await server.stop('SIGTERM');
        is_over = true;
        await loading;
        assert.deepEqual([ended.code, ended.signal], [0, null], ended.errors);
        server = await start({ data: folder });
    }
    assert.ok(accepted.size > 0);
    await all_arrive(server, accepted);
    await server.stop();
}, { seconds: 120 });

for (const signing of ['auto', 'legacy']) {
    check(`a kill while the add-on takes its secret locks nobody out (${signing})`, async () => {
        const folder = new_folder();
        const secrets = [];
        // As frameworks do: the first secret is believed; a legacy re-install must be signed with a secret that is known.
        const late = await new AddOn({
            key: 'late', webhooks: [{ event: 'jira:issue_created', url: '/hook' }],
            answer: async (call) => {
                if (call.path !== '/installed') return undefined;
                const is_first = secrets.length === 0;
                if (signing === 'legacy' && !is_first) {
                    const known = late.secret;
                    late.secret = secrets.at(-1);
                    try {
                        late.claims_of(call);
                    } catch (error) {
                        return { status: 401, body: error.message };
                    } finally {
                        late.secret = known;
                    }
                }
                late.client_key = JSON.parse(call.body).clientKey;
                secrets.push(JSON.parse(call.body).sharedSecret);
                if (is_first) return { hang: true };
                return undefined;
            },
        }).listen();
        let server = await start({ data: folder });
        const body = { descriptor: late.descriptor, settings: { installSigning: signing } };
        server.post('/api/v1/tenants/jira/addons', body).catch(() => {});
        await until('the secret to be handed over', () => secrets.length === 1);
        await server.stop('SIGKILL');
        server = await start({ data: folder });
        const shown = await server.get('/api/v1/tenants/jira/addons/late');
        assert.notEqual(shown.json.state, 'enabled');
        await until('the install to be taken', async () => {
            const answer = await server.post('/api/v1/tenants/jira/addons', body);
            if (answer.status === 409) return false;
            assert.ok(answer.status === 201 || answer.status === 200, answer.text);
            return true;
        });
        await server.send('jira:issue_created', {});
        const [call] = await late.wait_for('/hook');
        late.claims_of(call);
        await server.stop();
    });
}

check('a kill in the middle of a rotation: the call is repeated with the same secret, and deliveries wait for it', async () => {
    const folder = new_folder();
    const secrets = [];
    let hangs = false;
    const turning = await new AddOn({
        key: 'turning', webhooks: [{ event: 'jira:issue_created', url: '/hook' }],
        answer: (call) => {
            if (call.path !== '/installed') return undefined;
            secrets.push(JSON.parse(call.body).sharedSecret);
            return hangs ? { hang: true } : undefined;
        },
    }).listen();
    let server = await start({ data: folder });
    await server.install({ descriptor: turning.descriptor });
    hangs = true;
    server.post('/api/v1/tenants/jira/addons/turning/rotate-secret').catch(() => {});
    await until('the new secret', () => secrets.length === 2);
    assert.notEqual(secrets[0], secrets[1]);
    await server.send('jira:issue_created', {});
    await sleep(200);
    assert.equal(turning.to('/hook').length, 0, 'nobody knows which secret holds, so nothing is sent');
    await server.stop('SIGKILL');
    hangs = false;
    server = await start({ data: folder });
    const [call] = await turning.wait_for('/hook');
    assert.equal(secrets.at(-1), secrets[1], 'the same pending secret');
    turning.claims_of(call);
    await server.stop();
}, { seconds: 60 });

async function refused_start(options, seconds = 20) {
    const server = new Server(program, options);
    servers.push(server);
    const late = sleep(seconds * 1000).then(() => assert.fail(`the server still runs after ${seconds} s: ${server.output}${server.errors}`));
    const ended = await Promise.race([server.ended, late]);
    assert.doesNotMatch(ended.output, /posthorn ready/);
    assert.equal(ended.code, 1, `exit code ${ended.code}, signal ${ended.signal}: ${ended.errors}`);
    return ended.errors;
}

check('a second server on the same folder is refused, and the first goes on', async () => {
    const errors = await refused_start({ data: data() });
    assert.match(errors, /lock|in use|another|already/i, errors);
    assert.match(errors, new RegExp(`${data().split('/').at(-1)}|${data.server.pid}`), `names the folder or the process: ${errors}`);
    assert.equal((await data.server.get('/readyz')).status, 200);
});

check('a port that is taken, a wrong port and a folder that is a file are refused with a clear line', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await new Promise((done) => taken.on('listening', done));
    try {
        const port = taken.address().port;
        const errors = await refused_start({ data: new_folder(), listen: `127.0.0.1:${port}` });
        assert.match(errors, /taken|in use/i, errors);
        assert.ok(errors.includes(String(port)), errors);
    } finally {
        taken.close();
    }
    const file = join(new_folder(), 'file');
    writeFileSync(file, 'not a folder');
    const errors = await refused_start({ data: file });
    assert.ok(errors.includes(file), errors);
    assert.equal(readFileSync(file, 'utf8'), 'not a folder');
});

/** A copy of a store that a kill left behind: some events delivered, the add-on known. */
async function store_after_kill({ events = 20, settle = true } = {}) {
    const folder = new_folder();
    const server = await start({ data: folder });
    const before = addon.to('/hook').length;
    await server.install({ descriptor: addon.descriptor });
    for (let i = 0; i < events; ++i) await server.send('jira:issue_created', { issue: { key: `D-${i}0` } });
    if (settle) await until('the deliveries', () => addon.to('/hook').length >= before + events);
    await server.stop('SIGKILL');
    return folder;
}

const segments = (folder) => readdirSync(join(folder, 'journal')).filter((name) => name.startsWith('segment-')).sort().map((name) => join(folder, 'journal', name));

/** Where the last group of a segment ends: the format is docs/formats/journal.md. */
function groups_of(file) {
    const bytes = readFileSync(file);
    const salt = bytes.subarray(32, 40);
    const groups = [];
    for (let at = 4096; at + 32 <= bytes.length; ) {
        if (bytes.toString('latin1', at, at + 4) !== 'PHGR' || !bytes.subarray(at + 8, at + 16).equals(salt)) break;
        const end = at + 32 + bytes.readUInt32LE(at + 28);
        groups.push({ at, end });
        at = (end + 7) & ~7;
    }
    return { groups, end: groups.length ? (groups.at(-1).end + 7) & ~7 : 4096, bytes };
}

function write_at(file, at, bytes) {
    const handle = openSync(file, 'r+');
    writeSync(handle, bytes, 0, bytes.length, at);
    closeSync(handle);
}

check('a torn tail of the journal is survived: garbage, half a group, an old group', async () => {
    for (const tail of ['garbage', 'torn', 'foreign']) {
        const folder = await store_after_kill();
        const file = segments(folder).at(-1);
        const { end, groups, bytes } = groups_of(file);
        assert.ok(groups.length > 5, 'the segment has groups');
        const last = groups.at(-1);
        if (tail === 'garbage') write_at(file, end, Buffer.from(Array.from({ length: 3000 }, () => Math.floor(random() * 256))));
        if (tail === 'torn') write_at(file, end, bytes.subarray(last.at, last.at + Math.floor((last.end - last.at) / 2)));
        if (tail === 'foreign') {
            const copy = Buffer.from(bytes.subarray(last.at, last.end));
            copy.fill(0xab, 8, 16);
            write_at(file, end, copy);
        }
        const server = await start({ data: folder });
        assert.equal((await server.get('/api/v1/tenants/jira/addons/crash')).status, 200, tail);
        const list = await server.list('/api/v1/tenants/jira/events?event=jira:issue_created');
        assert.equal(list.length, 20, `${tail}: the events are still there`);
        const count = addon.to('/hook').length;
        await server.send('jira:issue_created', { issue: { key: 'T-10' } });
        await until('the new event', () => addon.to('/hook').length > count);
        assert.equal((await server.stop()).code, 0);
    }
}, { seconds: 60 });

check('damage in the middle of the journal is refused with its place, and nothing is changed', async () => {
    // Nothing of it may be applied yet, else nobody would look at it: the database is put back to its first state.
    const folder = new_folder();
    let server = await start({ data: folder });
    await server.install({ descriptor: addon.descriptor });
    assert.equal((await server.stop()).code, 0);
    const saved = new_folder();
    for (const name of readdirSync(folder)) if (name.startsWith('posthorn.db')) cpSync(join(folder, name), join(saved, name));
    server = await start({ data: folder });
    for (let i = 0; i < 30; ++i) await server.send('jira:issue_created', { issue: { key: `M-${i}0` } });
    await server.stop('SIGKILL');
    for (const name of readdirSync(folder)) if (name.startsWith('posthorn.db')) rmSync(join(folder, name));
    for (const name of readdirSync(saved)) cpSync(join(saved, name), join(folder, name));
    const file = segments(folder).at(-1);
    const { groups, bytes } = groups_of(file);
    const victim = groups[groups.length - 10];
    const at = Math.floor((victim.at + 32 + victim.end) / 2);
    write_at(file, at, Buffer.from([bytes[at] ^ 0x10]));
    const damaged = readFileSync(file);
    const errors = await refused_start({ data: folder });
    assert.ok(errors.includes(file.split('/').at(-1)), `names the file: ${errors}`);
    assert.ok(errors.includes(String(victim.at)), `names the offset ${victim.at}: ${errors}`);
    assert.ok(readFileSync(file).equals(damaged), 'the journal was left alone');
    // Put right, it starts, and has all 30 events.
    write_at(file, at, Buffer.from([bytes[at]]));
    const healed = await start({ data: folder });
    assert.equal((await healed.list('/api/v1/tenants/jira/events?event=jira:issue_created')).length, 30);
    assert.equal((await healed.stop()).code, 0);
}, { seconds: 60 });

check('a damaged database is refused, and said', async () => {
    const folder = await store_after_kill();
    const file = join(folder, 'posthorn.db');
    write_at(file, 0, Buffer.from('Not an SQLite database!!'));
    for (const name of ['posthorn.db-wal', 'posthorn.db-shm']) if (existsSync(join(folder, name))) rmSync(join(folder, name));
    const errors = await refused_start({ data: folder });
    assert.match(errors, /posthorn\.db/, errors);
});

check('a wrong, missing or malformed master key is refused; the right one opens the store again', async () => {
    const folder = await store_after_kill({ events: 1 });
    const file = join(folder, 'master.key');
    const right = readFileSync(file, 'utf8');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    writeFileSync(file, Buffer.alloc(32, 7).toString('base64') + '\n');
    assert.match(await refused_start({ data: folder }), /master key/i);
    writeFileSync(file, 'no base64!\n');
    assert.match(await refused_start({ data: folder }), /master/i);
    rmSync(file);
    assert.match(await refused_start({ data: folder }), /master/i);
    assert.ok(!existsSync(file), 'no new key was made for an old store');
    assert.match(await refused_start({ data: folder, env: { POSTHORN_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') } }), /master key/i);
    const server = await start({ data: folder, env: { POSTHORN_MASTER_KEY: right.trim() } });
    const count = addon.to('/hook').length;
    await server.send('jira:issue_created', { issue: { key: 'W-10' } });
    await until('the call', () => addon.to('/hook').length > count);
    addon.claims_of(addon.to('/hook').at(-1));
    await server.stop();
});

check('secrets are not in the store as they are', async () => {
    const folder = await store_after_kill({ events: 1 });
    for (const name of readdirSync(folder, { recursive: true })) {
        const path = join(folder, name);
        if (!statSync(path).isFile() || path.endsWith('master.key')) continue;
        assert.ok(!readFileSync(path).includes(addon.secret), `${name} holds the shared secret`);
    }
});

await run(setup);
