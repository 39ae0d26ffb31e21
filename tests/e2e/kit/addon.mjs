// An add-on of plain Node.js: serves its descriptor, keeps its secret, writes down every call.
import { createHash } from 'node:crypto';
import http from 'node:http';
import jwt from 'atlassian-jwt';
import { at_end, until } from './checks.mjs';

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/**
 * Listens on a free port of `host`. `answer(call)` gives {status, headers, body, after_ms, reset, hang} or nothing for 204.
 * A call is {method, url, path, query, headers, body (Buffer), at (ms)}.
 */
export class Receiver {
    constructor(answer = () => undefined) {
        this.calls = [];
        this.answer = answer;
        this.connections = 0;
        this.sockets = new Set();
        this.server = http.createServer((request, response) => this.#take(request, response));
        this.server.on('connection', (socket) => {
            this.connections += 1;
            this.sockets.add(socket);
            socket.on('close', () => this.sockets.delete(socket));
            socket.on('error', () => {});
        });
    }

    async listen({ host = '127.0.0.1', port = 0 } = {}) {
        await new Promise((done, refuse) => {
            this.server.on('error', refuse);
            this.server.listen(port, host, done);
        });
        this.port = this.server.address().port;
        this.origin = `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
        at_end(() => this.close());
        return this;
    }

    close() {
        for (const socket of this.sockets) socket.destroy();
        return new Promise((done) => this.server.close(() => done()));
    }

    #take(request, response) {
        const pieces = [];
        request.on('error', () => {});
        request.on('data', (piece) => pieces.push(piece));
        request.on('end', async () => {
            const url = new URL(request.url, 'http://receiver');
            const call = {
                method: request.method, url: request.url, path: url.pathname, query: url.searchParams,
                headers: request.headers, body: Buffer.concat(pieces), at: Date.now(),
            };
            this.calls.push(call);
            const answer = (await this.answer(call)) ?? { status: 204 };
            if (answer.hang) return;
            if (answer.after_ms) await new Promise((done) => setTimeout(done, answer.after_ms));
            if (answer.reset) return request.socket.resetAndDestroy();
            response.writeHead(answer.status ?? 200, answer.headers ?? {});
            response.end(answer.body);
        });
    }

    to(path) {
        return this.calls.filter((call) => call.path === path);
    }

    /** Waits until `count` calls that `wanted` (a path or a function) holds for are there, and gives them. */
    async wait_for(wanted, count = 1, options = {}) {
        const fits = typeof wanted === 'function' ? wanted : (call) => call.path === wanted;
        const found = () => this.calls.filter(fits);
        await until(() => `${count} calls (${wanted}), got ${found().length}; all calls: ${this.calls.map((call) => `${call.method} ${call.url}`).slice(-20).join(', ')}`,
            () => found().length >= count, options);
        return found();
    }
}

/** A receiver with a descriptor at /atlassian-connect.json and a lifecycle. */
export class AddOn extends Receiver {
    /**
     * `webhooks` as in a descriptor; `base` is a path below the origin; `more` are other members of the descriptor.
     * `answer` is asked for all calls but the descriptor's; `lifecycle` can be changed to let installs fail.
     */
    constructor({ key, webhooks = [], base = '', more = {}, answer } = {}) {
        super((call) => this.#answer(call));
        this.key = key;
        this.base = base;
        this.webhooks = webhooks;
        this.more = more;
        this.answer_call = answer ?? (() => undefined);
    }

    get base_url() {
        return this.origin + this.base;
    }
    get descriptor_url() {
        return `${this.base_url}/atlassian-connect.json`;
    }
    get descriptor() {
        return {
            key: this.key, name: `Add-on ${this.key}`, baseUrl: this.base_url, authentication: { type: 'jwt' }, scopes: ['READ'],
            lifecycle: { installed: '/installed', uninstalled: '/uninstalled', enabled: '/enabled', disabled: '/disabled' },
            apiMigrations: { 'signed-install': true },
            modules: { webhooks: this.webhooks }, ...this.more,
        };
    }

    async #answer(call) {
        if (call.path === `${this.base}/atlassian-connect.json`)
            return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(this.descriptor) };
        const answer = await this.answer_call(call);
        if (call.path === `${this.base}/installed` && (answer?.status ?? 204) < 300) {
            const body = JSON.parse(call.body);
            this.secret = body.sharedSecret;
            this.client_key = body.clientKey;
        }
        return answer;
    }

    /** The claims of a webhook's token, verified as a framework does: signature, times, query string hash. */
    claims_of(call) {
        const token = /^JWT (.+)$/.exec(call.headers.authorization ?? '')?.[1];
        if (!token) throw new Error(`no token on ${call.method} ${call.url}`);
        const claims = jwt.decodeSymmetric(token, this.secret, jwt.SymmetricAlgorithm.HS256);
        const now = call.at / 1000;
        if (claims.exp <= now || claims.iat > now + 60) throw new Error(`iat ${claims.iat}, exp ${claims.exp}, but it was ${now}`);
        const wanted = jwt.createQueryStringHash(jwt.fromMethodAndUrl(call.method, call.url), false, this.base_url);
        if (claims.qsh !== wanted) throw new Error(`qsh of ${call.url} is ${claims.qsh}, not ${wanted}`);
        if (claims.iss !== this.client_key) throw new Error(`iss is ${claims.iss}, not ${this.client_key}`);
        return claims;
    }
}
