// One connection to a stream of server-sent events.
import assert from 'node:assert/strict';
import http from 'node:http';
import { at_end, until } from './checks.mjs';

export class EventStream {
    /** Opens `path` of a Server; `events` fills with {id, event, data}. */
    static async open(server, path, headers = {}) {
        const stream = new EventStream();
        const authorization = server.admin_key ? { Authorization: `Bearer ${server.admin_key}` } : {};
        await new Promise((done, refuse) => {
            const all = { Accept: 'text/event-stream', ...(headers.Cookie ? {} : authorization), ...headers };
            stream.request = http.get({ host: '127.0.0.1', port: server.port, path, headers: all, agent: false }, (response) => {
                stream.response = response;
                let text = '';
                response.setEncoding('utf8');
                response.on('data', (piece) => {
                    text += piece;
                    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) stream.take(text.slice(0, end));
                });
                response.on('error', () => {});
                response.on('close', () => (stream.is_closed = true));
                done();
            });
            stream.request.on('error', refuse);
        });
        assert.equal(stream.response.statusCode, 200);
        assert.match(stream.response.headers['content-type'], /^text\/event-stream/);
        at_end(() => stream.close());
        return stream;
    }
    constructor() {
        this.events = [];
        this.is_closed = false;
    }
    take(block) {
        const one = {};
        for (const line of block.split('\n')) {
            const [, name, value] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
            if (name) one[name] = name === 'data' ? JSON.parse(value) : value;
        }
        if (one.event) this.events.push(one);
    }
    close() {
        this.request.destroy();
    }
    named(name) {
        return this.events.filter((one) => one.event === name);
    }
    wait_for(name, count = 1) {
        return until(() => `${count} times ${name}; came: ${this.events.map((one) => one.event).join(', ')}`, () => this.named(name).length >= count && this.named(name));
    }
}
