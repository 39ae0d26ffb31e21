import { expect, test } from 'vitest';

import { compareLines, sharedEnds, type ComparedLine } from './compare';

const kinds = (lines: ComparedLine[]) => lines.map(({ kind }) => kind);
/** Both sides must come out whole and in order, whatever is marked. */
function check(left: string[], right: string[], max?: number): ComparedLine[] {
    const lines = compareLines(left, right, max);
    expect(lines.filter((line) => line.left !== null).map((line) => line.left)).toEqual(left);
    expect(lines.filter((line) => line.right !== null).map((line) => line.right)).toEqual(right);
    for (const line of lines) if (line.kind === 'same') expect(line.left).toBe(line.right);
    return lines;
}

test('what is the same is the same', () => expect(kinds(check(['a', 'b'], ['a', 'b']))).toEqual(['same', 'same']));
test('a changed line stands beside what it was', () => expect(kinds(check(['a', 'b', 'c'], ['a', 'x', 'c']))).toEqual(['same', 'changed', 'same']));
test('lines put in and taken away', () => {
    expect(kinds(check(['a', 'c'], ['a', 'b', 'c']))).toEqual(['same', 'right', 'same']);
    expect(kinds(check(['a', 'b', 'c'], ['a', 'c']))).toEqual(['same', 'left', 'same']);
    expect(kinds(check([], ['a']))).toEqual(['right']);
    expect(check([], [])).toEqual([]);
});
test('any two texts come out whole', () => {
    let seed = 7;
    const random = (below: number) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return seed % below;
    };
    for (let round = 0; round < 300; round++) {
        const make = () => Array.from({ length: random(12) }, () => 'abcd'[random(4)] as string);
        check(make(), make(), round % 3 === 0 ? 2 : undefined);
    }
});
test('texts that have nothing in common do not take for ever', () => {
    const left = Array.from({ length: 20_000 }, (_, i) => `l${i}`);
    const right = Array.from({ length: 20_000 }, (_, i) => `r${i}`);
    expect(compareLines(left, right)).toHaveLength(20_000);
});
test('where two lines differ', () => {
    expect(sharedEnds('"key": "ABC-1",', '"key": "ABC-27",')).toEqual({ start: 12, end: 2 });
    expect(sharedEnds('aaa', 'aa')).toEqual({ start: 2, end: 0 });
});
