// Foreign bytes that are no plain text, as the API gives them: in base64.

export function bytesOf(base64: string): Uint8Array {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** As text: what is no UTF-8 as U+FFFD, what is a control character as its picture. */
export function lossyText(bytes: Uint8Array): string {
    return new TextDecoder().decode(bytes).replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, (character) => (character === '\x7f' ? '\u2421' : String.fromCharCode(0x2400 + character.charCodeAt(0))));
}

const byteLines = 16;

/** As `hexdump -C` shows them: offset, sixteen bytes, and their ASCII. */
export function hexText(bytes: Uint8Array): string {
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += byteLines) {
        const part = [...bytes.subarray(at, at + byteLines)];
        const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
        const ascii = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
        lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(byteLines * 3 - 1)}  ${ascii}`);
    }
    return lines.join('\n');
}

/** A body of the API as text, and its bytes where the text can't say what they were. */
export function shownBody(body: string, encoding: 'text' | 'base64'): { text: string; bytes: Uint8Array | null } {
    if (encoding === 'text') return { text: body, bytes: null };
    const bytes = bytesOf(body);
    return { text: lossyText(bytes), bytes };
}
