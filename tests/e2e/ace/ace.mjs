// Posthorn against a real add-on framework: installs, every event type of both products, URL variables, retries, UPM.
import assert from 'node:assert/strict';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, run, sleep, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';
import { AceAddOn, ace_version } from './ace_addon.mjs';

const program = process.argv[2];
const products = ['jira', 'confluence'];
const user = { id: 'fred smith', key: 'ug:12-34', accountId: '5b10a2844c20165700ede21g', displayName: 'Fred "Ö" Smith' };
let server;
const addons = {};
const types = {};

// ACE says at length that user_id is old.
console.warn = () => {};

function variables_url(type) {
    const query = type.variables.map((name, i) => `v${i}=\${${name}}`).join('&');
    return `/hear/${encodeURIComponent(type.event)}${query && `?${query}`}`;
}

async function setup() {
    console.log(`atlassian-connect-express ${ace_version}, Node.js ${process.version}`);
    server = await Server.start(program);
    at_end(() => server.stop());
    process.env.CONNECT_KEYS_CDN_URL = `${server.url}/install-keys`;
    for (const product of products) {
        const list = await server.list(`/api/v1/event-types?product=${product}`);
        types[product] = await Promise.all(list.map(async ({ event }) => {
            const answer = await server.get(`/api/v1/event-types/${encodeURIComponent(event)}?product=${product}`);
            assert.equal(answer.status, 200, answer.text);
            return answer.json;
        }));
    }
    assert.ok(types.jira.length > 30 && types.confluence.length > 30, 'the catalogue is there');
    // The second add-on stands below a path, which the hash must leave out.
    for (const [product, base] of [['jira', ''], ['confluence', '/add-ons/wiki']]) {
        addons[product] = await new AceAddOn({
            key: `ace-${product}`, product, base,
            webhooks: types[product].flatMap((type, i) => [
                { event: type.event, url: `/webhooks/${i}` },
                { event: type.event, url: variables_url(type) },
                { event: type.event, url: `/hear/bare/${i}`, excludeBody: true },
            ]),
        }).start();
    }
}

