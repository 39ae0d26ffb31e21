// Bad receivers beside a good one: the good one gets everything at once, the bad ones' failures are told for what they
// are, memory stays bounded, and what waited arrives once they are well again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { AddOn } from '../kit/addon.mjs';
import { at_end, check, run, until } from '../kit/checks.mjs';
import { Server } from '../kit/server.mjs';
import { BadReceiver, kind_names } from './bad_receiver.mjs';

const program = process.argv[2];
const events = 30;
const settings = { retry: { waits: Array.from({ length: 60 }, () => '1s'), jitter: 0.1 }, timeouts: { connect: '1s', answer: '2s' } };

let server;
let good;
const bad = new Map();
const sent = [];

/** Without a lifecycle: a receiver that hangs could not even be installed. */
function descriptor(key, base_url) {
    return {
        key, name: key, baseUrl: base_url, authentication: { type: 'none' }, scopes: ['READ'],
        modules: { webhooks: [{ event: 'jira:issue_created', url: '/hook?key=${issue.key}' }] },
    };
}

const key_of = (kind) => kind.toLowerCase().replace(/[^a-z0-9]+/g, '-');
const resident_kb = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);

async function setup() {
    at_end(() => server?.stop('SIGKILL'));
    server = await Server.start(program);
    good = await new AddOn({ key: 'good', webhooks: [{ event: 'jira:issue_created', url: '/hook?key=${issue.key}' }] }).listen();
    await server.install({ descriptor: good.descriptor });
    for (const kind of kind_names) {
        const receiver = await new BadReceiver(kind).listen();
        bad.set(kind, receiver);
        await server.install({ descriptor: descriptor(key_of(kind), receiver.origin), settings });
    }
}

check('the good receiver gets every event while all others misbehave', async () => {
    for (let number = 1; number <= events; ++number) sent.push(await server.send('jira:issue_created', { issue: { key: `ABC-${number}` } }));
    await good.wait_for('/hook', events, { seconds: 10 });
    for (const kind of kind_names) await until(`a try at the receiver that ${kind}`, () => bad.get(kind).tries > 0);
});

const causes = {
    hangs: ['answer_timeout'],
    dribbles: ['answer_timeout', 'broken'],
    resets: ['broken'],
    'answers 100 MB': ['status 503'],
    'answers garbage': ['broken'],
    'closes half-way': ['broken'],
    'never ends its headers': ['broken'],
};
for (const [kind, allowed] of Object.entries(causes)) {
    check(`the history says what is wrong with a receiver that ${kind}`, async () => {
        const path = `/api/v1/tenants/jira/deliveries?addon=${key_of(kind)}&event=jira:issue_created`;
        const tried = await until(`an attempt at the one that ${kind}`, async () => (await server.list(path)).find((one) => one.attemptCount > 0));
        const { json } = await server.get(`/api/v1/tenants/jira/deliveries/${tried.id}`);
        const attempt = json.attempts[0];
        const cause = attempt.status ? `status ${attempt.status}` : attempt.failure;
        assert.ok(allowed.includes(cause), `the cause is ${cause}; the attempt: ${JSON.stringify(attempt).slice(0, 300)}`);
        assert.equal(json.state, 'retrying');
    });
}

check('memory stays bounded', async () => {
    assert.ok(resident_kb() < 200 * 1024, `${resident_kb()} KB are resident`);
});

check('an add-on that moves to another address is found there, and nothing goes to the old one', async () => {
    const moved = await new BadReceiver('resets').listen();
    moved.heal();
    const old = bad.get('resets');
    await server.install({ descriptor: descriptor(key_of('resets'), moved.origin), settings });
    const tries_then = old.tries;
    await until(() => `the calls at the new address, ${moved.identifiers.length} of ${events}`, () => new Set(moved.identifiers).size >= events, { seconds: 60 });
    assert.ok(old.tries - tries_then <= 20, `the old address had ${old.tries - tries_then} more calls`);
    bad.delete('resets');
}, { seconds: 70 });

check('once the receivers are well again everything arrives', async () => {
    for (const receiver of bad.values()) receiver.heal();
    for (const [kind, receiver] of bad)
        await until(() => `the calls of the one that ${kind}: ${new Set(receiver.identifiers).size} of ${events}`, () => new Set(receiver.identifiers).size >= events, { seconds: 100 });
    for (const { id } of sent)
        for (const delivery of await server.deliveries_of(id))
            await until(`${delivery.id} to be delivered`, async () => (await server.get(`/api/v1/tenants/jira/deliveries/${delivery.id}`)).json.state === 'delivered');
}, { seconds: 120 });

await run(setup);
