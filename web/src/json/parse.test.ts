import { describe, expect, test } from 'vitest';

import { findPointer, JsonFault, parseJson, pointerOf } from './parse';

const faultOf = (text: string): JsonFault => {
    try {
        parseJson(text);
    } catch (error) {
        if (error instanceof JsonFault) return error;
    }
    throw new Error(`${text} was taken`);
};

describe('JSON as it stands', () => {
    test('numbers keep their digits and double keys stay', () => {
        const nodes = parseJson('{"a":1.0,"a":12345678901234567890,"b":-0e5}');
        expect(nodes.map(({ text }) => text)).toEqual(['', '1.0', '12345678901234567890', '-0e5']);
        expect(nodes.map(({ key }) => key)).toEqual([null, 'a', 'a', 'b']);
    });
    test('escapes are read', () => {
        expect(parseJson('"\\u00fc\\n\\ud83d\\ude00\\""')[0]?.text).toBe('ü\n😀"');
    });
    test('agrees with JSON.parse about what is JSON', () => {
        const texts = ['', ' ', '{', '}', '[1,]', '{"a":}', '{"a" 1}', "{'a':1}", '01', '+1', '1.', '.5', '1e', 'tru', 'nul', '"', '"\n"', '"\\x"', '"\\u12"', '[1 2]', '1 2', '{"a":1,}', '[', '[[]', '[]', '{}', '-1.5e+3', '[null,true,false]', '{"":{"":[]}}', '"\u2028"', '[1,[2,[3]],{"x":[{}]}]'];
        for (const text of texts) {
            let isJson = true;
            try {
                JSON.parse(text);
            } catch {
                isJson = false;
            }
            let isTaken = true;
            try {
                parseJson(text);
            } catch {
                isTaken = false;
            }
            expect(isTaken, JSON.stringify(text)).toBe(isJson);
        }
    });
    test('a fault names its place', () => {
        expect(faultOf('{"a":1,\n "b" 2}').at).toBe(13);
        expect(faultOf('[1, x]').message).toContain('a value has to stand here');
        expect(faultOf('"abc').at).toBe(0);
    });
    test('100 000 levels and 100 000 keys are no trouble', () => {
        expect(parseJson('['.repeat(100_000) + ']'.repeat(100_000))).toHaveLength(100_000);
        const keys = parseJson(`{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`);
        expect(keys[0]?.size).toBe(100_000);
    });
    test('a string of a megabyte is one value', () => {
        expect(parseJson(JSON.stringify('x\\"'.repeat(400_000)))[0]?.text).toHaveLength(1_200_000);
    });
    test('pointers lead to values and back', () => {
        const nodes = parseJson('{"a/b":{"~":[10,{"x":1}]},"c":2}');
        nodes.forEach((_, i) => expect(findPointer(nodes, pointerOf(nodes, i))).toBe(i));
        expect(pointerOf(nodes, 3)).toBe('/a~1b/~0/0');
        // What is missing is shown at the nearest place that is there.
        expect(findPointer(nodes, '/a~1b/nothing')).toBe(1);
        expect(findPointer([], '/a')).toBe(-1);
    });
});