for (const product of products) {
    check(`${product}: \`installed\` is signed RS256 and passes ACE's own verification`, async () => {
        const addon = addons[product];
        const installed = await server.install({ descriptorUrl: addon.descriptor_url, user }, { tenant: product });
        assert.equal(installed.state, 'enabled');
        assert.equal(installed.webhooks.length, addon.webhooks.length);
        assert.deepEqual(installed.warnings, []);
        const call = addon.received.find((one) => one.url.startsWith(`${addon.base}/installed`));
        assert.equal(call.status, 204);
        const header = JSON.parse(Buffer.from(call.headers.authorization.slice(4).split('.')[0], 'base64url'));
        assert.equal(header.alg, 'RS256');
        const info = await addon.client_info(installed.clientKey);
        assert.equal(info.key, addon.key);
        assert.equal(info.eventType, 'installed');
        assert.equal(info.productType, product);
        assert.ok(info.sharedSecret.length >= 43);
        addon.client_key = installed.clientKey;
    });

    check(`${product}: \`enabled\` and connect_addon_enabled come after the install, in the user's name`, async () => {
        const addon = addons[product];
        const [enabled] = await addon.wait_for((call) => call.path === '/enabled');
        assert.equal(enabled.body.eventType, 'enabled');
        assert.equal(enabled.body.sharedSecret, undefined);
        assert.equal(enabled.query.user_id, user.id);
        assert.equal(enabled.query.user_key, user.key);
        assert.equal(enabled.context.userAccountId, user.accountId);
        // All three, so that none comes among the calls of the next check.
        const at = types[product].findIndex(({ event }) => event === 'connect_addon_enabled');
        const paths = [`/webhooks/${at}`, '/hear/connect_addon_enabled', `/hear/bare/${at}`];
        const calls = await addon.wait_for((call) => paths.includes(call.path), paths.length);
        const webhook = calls.find((call) => call.path === paths[0]);
        assert.equal(webhook.body.webhookEvent, 'connect_addon_enabled');
        assert.equal(webhook.body.key, addon.key);
        assert.equal(webhook.body.sharedSecret, undefined);
    });

    check(`${product}: every event type passes ACE's authentication, with body, with variables and without body`, async () => {
        const addon = addons[product];
        const posted = types[product].filter(({ group }) => group !== 'addon');
        addon.calls.length = addon.received.length = 0;
        for (const type of posted) {
            const sent = await server.send(type.event, type.sample, { tenant: product, context: type.context ?? {}, user });
            assert.equal(sent.event, type.event);
            assert.equal(sent.deliveries, 3, `${type.event} goes to its three webhooks`);
        }
        await addon.wait_for(() => true, posted.length * 3);
        for (const call of addon.received) assert.equal(call.status, 204, `${call.url} was answered ${call.status}`);
        for (const [i, type] of types[product].entries()) {
            if (type.group === 'addon') continue;
            const of = (path) => addon.calls.filter((call) => call.path === path);
            const [full] = of(`/webhooks/${i}`);
            assert.equal(full.event, type.event);
            assert.equal(full.body.webhookEvent, type.event);
            assert.equal(typeof full.body.timestamp, 'number');
            for (const [name, value] of Object.entries(type.sample)) assert.deepEqual(full.body[name], value, `${type.event}: ${name}`);
            const [bare] = of(`/hear/bare/${i}`);
            assert.equal(bare.headers['content-type'], undefined);
            assert.equal(bare.headers['content-length'], '0');
            const [with_variables] = of(`/hear/${encodeURIComponent(type.event)}`);
            for (const [j, name] of type.variables.entries()) {
                const value = with_variables.query[`v${j}`];
                assert.ok(value, `${type.event}: \${${name}} has the value '${value}' in ${with_variables.url}`);
                if (type.context?.[name] !== undefined) assert.equal(value, String(type.context[name]), `${type.event}: \${${name}}`);
            }
            for (const call of [full, bare, with_variables]) {
                assert.equal(call.query.user_id, user.id);
                assert.equal(call.query.user_key, user.key);
                assert.equal(call.context.userAccountId, user.accountId);
                assert.equal(call.context.clientKey, addon.client_key);
                assert.equal(call.headers['atlassian-connect-version'], '2.0.0');
                assert.match(call.headers['user-agent'], /^Posthorn\//);
                assert.equal(call.headers['x-atlassian-webhook-flow'], 'Primary');
            }
        }
        const identifiers = new Set(addon.calls.map((call) => call.headers['x-atlassian-webhook-identifier']));
        assert.equal(identifiers.size, posted.length * 3, 'every delivery has an identifier of its own');
        assert.equal(addon.calls.length, identifiers.size);
    }, { seconds: 90 });
}

check('values of variables are encoded, so that nothing leaves its place and ACE still agrees with the hash', async () => {
    const addon = await new AceAddOn({
        key: 'ace-variables', product: 'jira', webhooks: [
            { event: 'jira:issue_created', url: '/hear/${issue.key}/end?key=${issue.key}&project={project.key}&id=${issue.id}&x=*%20+&none=${project.id}' },
            { event: 'jira:issue_created', url: '/hear/names?user_id=me&list=b&list=a&list=é' },
        ],
    }).start();
    const installed = await server.install({ descriptorUrl: addon.descriptor_url });
    addon.calls.length = 0;
    const key = "a/b?c=d&e#f +*~%2F'()!\"é😀";
    await server.send('jira:issue_created', { issue: { id: 10002, key, fields: { project: { key: 'P Q', id: null } } } }, { user: { id: 'x', key: 'k' } });
    const [call] = await addon.wait_for((one) => one.path.startsWith('/hear/') && one.path.endsWith('/end'));
    assert.equal(decodeURIComponent(call.path), `/hear/${key}/end`);
    assert.equal(call.query.key, key);
    assert.equal(call.query.project, 'P Q');
    assert.equal(call.query.id, '10002');
    assert.equal(call.query.x, '*  ');
    assert.equal(call.query.none, '');
    const [names] = await addon.wait_for((one) => one.path === '/hear/names');
    assert.equal(names.query.user_id, 'me', 'a user_id of the template stands');
    assert.equal(names.query.user_key, 'k');
    assert.ok(names.url.startsWith('/hear/names?user_id=me&list=b&list=a&list=%C3%A9&'), names.url);
    assert.equal(installed.warnings.length, 0, JSON.stringify(installed.warnings));
    assert.equal((await server.delete('/api/v1/tenants/jira/addons/ace-variables')).status, 204);
});

check('a 503 is tried again with a fresh token, the same identifier and a counter', async () => {
    const addon = addons.jira;
    const settings = { retry: { waits: ['100ms', '100ms', '100ms'], jitter: 0 } };
    const patched = await server.patch('/api/v1/tenants/jira/addons/ace-jira', settings);
    assert.equal(patched.status, 200, patched.text);
    addon.calls.length = addon.received.length = 0;
    let refusals = 0;
    addon.answer = (request) => (request.path.startsWith('/webhooks/') && refusals++ < 2 ? 503 : 204);
    const sent = await server.send('jira:issue_updated', { issue: { key: 'A-1' } }, { user });
    const [call] = await addon.wait_for((one) => one.path.startsWith('/webhooks/'));
    addon.answer = () => 204;
    assert.equal(call.headers['x-atlassian-webhook-retry'], '2');
    const tries = addon.received.filter((one) => one.url.startsWith('/webhooks/'));
    assert.deepEqual(tries.map((one) => one.status), [503, 503, 204]);
    assert.deepEqual(tries.map((one) => one.headers['x-atlassian-webhook-retry']), [undefined, '1', '2']);
    assert.equal(new Set(tries.map((one) => one.headers['x-atlassian-webhook-identifier'])).size, 1);
    const states = await until('three delivered', async () => {
        const list = await server.deliveries_of(sent.id);
        return list.every(({ state }) => state === 'delivered') && list;
    });
    assert.equal(states.length, 3);
});

check('the body is the payload byte for byte, behind the members that are added', async () => {
    const addon = addons.confluence;
    addon.calls.length = 0;
    const inner = '"z":1.0,"a":1e5,"n":12345678901234567890,"e":"\\u00e9\\/é","nested":{"b":[ 1.50 , -0.0,{"y":null,"x":"" } ],"a":1E+2},"empty":{}';
    const answer = await server.post('/api/v1/tenants/confluence/events', `{"payload" : {${inner}} ,"event":"page_created","timestamp":1500000000123}`);
    assert.equal(answer.status, 202, answer.text);
    const [call] = await addon.wait_for((one) => one.path.startsWith('/webhooks/') && one.event === 'page_created');
    const text = call.raw.toString('utf8');
    assert.ok(text.endsWith(`,${inner}}`), text);
    const added = text.slice(0, text.length - inner.length - 2) + '}';
    assert.deepEqual(JSON.parse(added), { timestamp: 1500000000123, webhookEvent: 'page_created' });

    // What has both already is not touched at all.
    const whole = `{ "webhookEvent":"page_created" ,"x":1.0, "timestamp":12 }`;
    addon.calls.length = 0;
    assert.equal((await server.post('/api/v1/tenants/confluence/events', whole)).status, 202);
    const [same] = await addon.wait_for((one) => one.path.startsWith('/webhooks/') && one.event === 'page_created');
    assert.equal(same.raw.toString('utf8'), whole);
});

check('a second install is an update: the secret stays, the new webhooks hold', async () => {
    const addon = addons.jira;
    const before = await addon.client_info(addon.client_key);
    addon.addon.descriptor.modules.webhooks.push({ event: 'jira:issue_deleted', url: '/hear/updated' });
    const answer = await server.post('/api/v1/tenants/jira/addons', { descriptorUrl: addon.descriptor_url });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.clientKey, addon.client_key);
    assert.equal((await addon.client_info(addon.client_key)).sharedSecret, before.sharedSecret);
    addon.calls.length = 0;
    const sent = await server.send('jira:issue_deleted', { issue: { key: 'A-1' } });
    assert.equal(sent.deliveries, 4);
    await addon.wait_for((call) => call.path === '/hear/updated');
});

