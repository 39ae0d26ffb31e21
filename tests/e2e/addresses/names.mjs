// A name server on 127.0.0.1:53 of the test's own network (RFC 1035, A and AAAA only).
import dgram from 'node:dgram';
import { at_end } from '../kit/checks.mjs';

/** `answer(name)` gives a list of IPv4 and IPv6 addresses, or null for NXDOMAIN. */
export async function serve_names(answer) {
    const socket = dgram.createSocket('udp4');
    socket.on('message', (query, peer) => {
        let at = 12;
        const labels = [];
        for (let length; (length = query[at]); at += length + 1) labels.push(query.toString('latin1', at + 1, at + 1 + length));
        const type = query.readUInt16BE(at + 1);
        const question = query.subarray(12, at + 5);
        const addresses = answer(labels.join('.').toLowerCase(), type);
        const records = (addresses ?? [])
            .filter((address) => (type === 1 ? !address.includes(':') : type === 28 && address.includes(':')))
            .map((address) => {
                const bytes = type === 1 ? Buffer.from(address.split('.').map(Number)) : ipv6(address);
                const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]);
                return Buffer.concat([head, bytes]);
            });
        const header = Buffer.alloc(12);
        query.copy(header, 0, 0, 2);
        header.writeUInt16BE(addresses ? 0x8580 : 0x8583, 2);
        header.writeUInt16BE(1, 4);
        header.writeUInt16BE(records.length, 6);
        socket.send(Buffer.concat([header, question, ...records]), peer.port, peer.address);
    });
    await new Promise((done, refuse) => {
        socket.on('error', refuse);
        socket.bind(53, '127.0.0.1', done);
    });
    at_end(() => socket.close());
}

function ipv6(text) {
    const [front, back = ''] = text.split('::');
    const words = (part) => (part ? part.split(':').map((word) => parseInt(word, 16)) : []);
    const [first, last] = [words(front), words(back)];
    const bytes = Buffer.alloc(16);
    [...first, ...Array(8 - first.length - last.length).fill(0), ...last].forEach((word, i) => bytes.writeUInt16BE(word, i * 2));
    return bytes;
}
