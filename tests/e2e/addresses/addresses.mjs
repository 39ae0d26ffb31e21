// No address outside the allowed ones is ever connected to: descriptor URLs, installs, deliveries, UPM; names, spellings, redirects.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { check, at_end, run, sleep, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';
import { serve_names } from './names.mjs';

const [, , program, folder] = process.argv;
const addons = '/api/v1/tenants/jira/addons';
const arrived = [];
let trap_port;
let trap_v6_port;
let server;
let dev;
const queries = [];
const names = {
    'addon.test': () => ['93.184.216.34'],
    'loopback.test': () => ['127.0.0.1'],
    'private.test': () => ['10.0.0.5'],
    'metadata.test': () => ['169.254.169.254'],
    'six.test': () => ['::1'],
    'mapped.test': () => ['::ffff:127.0.0.1'],
    'both.test': () => ['169.254.169.254', '93.184.216.34', '10.0.0.5'],
    'mixed.test': () => ['127.0.0.1', '10.0.0.5'],
};
const counts = {};

/** A trap takes any connection at any address, says so, and answers what an attacker would like. */
async function set_trap(host) {
    const trap = net.createServer((socket) => {
        arrived.push(`${socket.localAddress}:${socket.localPort}`);
        socket.on('error', () => {});
        socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'));
    });
    await new Promise((done, refuse) => trap.on('error', refuse).listen({ host, port: 0, ipv6Only: host === '::' }, done));
    at_end(() => new Promise((done) => trap.close(done)));
    return trap.address().port;
}

/** The one receiver that is allowed: https at a public address, with a certificate of the given CA. */
const receiver = { calls: [], answer: () => ({ status: 204 }) };
async function start_receiver() {
    receiver.server = https.createServer({ key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) }, (request, response) => {
        const pieces = [];
        request.on('data', (piece) => pieces.push(piece));
        request.on('end', () => {
            receiver.calls.push({ url: request.url, headers: request.headers, body: Buffer.concat(pieces).toString() });
            const { status, headers, body } = receiver.answer(request.url) ?? { status: 204 };
            response.writeHead(status, headers);
            response.end(body);
        });
    });
    await new Promise((done, refuse) => receiver.server.on('error', refuse).listen(0, '93.184.216.34', done));
    receiver.port = receiver.server.address().port;
    at_end(() => {
        receiver.server.closeAllConnections?.();
        return new Promise((done) => receiver.server.close(done));
    });
}

const descriptor = (base_url, more = {}) => ({
    key: `at-${Math.random().toString(36).slice(2)}`, baseUrl: base_url, authentication: { type: 'jwt' }, scopes: ['READ'], lifecycle: { installed: '/installed' },
    modules: { webhooks: [{ event: 'jira:issue_created', url: '/hook' }] }, ...more,
});

async function setup() {
    assert.deepEqual(Object.keys(networkInterfaces()), ['lo'], 'this must run in a network of its own: see ./run');
    await serve_names((name, type) => {
        queries.push(name);
        if (type === 1) counts[name] = (counts[name] ?? -1) + 1;
        // Public when it is looked at first, the metadata service a moment later.
        if (name.startsWith('rebind-')) return [counts[name] === 0 ? '93.184.216.34' : '169.254.169.254'];
        return names[name]?.() ?? null;
    });
    trap_port = await set_trap('0.0.0.0');
    trap_v6_port = await set_trap('::');
    await start_receiver();
    const proxy = `http://127.0.0.1:${trap_port}`;
    const env = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy, https_proxy: proxy, ALL_PROXY: proxy, all_proxy: proxy };
    server = await Server.start(program, { args: ['--ca-file', join(folder, 'cert.pem')], env, listen: '127.0.0.1:0' });
    at_end(() => server.stop());
    dev = await Server.start(program, { env });
    at_end(() => dev.stop());
}

const public_url = () => `https://addon.test:${receiver.port}`;

check('a receiver at a public address over https is called, whatever the environment says of proxies', async () => {
    receiver.answer = (url) => (url === '/atlassian-connect.json' ? { status: 200, body: JSON.stringify(descriptor(public_url(), { key: 'public' })) } : undefined);
    const installed = await server.install({ descriptorUrl: `${public_url()}/atlassian-connect.json` });
    assert.equal(installed.state, 'enabled');
    await server.send('jira:issue_created', {});
    await until('the call', () => receiver.calls.some((call) => call.url === '/hook'));
    assert.deepEqual(arrived, []);
});

