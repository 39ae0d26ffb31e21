import { expect, test } from 'vitest';

import type { Schemas } from '../api/client';
import { breakerText, worstFirst } from './receivers';

const addon = (key: string, port: number): Schemas['AddOn'] => ({ key, name: '', state: 'enabled', baseUrl: `http://localhost:${port}/app` }) as Schemas['AddOn'];
const health = (addon: string, delivered: number, retried: number): Schemas['AddOnHealth'] => ({ addon, delivered, retried, dead: 0, p99: null, waiting: 0, good: [], bad: [] });
const receiver = (port: number, state: Schemas['Receiver']['state'], more: Partial<Schemas['Receiver']> = {}): Schemas['Receiver'] => ({
    receiver: `http://localhost:${port}`, state, reason: 'x', since: null, nextProbeAt: null, parallelLimit: 1, underWay: 0, waitingInMemory: 0, failureShare: 1, addons: [], ...more,
});

test('what the breaker holds comes first, then what fails most', () => {
    const rows = worstFirst([addon('good', 1), addon('half', 2), addon('held', 3), { ...addon('off', 4), state: 'disabled' }], [health('good', 10, 0), health('half', 5, 5)], [receiver(3, 'open')]);
    expect(rows.map(({ addon: key }) => key)).toEqual(['held', 'half', 'good']);
    expect(rows[0]?.breaker?.state).toBe('open');
});

test('one that is held back shows also where no add-on of this tenant is', () => {
    const rows = worstFirst([addon('good', 1)], [], [receiver(1, 'closed'), receiver(5, 'closed'), receiver(6, 'paused'), receiver(7, 'open', { addons: [{ tenant: 'acme', addon: 'far' }] })]);
    expect(rows.map(({ name }) => name)).toEqual(['far of acme', 'no add-on', 'good']);
});

test('a breaker says what it does and when it probes', () => {
    const at = Date.parse('2026-11-25T00:00:00Z');
    expect(breakerText(null, at)).toBe('called');
    expect(breakerText(receiver(1, 'paused', { nextProbeAt: '2026-11-25T00:00:12Z' }), at)).toBe('paused');
    expect(breakerText(receiver(1, 'open', { nextProbeAt: '2026-11-25T00:00:12Z' }), at)).toBe('left alone, probe in 12 s');
    expect(breakerText(receiver(1, 'open', { nextProbeAt: '2026-11-25T00:00:00Z' }), at)).toBe('left alone, probe now');
});