check('a new secret is handed over by rotation, and calls are signed with it', async () => {
    const addon = addons.jira;
    const before = await addon.client_info(addon.client_key);
    const answer = await server.post('/api/v1/tenants/jira/addons/ace-jira/rotate-secret');
    assert.equal(answer.status, 200, answer.text);
    assert.notEqual((await addon.client_info(addon.client_key)).sharedSecret, before.sharedSecret);
    addon.calls.length = 0;
    await server.send('jira:issue_deleted', { issue: { key: 'A-2' } });
    await addon.wait_for((call) => call.path === '/hear/updated');
});

check('`disabled` and connect_addon_disabled reach ACE, then no event until it is enabled again', async () => {
    const addon = addons.jira;
    addon.calls.length = 0;
    assert.equal((await server.post('/api/v1/tenants/jira/addons/ace-jira/disable')).json.state, 'disabled');
    await addon.wait_for((call) => call.path === '/disabled');
    await addon.wait_for((call) => call.event === 'connect_addon_disabled');
    assert.equal((await server.send('jira:issue_deleted', { issue: { key: 'A-3' } })).deliveries, 0);
    addon.calls.length = 0;
    assert.equal((await server.post('/api/v1/tenants/jira/addons/ace-jira/enable')).json.state, 'enabled');
    await addon.wait_for((call) => call.path === '/enabled');
    assert.equal((await server.send('jira:issue_deleted', { issue: { key: 'A-4' } })).deliveries, 4);
    await addon.wait_for((call) => call.path === '/hear/updated');
});