function bad_hosts() {
    const v4 = [
        '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1', '127.0.0.1.', '0', '0.0.0.0', 'localhost', 'LOCALHOST', 'localhost.',
        'foo.localhost', '10.0.0.5', '172.16.3.4', '192.168.1.1', '100.64.0.1', '169.254.169.254', '169.254.170.2', '2852039166', '0xA9FEA9FE', '198.18.0.1', '192.0.2.1', '203.0.113.7',
        '100.100.100.200', '192.0.0.192', '255.255.255.255', '224.0.0.1', '①②⑦.⓪.⓪.①', '127。0。0。1', '%31%32%37.0.0.1', 'loopback.test', 'private.test', 'metadata.test', 'mixed.test', 'LoopBack.Test.',
    ].map((host) => [host, trap_port]);
    const v6 = [
        '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b::a9fe:a9fe]', '[2002:7f00:1::1]', '[fd00::1]', '[fe80::5]', '[fe80::5%25lo]',
        '[fd00:ec2::254]', '[2001:db8::1]', '[0:0:0:0:0:0:0:1]', '[ff02::1]', 'six.test', 'mapped.test',
    ].flatMap((host) => [[host, trap_v6_port], [host, trap_port]]);
    return [...v4, ...v6];
}

check('descriptor URLs at every address that is not public, in any spelling, over http and https: refused, nothing arrives', async () => {
    for (const [host, port] of bad_hosts()) {
        for (const scheme of ['http', 'https']) {
            const url = `${scheme}://${host}:${port}/atlassian-connect.json`;
            const answer = await server.post(addons, { descriptorUrl: url });
            assert.equal(answer.status, 422, `${url} was answered ${answer.status} ${answer.text}`);
            assert.deepEqual(arrived, [], `${url} was connected to`);
        }
    }
}, { seconds: 120 });

check('plain http to a public address is refused', async () => {
    const url = `http://93.184.216.34:${trap_port}`;
    for (const body of [{ descriptorUrl: `${url}/x` }, { descriptor: descriptor(url) }]) {
        const answer = await server.post(addons, body);
        assert.equal(answer.status, 422, answer.text);
    }
    assert.deepEqual(arrived, []);
});

check('an install whose baseUrl leads inside hands out no secret', async () => {
    for (const [host, port] of bad_hosts()) {
        const answer = await server.post(addons, { descriptor: descriptor(`https://${host}:${port}`) });
        assert.equal(answer.status, 422, `${host} was answered ${answer.status} ${answer.text}`);
        assert.deepEqual(arrived, [], `${host} was connected to`);
    }
}, { seconds: 120 });

check('an add-on without `installed` at an inner address gets no delivery', async () => {
    const answer = await server.post(addons, { descriptor: descriptor(`https://loopback.test:${trap_port}`, { key: 'inner', authentication: { type: 'none' }, lifecycle: {} }) });
    if (answer.status === 201) {
        const sent = await server.send('jira:issue_created', {});
        const delivery = await until('an attempt', async () => (await server.deliveries_of(sent.id)).find((one) => one.addon === 'inner' && one.attemptCount > 0));
        assert.notEqual(delivery.state, 'delivered');
        assert.equal(delivery.lastStatus, null);
        await server.delete(`${addons}/inner`);
    } else {
        assert.equal(answer.status, 422, answer.text);
    }
    await sleep(100);
    assert.deepEqual(arrived, []);
});

check('redirects are not followed: of a descriptor, of `installed`, of a webhook', async () => {
    const targets = [`http://169.254.169.254:${trap_port}/latest/meta-data`, `http://127.0.0.1:${trap_port}/`, `//10.0.0.5:${trap_port}/`, `https://loopback.test:${trap_port}/`];
    for (const Location of targets) {
        for (const status of [301, 302, 303, 307, 308]) {
            receiver.answer = () => ({ status, headers: { Location } });
            assert.equal((await server.post(addons, { descriptorUrl: `${public_url()}/x` })).status, 422);
            assert.equal((await server.post(addons, { descriptor: descriptor(public_url()) })).status, 422);
        }
        const sent = await server.send('jira:issue_created', {});
        await until('dead', async () => (await server.deliveries_of(sent.id)).every((one) => one.state === 'dead'));
    }
    receiver.answer = () => undefined;
    assert.deepEqual(arrived, []);
});

