import { expect, test } from 'vitest';

import { parseJson } from './parse';
import { prettyLines } from './pretty';
import { openAbove, openAtFirst, searchNodes, visibleNodes } from './tree';

const text = '{"issue":{"key":"ABC-1","fields":{"summary":"Broken"}},"n":1.0}';
const nodes = parseJson(text);

test('a small body is open, and what is closed hides what is below', () => {
    expect(visibleNodes(nodes, openAtFirst(nodes))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(visibleNodes(nodes, new Set([0]))).toEqual([0, 1, 5]);
    expect(visibleNodes(nodes, new Set())).toEqual([0]);
});
test('a huge list is closed at first', () => {
    const many = parseJson(`{"a":[${'1,'.repeat(5000)}1]}`);
    expect(visibleNodes(many, openAtFirst(many)).length).toBe(2);
});
test('a search looks at keys and values, and opens the way', () => {
    expect(searchNodes(nodes, 'SUMM')).toEqual([4]);
    expect(searchNodes(nodes, 'abc-1')).toEqual([2]);
    expect(searchNodes(nodes, '')).toEqual([]);
    expect(visibleNodes(nodes, openAbove(nodes, 4, new Set()))).toContain(4);
});
test('pretty text is the same JSON, token for token', () => {
    const source = '{"a":[1.0,{"b":"x\\u0041"},[]],"c":{},"d":"e:f", "g" : null}';
    const pretty = prettyLines(source, parseJson(source)).join('\n');
    expect(JSON.parse(pretty)).toEqual(JSON.parse(source));
    expect(pretty).toContain('1.0');
    expect(pretty).toContain('"x\\u0041"');
    expect(pretty.split('\n')[1]).toBe('  "a": [');
});
test('the pretty text of deep nesting stays small', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    expect(prettyLines(deep, parseJson(deep)).join('\n').length).toBeLessThan(4_000_000);
});
