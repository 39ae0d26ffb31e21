// Starts and ends the program under test, and speaks to it.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const alive = new Set();
process.on('exit', () => {
    for (const child of alive) child.kill('SIGKILL');
});

export function new_folder(name = 'posthorn-') {
    return mkdtempSync(join(tmpdir(), name));
}

/** One run of `posthorn serve`. */
export class Server {
    /** Starts it and waits for its ready line. Throws with its output when it ends before that. */
    static async start(program, { data = new_folder(), args = ['--dev'], env = {}, seconds = 30 } = {}) {
        const server = new Server(program, { data, args, env });
        await server.wait_until_ready(seconds);
        return server;
    }

    constructor(program, { data, args = ['--dev'], env = {}, listen = 'localhost:0' }) {
        this.program = program;
        this.data = data;
        this.output = '';
        this.errors = '';
        this.child = spawn(program, ['serve', ...args, '--listen', listen, '--data', data], {
            env: { ...process.env, ...env },
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        alive.add(this.child);
        this.child.stdout.on('data', (piece) => (this.output += piece));
        this.child.stderr.on('data', (piece) => (this.errors += piece));
        this.ended = new Promise((done) => {
            this.child.on('close', (code, signal) => {
                alive.delete(this.child);
                this.code = code;
                this.signal = signal;
                done({ code, signal, output: this.output, errors: this.errors });
            });
        });
    }

    async wait_until_ready(seconds = 30) {
        const end = Date.now() + seconds * 1000;
        for (;;) {
            const ready = /^posthorn ready on (\S+)$/m.exec(this.output);
            if (ready) {
                this.url = ready[1];
                this.port = Number(new URL(this.url).port);
                this.admin_key = /^posthorn admin key: (\S+)$/m.exec(this.output)?.[1];
                return;
            }
            if (this.code !== undefined || this.signal !== undefined)
                throw new Error(`the server ended with ${this.code ?? this.signal} before it was ready:\n${this.output}${this.errors}`);
            if (Date.now() > end) throw new Error(`the server was not ready after ${seconds} s:\n${this.output}${this.errors}`);
            await Promise.race([this.ended, new Promise((done) => setTimeout(done, 10))]);
        }
    }

    get pid() {
        return this.child.pid;
    }

    /** Ends it and returns how it ended. */
    async stop(signal = 'SIGTERM') {
        if (this.code === undefined && this.signal === undefined) this.child.kill(signal);
        return this.ended;
    }

    /**
     * One request; `path` below the server's URL. `body` is sent as it is if it is a string or a Buffer, else as JSON.
     * Gives {status, headers, text, json}.
     */
    call(method, path, { body, headers = {}, key = this.admin_key, host = '127.0.0.1', agent } = {}) {
        const is_raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
        const bytes = body === undefined ? undefined : Buffer.from(is_raw ? body : JSON.stringify(body));
        const all = { ...headers };
        const has = (name) => Object.keys(all).some((given) => given.toLowerCase() === name);
        if (bytes && !has('content-type')) all['Content-Type'] = 'application/json';
        if (bytes && !has('transfer-encoding')) all['Content-Length'] = bytes.length;
        if (key && !has('authorization')) all.Authorization = `Bearer ${key}`;
        return new Promise((done, refuse) => {
            const request = http.request({ host, port: this.port, method, path, headers: all, agent }, (response) => {
                const pieces = [];
                response.on('data', (piece) => pieces.push(piece));
                response.on('error', refuse);
                response.on('end', () => {
                    const text = Buffer.concat(pieces).toString('utf8');
                    let json;
                    if (/json$|json;/.test(response.headers['content-type'] ?? '') && !/ndjson/.test(response.headers['content-type']))
                        json = JSON.parse(text);
                    done({ status: response.statusCode, headers: response.headers, text, json });
                });
            });
            request.on('error', refuse);
            request.end(bytes);
        });
    }

    get(path, options) {
        return this.call('GET', path, options);
    }
    post(path, body, options) {
        return this.call('POST', path, { ...options, body });
    }
    patch(path, body, options) {
        return this.call('PATCH', path, { ...options, body });
    }
    delete(path, options) {
        return this.call('DELETE', path, options);
    }

    /** Installs an add-on and gives the answer's body; throws unless it is 201 or 200. */
    async install(body, { tenant = 'jira', ...options } = {}) {
        const answer = await this.post(`/api/v1/tenants/${tenant}/addons`, body, options);
        if (answer.status !== 201 && answer.status !== 200) throw new Error(`the install was answered ${answer.status}: ${answer.text}`);
        return answer.json;
    }

    /** Posts an envelope and gives the 202's body; throws unless it is 202. */
    async send(event, payload, { tenant = 'jira', ...more } = {}) {
        const answer = await this.post(`/api/v1/tenants/${tenant}/events`, { event, payload, ...more });
        if (answer.status !== 202) throw new Error(`the event was answered ${answer.status}: ${answer.text}`);
        return answer.json;
    }

    /** All items of a list, page by page. */
    async list(path, { limit = 100, ...options } = {}) {
        const items = [];
        const mark = path.includes('?') ? '&' : '?';
        for (let cursor = ''; cursor !== null; ) {
            const answer = await this.get(`${path}${mark}limit=${limit}${cursor && `&cursor=${cursor}`}`, options);
            if (answer.status !== 200) throw new Error(`the list was answered ${answer.status}: ${answer.text}`);
            items.push(...answer.json.items);
            cursor = answer.json.next;
        }
        return items;
    }

    deliveries_of(event_id, tenant = 'jira') {
        return this.get(`/api/v1/tenants/${tenant}/events/${event_id}`).then((answer) => answer.json.deliveries);
    }
}