check('an URL of a webhook cannot change the host', async () => {
    const urls = [`@127.0.0.1:${trap_port}/`, `:${trap_port}/`, `//127.0.0.1:${trap_port}/`, `/\\127.0.0.1:${trap_port}/`, `.loopback.test:${trap_port}/`, '/${issue.key}'];
    await server.install({ descriptor: descriptor(public_url(), { key: 'joined', modules: { webhooks: urls.map((url) => ({ event: 'jira:issue_deleted', url })) } }) });
    const before = receiver.calls.length;
    await server.send('jira:issue_deleted', { issue: { key: `@127.0.0.1:${trap_port}/` } });
    await until('six calls', () => receiver.calls.length >= before + urls.length);
    assert.deepEqual(arrived, []);
    await server.delete(`${addons}/joined`);
});

check('a name that changes its address between look-up and connection reaches nothing inside', async () => {
    for (let i = 0; i < 10; ++i) await server.post(addons, { descriptorUrl: `https://rebind-${i}.test:${trap_port}/x` });
    await server.post(addons, { descriptorUrl: `https://both.test:${trap_port}/x` });
    assert.ok(queries.includes('rebind-9.test') && queries.includes('both.test'));
    // The trap listens at the public address too; what may have arrived came there.
    assert.deepEqual(arrived.filter((address) => !address.startsWith('93.184.216.34')), []);
    arrived.length = 0;
});

check('UPM obeys the same rules', async () => {
    for (const target of [`http://127.0.0.1:${trap_port}/x`, `https://metadata.test:${trap_port}/x`, `https://[::1]:${trap_v6_port}/x`]) {
        const root = await server.get('/rest/plugins/1.0/');
        const started = await server.post(`/rest/plugins/1.0/?token=${root.headers['upm-token']}`, JSON.stringify({ pluginUri: target }), { headers: { 'Content-Type': 'application/vnd.atl.plugins.remote.install+json' } });
        assert.equal(started.status, 202, started.text);
        await until('its failure', async () => (await server.get(started.json.links.self)).json.status?.done);
    }
    assert.deepEqual(arrived, []);
});

check('a certificate of another name or an unknown authority is refused', async () => {
    // The IP stands in the certificate, the other name does not.
    assert.equal((await server.post(addons, { descriptor: descriptor(`https://93.184.216.34:${receiver.port}`, { key: 'by-address' }) })).status, 201);
    await server.delete(`${addons}/by-address`);
    const before = receiver.calls.length;
    const unknown = await dev.post(addons, { descriptor: descriptor(public_url()) });
    assert.equal(unknown.status, 422, '--dev verifies certificates too');
    assert.match(unknown.json.detail, /certificate|TLS/i);
    assert.equal(receiver.calls.length, before);
});

check('--dev opens loopback and private addresses, but not link-local ones and metadata services', async () => {
    for (const host of ['169.254.169.254', '169.254.170.2', '2852039166', 'metadata.test', '100.100.100.200', '192.0.0.192', '[fd00:ec2::254]', '[fe80::5]', '[64:ff9b::a9fe:a9fe]', '[::ffff:169.254.169.254]']) {
        for (const port of [trap_port, trap_v6_port]) {
            const answer = await dev.post(addons, { descriptorUrl: `http://${host}:${port}/x` });
            assert.equal(answer.status, 422, `${host}: ${answer.text}`);
            assert.deepEqual(arrived, [], `${host} was connected to in --dev`);
        }
    }
    for (const [host, port] of [['127.0.0.1', trap_port], ['10.0.0.5', trap_port], ['private.test', trap_port], ['[::1]', trap_v6_port], ['[fd00::1]', trap_v6_port]]) {
        await dev.post(addons, { descriptorUrl: `http://${host}:${port}/x` });
        assert.equal(arrived.length, 1, `${host} is reached in --dev`);
        arrived.length = 0;
    }
});

check('--allow-receiver opens what it names and nothing else', async () => {
    const some = await Server.start(program, { args: ['--allow-receiver', '10.0.0.0/8'], listen: '127.0.0.1:0' });
    await some.post(addons, { descriptorUrl: `http://10.0.0.5:${trap_port}/x` });
    assert.equal(arrived.length, 1);
    arrived.length = 0;
    for (const host of ['127.0.0.1', '192.168.1.1', '169.254.169.254', '93.184.216.34', 'mixed.test']) {
        const answer = await some.post(addons, { descriptorUrl: `http://${host}:${trap_port}/x` });
        assert.equal(answer.status, 422);
        // Of a name with several addresses an allowed one may be used.
        assert.deepEqual(arrived.filter((address) => !address.startsWith('10.')), [], host);
        arrived.length = 0;
    }
    assert.equal((await some.stop()).code, 0);
});

await run(setup);
