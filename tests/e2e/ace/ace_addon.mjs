// An express app on ACE, as its template makes one. ACE's own middleware verifies every call; nothing here looks at a token.
import http from 'node:http';
import { createRequire } from 'node:module';
import ace from 'atlassian-connect-express';
import express from 'express';
import { at_end, until } from '../kit/checks.mjs';

const require = createRequire(import.meta.url);

/** ACE's store in a map: what its adapters for databases do, without the databases. */
class MapStore {
    constructor() {
        this.values = new Map();
    }
    get(key, client_key) {
        return Promise.resolve(this.values.get(`${client_key}:${key}`) ?? null);
    }
    saveInstallation(value, client_key) {
        return this.set('clientInfo', value, client_key);
    }
    set(key, value, client_key) {
        this.values.set(`${client_key}:${key}`, value);
        return Promise.resolve(value);
    }
    del(key, client_key) {
        this.values.delete(`${client_key}:${key}`);
        return Promise.resolve();
    }
    isMemoryStore() {
        return true;
    }
}
ace.store.register('map', () => new MapStore());

export class AceAddOn {
    /**
     * `webhooks` of the descriptor: those at /webhooks/... get ACE's own routes, those at /hear/... a route of the app
     * behind addon.authenticate(), which is how variables in a path are taken. `base` is a path below the origin.
     */
    constructor({ key, product, base = '', webhooks = [], hosts = [], more = {} }) {
        Object.assign(this, { key, product, base, webhooks, hosts, more });
        this.calls = [];        // What passed ACE's verification: {event, path, query, headers, body, raw, context}.
        this.received = [];     // Whatever came in: {method, url, headers, status}.
        this.complaints = [];   // What ACE logged as a warning or an error.
        this.answer = () => 204;
    }

    async start() {
        this.app = express();
        this.server = http.createServer(this.app);
        await new Promise((done) => this.server.listen(0, 'localhost', done));
        this.port = this.server.address().port;
        this.base_url = `http://localhost:${this.port}${this.base}`;
        at_end(() => this.close());

        this.app.use((request, response, next) => {
            const seen = { method: request.method, url: request.originalUrl, headers: request.headers };
            this.received.push(seen);
            response.on('finish', () => (seen.status = response.statusCode));
            next();
        });
        this.app.use((request, response, next) => {
            const status = this.answer(request);
            if (status === 204) return next();
            response.set(status.headers ?? {}).status(status.status ?? status).end();
        });
        this.app.use(express.json({ limit: '2mb', verify: (request, _, bytes) => (request.raw = bytes) }));

        const say = (...what) => this.complaints.push(what.map((one) => one?.stack ?? (typeof one === 'object' ? JSON.stringify(one) : String(one))).join(' '));
        const logger = { info: () => {}, warn: say, error: say };
        const config = {
            development: {
                appKey: this.key, product: this.product, localBaseUrl: this.base_url, port: this.port, hosts: this.hosts,
                store: { adapter: 'map' }, watch: false,
                descriptorTransformer: () => (descriptor) => ({ ...descriptor, modules: { webhooks: this.webhooks }, ...this.more }),
            },
        };
        // The accessors of ACE's config replace strings in what they are given, so the transformer goes in as it is.
        config.development.descriptorTransformer = config.development.descriptorTransformer();
        await new Promise((done) => {
            this.addon = ace(this.app, { config }, logger, { descriptorFilename: 'atlassian-connect.json', configFileName: 'none.json' }, done);
        });
        for (const { event } of this.webhooks) {
            if (this.addon.listenerCount(event) === 0) this.addon.on(event, (name, body, request) => this.#keep(name, request));
        }
        this.app.use(this.addon.middleware());
        const hear = (request, response) => {
            this.#keep(request.body?.webhookEvent, request);
            response.status(204).end();
        };
        this.app.post(`${this.base}/hear/*`, this.addon.authenticate(), hear);
        this.app.post(`${this.base}/enabled`, this.addon.authenticate(), hear);
        this.app.post(`${this.base}/disabled`, this.addon.authenticate(), hear);
        this.app.post(`${this.base}/uninstalled`, this.addon.verifyInstallation(), hear);
        return this;
    }

    #keep(event, request) {
        this.calls.push({
            event, path: request.path.slice(this.base.length), url: request.originalUrl, query: request.query, headers: request.headers,
            body: request.body, raw: request.raw, context: request.context, at: Date.now(),
        });
    }

    get descriptor_url() {
        return `${this.base_url}/atlassian-connect.json`;
    }

    client_info(client_key) {
        return this.addon.settings.get('clientInfo', client_key);
    }

    close() {
        this.server.closeAllConnections?.();
        return new Promise((done) => this.server.close(() => done()));
    }

    /** Waits for `count` verified calls that `fits` holds for. */
    async wait_for(fits, count = 1) {
        const found = () => this.calls.filter(fits);
        await until(() => `${count} verified calls, got ${found().length} for ${fits}; ACE says:\n${this.complaints.slice(-5).join('\n')}\n` +
            `received: ${this.received.slice(-10).map((one) => `${one.method} ${one.url} ${one.status}`).join(', ')}`,
            () => found().length >= count, { seconds: 20 });
        return found();
    }
}

export const ace_version = require('atlassian-connect-express/package.json').version;
