// posthorn inspect, posthorn listen, posthorn delivery tail: live on the terminal, over restarts of the server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import process from 'node:process';
import { AddOn, Receiver } from '../kit/addon.mjs';
import { at_end, check, run, until } from '../kit/checks.mjs';
import { Server, new_folder } from '../kit/server.mjs';

const program = process.argv[2];
let server;
const data = new_folder();

/** A command under way; `lines` fills with what it prints. */
class Command {
    constructor(...words) {
        this.text = '';
        this.errors = '';
        this.child = spawn(program, words, { env: { ...process.env, POSTHORN_SERVER: server.url, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
        this.child.stdout.on('data', (piece) => (this.text += piece));
        this.child.stderr.on('data', (piece) => (this.errors += piece));
        this.ended = new Promise((done) => this.child.on('close', (code, signal) => done({ code, signal })));
        at_end(() => this.child.kill('SIGKILL'));
    }
    get json() {
        return this.text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
    }
    wait_for(wanted) {
        return until(() => `${wanted}; printed: ${this.text}${this.errors}`, () => wanted.test(this.text + this.errors), { seconds: 20 });
    }
    async stop() {
        this.child.kill('SIGINT');
        return (await this.ended).code;
    }
}

async function start(listen) {
    const started = new Server(program, { data, args: ['--dev'], listen });
    at_end(() => started.stop());
    await started.wait_until_ready();
    return started;
}
/** Ends the server as if it had crashed, and starts it again at the same place. */
async function restart() {
    const { port } = server;
    await server.stop('SIGKILL');
    server = await start(`127.0.0.1:${port}`);
}
async function setup() {
    server = await start('127.0.0.1:0');
}

check('inspect prints the page, each call and its body, over a restart, and cleans up', async () => {
    const inspect = new Command('inspect', '--ttl', '1h');
    await inspect.wait_for(/^page +http:\/\/127\.0\.0\.1:\d+\/inspect\/[0-9a-f]{32}$/m);
    await inspect.wait_for(/✔ installed {2}token ok \(install key/);
    await server.send('jira:issue_created', { issue: { key: 'T-1' }, n: 1.0 });
    await inspect.wait_for(/✔ jira:issue_created {2}token ok \(shared secret\)/);
    await inspect.wait_for(/"key": "T-1"/);
    assert.ok(!/sharedSecret": "(?!\*\*\*)/.test(inspect.text), 'no secret');
    await restart();
    await inspect.wait_for(/connecting again/);
    await server.send('jira:issue_updated', { issue: { key: 'T-2' } });
    await inspect.wait_for(/"key": "T-2"/);
    assert.equal(inspect.text.match(/✔ jira:issue_created/g).length, 1, 'nothing twice');
    assert.equal(await inspect.stop(), 0, inspect.errors);
    assert.deepEqual((await server.get('/api/v1/inspectors')).json.items, []);
    assert.deepEqual((await server.get('/api/v1/tenants/jira/addons')).json.items, []);
});

check('with --json a line is a call; --keep and --secret go on with the same inspector', async () => {
    const first = new Command('inspect', '--json', '--keep', '--elsewhere');
    await first.wait_for(/"inspector"/);
    const { inspector } = first.json[0];
    const path = `/inspector/${inspector.id}/events/a`;
    assert.equal((await server.post(path, { a: 1 }, { key: null })).status, 200);
    await first.wait_for(/"n":1/);
    assert.deepEqual([first.json[1].n, first.json[1].name, first.json[1].body, first.json[1].token.present], [1, 'a', '{"a":1}', false]);
    assert.equal(await first.stop(), 0);
    await server.post(path, { a: 2 }, { key: null });
    const second = new Command('inspect', '--json', '--secret', inspector.secret);
    await second.wait_for(/"n":2/);
    assert.deepEqual(second.json.slice(1).map((call) => call.n), [1, 2]);
    // The end is visible.
    await server.delete(`/api/v1/inspectors/${inspector.secret}`);
    assert.equal((await second.ended).code, 0);
    assert.match(second.errors, /The inspector has ended: deleted/);
    const gone = new Command('inspect', '--secret', inspector.secret);
    assert.equal((await gone.ended).code, 1);
    assert.match(gone.errors, /has ended/);
});

check('a program behind listen gets a secret of its own, with which it checks what comes', async () => {
    // An add-on of plain Node.js that keeps the secret of `installed` and verifies as a framework does.
    const local = await new AddOn({ key: 'local', base: '/app' }).listen();
    const listen = new Command('listen', '--to', local.base_url, '--keep', '--json');
    await listen.wait_for(/"inspector"/);
    const [{ inspector }] = listen.json;
    await local.wait_for('/app/installed');
    assert.match(local.secret, /^[0-9a-f]{64}$/);
    await server.send('jira:issue_created', { issue: { key: 'V-1' } });
    const [call] = await local.wait_for('/app/events/jira:issue_created');
    assert.ok(local.claims_of(call).qsh);
    assert.equal(await listen.stop(), 0, listen.errors);
    // Whoever goes on with the inspector goes on with the secret.
    const { secret, calls } = local;
    calls.length = 0;
    const again = new Command('listen', '--to', local.base_url, '--secret', inspector.secret);
    const [repeated] = await local.wait_for('/app/events/jira:issue_created');
    assert.equal(local.secret, secret);
    assert.ok(local.claims_of(repeated).qsh);
    assert.ok(!(listen.text + again.text).includes(secret), 'it is not printed');
    assert.equal(await again.stop(), 0, again.errors);
    assert.equal((await server.delete(`/api/v1/inspectors/${inspector.secret}`)).status, 204);
});

check('listen passes each call on as it came, and loses none while server and network come and go', async () => {
    let status = 200;
    const target = await new Receiver(() => ({ status })).listen();
    const listen = new Command('listen', '--to', `${target.origin}/app/`, '--json');
    await listen.wait_for(/"inspector"/);
    await target.wait_for('/app/installed');
    const sent = [];
    for (let i = 0; i < 30; ++i) {
        sent.push((await server.send('jira:issue_created', { issue: { key: `L-${i}` } })).id);
        if (i === 10 || i === 20) await restart();
    }
    const created = '/app/events/jira:issue_created';
    await target.wait_for((call) => call.path === created && call.query.get('issue.key') === 'L-29', 1, { seconds: 40 });
    const keys = new Set(target.to(created).map((call) => call.query.get('issue.key')));
    assert.deepEqual([...keys].sort(), Array.from({ length: 30 }, (_, i) => `L-${i}`).sort());
    const [one] = target.to(created);
    assert.equal(one.method, 'POST');
    assert.match(one.headers.authorization, /^JWT /);
    assert.equal(one.headers.host, new URL(target.origin).host);
    assert.equal(JSON.parse(one.body).webhookEvent, 'jira:issue_created');
    status = 503;
    await server.send('jira:issue_created', { issue: { key: 'L-503' } });
    await listen.wait_for(/"status":503/);
    await target.close();
    await server.send('jira:issue_created', { issue: { key: 'L-refused' } });
    await listen.wait_for(/"status":null,"failure":"[^"]*refused/);
    assert.equal(await listen.stop(), 0, listen.errors);
    assert.deepEqual((await server.get('/api/v1/inspectors')).json.items, []);
}, { seconds: 120 });

check('delivery tail goes on where it was when its connection breaks', async () => {
    const addon = await new AddOn({ key: 'tailed', webhooks: [{ event: 'jira:issue_created', url: '/hook' }] }).listen();
    await server.install({ descriptor: addon.descriptor });
    const tail = new Command('delivery', 'tail', '--json');
    await server.send('jira:issue_created', {});
    // It may begin a moment later than we.
    await until('the first word', async () => {
        await server.send('jira:issue_created', {});
        return tail.text.includes('delivery.delivered');
    }, { every: 200 });
    await restart();
    await tail.wait_for(/connecting again/);
    await tail.wait_for(/stream\.gap/);
    const { id } = await server.send('jira:issue_created', {});
    await tail.wait_for(new RegExp(`"delivery.delivered","data":[^\\n]*${id}`));
    tail.child.kill('SIGINT');
    await tail.ended;
});

check('wrong usage is told', async () => {
    for (const [words, told] of [
        [['listen'], /needs --to/],
        [['listen', '--to', 'nonsense'], /is no URL/],
        [['listen', '--to', 'http://localhost/?a=b'], /is a base/],
    ]) {
        const command = new Command(...words);
        assert.equal((await command.ended).code, 2);
        assert.match(command.errors, told);
    }
    for (const words of [['inspect', '--help'], ['listen', '--help']]) {
        const help = new Command(...words);
        assert.equal((await help.ended).code, 0);
        assert.match(help.text, /posthorn (inspect|listen)/);
    }
});

await run(setup);
