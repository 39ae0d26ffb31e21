// A receiver on a bare socket that misbehaves in one way until it is healed.
import net from 'node:net';
import { at_end } from '../kit/checks.mjs';

/** What each kind does with a connection whose request has come; `dial` kinds act before that. */
const kinds = {
    hangs: () => {},
    dribbles: (socket) => {
        const answer = 'HTTP/1.1 204 No Content\r\nX-Slow: yes\r\n\r\n';
        let at = 0;
        const timer = setInterval(() => socket.write(answer[at++ % answer.length]), 1000);
        socket.on('close', () => clearInterval(timer));
    },
    resets: (socket) => socket.resetAndDestroy(),
    'answers 100 MB': (socket) => {
        const bytes = 100 * 1024 * 1024;
        const piece = Buffer.alloc(64 * 1024, 'x');
        socket.write(`HTTP/1.1 503 Busy\r\nContent-Length: ${bytes}\r\n\r\n`);
        let left = bytes / piece.length;
        const go_on = () => {
            while (left-- > 0) if (!socket.write(piece)) return socket.once('drain', go_on);
            return undefined;
        };
        go_on();
    },
    'answers garbage': (socket) => socket.end('\0\xff <html>no HTTP at all\r\n\r\n'),
    'closes half-way': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'),
    'never ends its headers': (socket) => {
        const go_on = () => {
            while (socket.writable) if (!socket.write(`X-More: ${'y'.repeat(1000)}\r\n`)) return socket.once('drain', go_on);
            return undefined;
        };
        socket.write('HTTP/1.1 200 OK\r\n');
        go_on();
    },
};

export const kind_names = Object.keys(kinds);

export class BadReceiver {
    constructor(kind) {
        this.kind = kind;
        this.is_healed = false;
        this.identifiers = [];  // Of the calls it took, once it is healed.
        this.tries = 0;
        this.sockets = new Set();
    }

    async listen() {
        this.server = net.createServer((socket) => this.#serve(socket));
        await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
        this.origin = `http://127.0.0.1:${this.server.address().port}`;
        at_end(() => {
            for (const socket of this.sockets) socket.destroy();
            return new Promise((done) => this.server.close(done));
        });
        return this;
    }

    heal() {
        this.is_healed = true;
    }

    #serve(socket) {
        this.sockets.add(socket);
        socket.on('close', () => this.sockets.delete(socket));
        socket.on('error', () => {});
        let waiting = Buffer.alloc(0);
        socket.on('data', (piece) => {
            waiting = Buffer.concat([waiting, piece]);
            for (;;) {
                const end = waiting.indexOf('\r\n\r\n');
                if (end < 0) return;
                const head = waiting.subarray(0, end).toString('latin1');
                const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
                if (waiting.length < end + 4 + length) return;
                waiting = waiting.subarray(end + 4 + length);
                this.tries += 1;
                if (!this.is_healed) return kinds[this.kind](socket);
                this.identifiers.push(/\r\nx-atlassian-webhook-identifier: (\S+)/i.exec(head)[1]);
                socket.write('HTTP/1.1 204 No Content\r\n\r\n');
            }
        });
    }
}