check('`uninstalled` passes ACE\'s verification, after the disabled calls, and is the last call', async () => {
    for (const product of products) {
        const addon = addons[product];
        addon.calls.length = addon.received.length = 0;
        assert.equal((await server.delete(`/api/v1/tenants/${product}/addons/ace-${product}`)).status, 204);
        const paths = addon.calls.map((call) => call.path);
        assert.equal(paths.at(-1), '/uninstalled', `${paths}; ${addon.complaints.slice(-3)}`);
        assert.ok(paths.includes('/disabled'));
        assert.equal(addon.calls.at(-1).body.eventType, 'uninstalled');
        assert.equal(addon.calls.at(-1).body.sharedSecret, undefined);
        const count = addon.received.length;
        assert.equal((await server.send(product === 'jira' ? 'jira:issue_deleted' : 'page_created', {}, { tenant: product })).deliveries, 0);
        await sleep(200);
        assert.equal(addon.received.length, count, 'nothing is sent after the uninstall');
    }
});

check('ACE registers itself through UPM, and leaves the same way', async () => {
    for (const [product, path] of [['jira', ''], ['confluence', '/t/confluence']]) {
        const addon = await new AceAddOn({
            key: `upm-${product}`, product, hosts: [`http://admin:admin@localhost:${server.port}${path}`],
            webhooks: [{ event: product === 'jira' ? 'jira:issue_created' : 'page_created', url: '/webhooks/0' }],
        }).start();
        const registered = new Promise((done) => addon.addon.once('addon_registered', done));
        await addon.addon.register();
        await registered;
        assert.equal(Object.keys(addon.addon._registrations).length, 1, addon.complaints.join('\n'));
        const shown = await server.get(`/api/v1/tenants/${product}/addons/upm-${product}`);
        assert.equal(shown.json.state, 'enabled');
        await server.send(addon.webhooks[0].event, {}, { tenant: product });
        await addon.wait_for((call) => call.path === '/webhooks/0');
        await addon.addon.deregister();
        const gone = await server.get(`/api/v1/tenants/${product}/addons/upm-${product}`);
        assert.ok(gone.status === 404 || gone.json.state === 'uninstalled', gone.text);
    }
});

