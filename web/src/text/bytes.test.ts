import { expect, test } from 'vitest';

import { hexText, shownBody } from './bytes';

const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64');

test('text stays text', () => expect(shownBody('{"ä":1}', 'text')).toEqual({ text: '{"ä":1}', bytes: null }));
test('broken UTF-8 and control characters show as marks, and the bytes stay', () => {
    const { text, bytes } = shownBody(base64(0x7b, 0xff, 0xc3, 0x28, 0x00, 0x0a, 0x7f), 'base64');
    expect(text).toBe('{\ufffd\ufffd(\u2400\n\u2421');
    expect([...(bytes ?? [])]).toEqual([0x7b, 0xff, 0xc3, 0x28, 0x00, 0x0a, 0x7f]);
});
test('bytes stand sixteen a line', () => {
    const lines = hexText(Uint8Array.from({ length: 18 }, (_, i) => 0x40 + i)).split('\n');
    expect(lines).toEqual(['00000000  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO', '00000010  50 51                                            PQ']);
});
