// JSON as it stands: numbers keep their digits, double keys stay, any depth. JSON.parse would lose all three.

export type Kind = 'object' | 'list' | 'string' | 'number' | 'true' | 'false' | 'null';

/** A value in a flat list in document order, so that nothing recurses: 100 000 levels are 100 000 entries. */
export interface JsonNode {
    kind: Kind;
    depth: number;
    parent: number; // Index of the container; -1 at the top.
    key: string | null; // In an object.
    index: number; // In a list or object, from 0.
    start: number; // Place in the text: of the value, without its key.
    end: number;
    keyStart: number; // -1: no key.
    last: number; // Index behind the last entry below it.
    size: number; // Members of a container.
    text: string; // A string's content, or the token.
}

export class JsonFault extends Error {
    constructor(
        message: string,
        readonly at: number,
    ) {
        super(message);
    }
}

const space = /[ \t\r\n]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const stringToken = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** All values of `text`, the top one first. Throws JsonFault with the place. */
export function parseJson(text: string): JsonNode[] {
    const nodes: JsonNode[] = [];
    const open: number[] = []; // Containers that are not closed yet.
    let at = 0;
    const skip = () => {
        space.lastIndex = at;
        space.exec(text);
        at = space.lastIndex;
    };
    const match = (token: RegExp): string | null => {
        token.lastIndex = at;
        const found = token.exec(text);
        if (!found) return null;
        at = token.lastIndex;
        return found[0];
    };
    const fault = (what: string): never => {
        const found = at < text.length ? `found ${JSON.stringify(text[at])}` : 'the text ends';
        throw new JsonFault(`${what}, but ${found}`, at);
    };
    const readString = (what: string): string => {
        const token = longString() ?? fault(what);
        return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
    };
    // A regular expression recurses over a long string in some engines, so its plain part is walked.
    const longString = (): string | null => {
        if (text[at] !== '"') return null;
        let end = at + 1;
        for (;;) {
            const code = text.charCodeAt(end);
            if (Number.isNaN(code) || code < 0x20) return match(stringToken);
            if (code === 0x22) break;
            if (code !== 0x5c) {
                end += 1;
                continue;
            }
            const next = text[end + 1] ?? '';
            if (next === 'u') {
                if (!/^[0-9a-fA-F]{4}$/.test(text.slice(end + 2, end + 6))) return match(stringToken);
                end += 6;
            } else if ('"\\/bfnrt'.includes(next) && next !== '') {
                end += 2;
            } else {
                at = end;
                return fault('a backslash begins no escape that JSON knows');
            }
        }
        const token = text.slice(at, end + 1);
        at = end + 1;
        return token;
    };
    const put = (kind: Kind, start: number, value: string, key: string | null, keyStart: number): JsonNode => {
        const parent = open.at(-1) ?? -1;
        const above = parent >= 0 ? nodes[parent] : undefined;
        const node: JsonNode = {
            kind, depth: open.length, parent, key, index: above ? above.size : 0, start, end: at, keyStart,
            last: nodes.length + 1, size: 0, text: value,
        };
        if (above) above.size += 1;
        nodes.push(node);
        return node;
    };

    skip();
    for (;;) {
        // One value, with its key inside an object.
        const above = nodes[open.at(-1) ?? -1];
        let key: string | null = null;
        let keyStart = -1;
        if (above?.kind === 'object') {
            keyStart = at;
            key = readString('a member needs a name in double quotes');
            skip();
            if (text[at] !== ':') fault('a colon has to stand behind the name');
            at += 1;
            skip();
        }
        const start = at;
        const first = text[at];
        let isOpen = false;
        if (first === '{' || first === '[') {
            at += 1;
            put(first === '{' ? 'object' : 'list', start, '', key, keyStart);
            open.push(nodes.length - 1);
            skip();
            if (text[at] !== (first === '{' ? '}' : ']')) isOpen = true;
        } else if (first === '"') {
            const value = readString('a string has to end with a double quote');
            put('string', start, value, key, keyStart);
        } else {
            const word = (['true', 'false', 'null'] as const).find((candidate) => text.startsWith(candidate, at));
            if (word) {
                at += word.length;
                put(word, start, word, key, keyStart);
            } else {
                const token = match(numberToken);
                if (token === null) fault('a value has to stand here');
                put('number', start, token ?? '', key, keyStart);
            }
        }
        if (isOpen) continue;
        // Close what ends here, then go on behind the comma.
        for (;;) {
            skip();
            const container = open.at(-1);
            if (container === undefined) {
                if (at < text.length) fault('nothing may stand behind the value');
                return nodes;
            }
            const node = nodes[container] as JsonNode;
            const close = node.kind === 'object' ? '}' : ']';
            if (text[at] === close) {
                at += 1;
                node.end = at;
                node.last = nodes.length;
                open.pop();
                continue;
            }
            if (text[at] !== ',') fault(`a comma or ${close} has to stand here`);
            at += 1;
            skip();
            break;
        }
    }
}

/** The JSON pointer of a value (RFC 6901). */
export function pointerOf(nodes: JsonNode[], index: number): string {
    const parts: string[] = [];
    for (let node = nodes[index]; node && node.parent >= 0; node = nodes[node.parent])
        parts.push((node.key ?? String(node.index)).replaceAll('~', '~0').replaceAll('/', '~1'));
    return parts.length > 0 ? `/${parts.reverse().join('/')}` : '';
}

/** The value that a JSON pointer names, or the nearest one above it that is there. -1: there is nothing. */
export function findPointer(nodes: JsonNode[], pointer: string): number {
    if (nodes.length === 0) return -1;
    let at = 0;
    for (const part of pointer.split('/').slice(1)) {
        const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
        const node = nodes[at] as JsonNode;
        let found = -1;
        for (let child = at + 1; child < node.last; child = (nodes[child] as JsonNode).last) {
            const member = nodes[child] as JsonNode;
            if (node.kind === 'object' ? member.key === name : String(member.index) === name) found = child;
        }
        if (found < 0) return at;
        at = found;
    }
    return at;
}