check('UPM says why an install failed, and a token is good once', async () => {
    const root = await server.get('/rest/plugins/1.0/');
    assert.equal(root.status, 200);
    const token = root.headers['upm-token'];
    const headers = { 'Content-Type': 'application/vnd.atl.plugins.remote.install+json' };
    const install = () => server.post(`/rest/plugins/1.0/?token=${token}`, JSON.stringify({ pluginUri: `${addons.jira.base_url}/not-there.json` }), { headers });
    const first = await install();
    assert.equal(first.status, 202, first.text);
    assert.equal(first.json.status.done, false);
    assert.equal(typeof first.json.pingAfter, 'number');
    const failed = await until('the install to fail', async () => {
        const answer = await server.get(first.json.links.self);
        return answer.json.status?.done && answer.json.status;
    });
    assert.match(failed.errorMessage, /404/);
    assert.ok(failed.statusCode >= 400);
    const second = await install();
    assert.ok(second.status >= 400 && second.status < 500, `a token used twice was answered ${second.status}`);
});

check('a plain Node.js add-on verifies with atlassian-jwt', async () => {
    const addon = await new AddOn({
        key: 'plain', base: '/app', webhooks: [{ event: 'jira:issue_created', url: '/hook?key=${issue.key}&a=2&a=1' }],
        more: { apiMigrations: { 'signed-install': true } },
    }).listen();
    await server.install({ descriptorUrl: addon.descriptor_url, user });
    await server.send('jira:issue_created', { issue: { key: 'ABC-1' } }, { user });
    const [call] = await addon.wait_for('/app/hook');
    const claims = addon.claims_of(call);
    assert.equal(claims.sub, user.accountId);
    assert.deepEqual(claims.context, { user: { userKey: user.key, username: user.id, displayName: user.displayName } });
    assert.equal(claims.exp - claims.iat, 180);
    await server.delete('/api/v1/tenants/jira/addons/plain');
});

check('an add-on of 2015 that knows no signed installs is installed as it expects', async () => {
    const addon = await new AddOn({
        key: 'old', webhooks: [{ event: 'version_created', url: '/hook?version={version.id}' }], more: { apiMigrations: undefined },
        // ACE before 7.4: an unknown host's first install comes without a token, and any token it can't check is refused.
        answer: (call) => (call.path === '/installed' && call.headers.authorization ? { status: 401 } : undefined),
    }).listen();
    const installed = await server.install({ descriptorUrl: addon.descriptor_url });
    assert.equal(addon.to('/installed').length, 2);
    assert.match(JSON.stringify(installed), /legacy/);
    await server.send('version_created', { version: { id: 7 } });
    const [call] = await addon.wait_for('/hook');
    assert.equal(addon.claims_of(call).iss, addon.client_key);
    assert.equal(call.query.get('version'), '7');
    assert.equal(JSON.parse(call.body).webhookEvent, 'jira:version_created');
    await server.delete('/api/v1/tenants/jira/addons/old');
});

check('an add-on with authentication `none` gets no Authorization header', async () => {
    const addon = await new AddOn({
        key: 'open', webhooks: [{ event: 'jira:issue_created', url: '/hook' }],
        more: { authentication: { type: 'none' }, lifecycle: { enabled: '/enabled' } },
    }).listen();
    await server.install({ descriptorUrl: addon.descriptor_url });
    await server.send('jira:issue_created', { issue: { key: 'ABC-1' } }, { user });
    for (const path of ['/hook', '/enabled']) {
        const [call] = await addon.wait_for(path);
        assert.equal(call.headers.authorization, undefined);
    }
    await server.delete('/api/v1/tenants/jira/addons/open');
});

await run(setup);
