import { expect, test } from 'vitest';

import { SseParser } from './sse';

const whole = 'retry: 1000\n\n: still here\n\nid: a-1\nevent: event.accepted\ndata: {"x":1}\n\nid: a-2\ndata: two\ndata: lines\n\n';
const wanted = [
    { id: 'a-1', name: 'event.accepted', data: '{"x":1}' },
    { id: 'a-2', name: 'message', data: 'two\nlines' },
];

test('events come out whole, wherever the stream is cut', () => {
    for (let cut = 0; cut <= whole.length; cut++) {
        const parser = new SseParser();
        expect([...parser.push(whole.slice(0, cut)), ...parser.push(whole.slice(cut))]).toEqual(wanted);
    }
    const byLetter = new SseParser();
    expect([...whole].flatMap((letter) => byLetter.push(letter))).toEqual(wanted);
});
test('carriage returns end lines too', () => {
    const text = whole.replaceAll('\n', '\r\n');
    for (let cut = 0; cut <= text.length; cut++) {
        const parser = new SseParser();
        expect([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))]).toEqual(wanted);
    }
});
test('comments and events without data are nothing', () => {
    expect(new SseParser().push(': hello\n\nevent: x\n\n')).toEqual([]);
});
