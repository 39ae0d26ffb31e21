import { expect, test } from 'vitest';

import { phasesOf, totalOf } from './phases';

test('phases stand one behind the other, up to the total', () => {
    const times = { dns: '1.000ms', connect: '2.000ms', tls: '3.000ms', firstByte: '10.000ms', total: '12.500ms' };
    expect(phasesOf(times)).toEqual([
        { name: 'name', from: 0, to: 1 }, { name: 'connect', from: 1, to: 3 }, { name: 'tls', from: 3, to: 6 }, { name: 'wait', from: 6, to: 10 }, { name: 'read', from: 10, to: 12.5 },
    ]);
    expect(totalOf(times)).toBe(12.5);
});
test('a kept connection only waits and reads; one that failed only waits', () => {
    expect(phasesOf({ dns: null, connect: null, tls: null, firstByte: '1.000ms', total: '2.000ms' }).map(({ name }) => name)).toEqual(['wait', 'read']);
    expect(phasesOf({ dns: '1.000ms', connect: null, tls: null, firstByte: null, total: '20.000ms' }).map(({ name }) => name)).toEqual(['name', 'wait']);
    expect(phasesOf({ dns: null, connect: null, tls: null, firstByte: null, total: null })).toEqual([]);
});
