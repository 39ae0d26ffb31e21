import { expect, test } from 'vitest';

import type { Schemas } from '../api/client';
import { worstFirst, type Breaker } from './receivers';

const addon = (key: string, port: number): Schemas['AddOn'] => ({ key, name: '', state: 'enabled', baseUrl: `http://localhost:${port}/app` }) as Schemas['AddOn'];
const health = (addon: string, delivered: number, retried: number): Schemas['AddOnHealth'] => ({ addon, delivered, retried, dead: 0, p99: null, waiting: 0, good: [], bad: [] });

test('what the breaker holds comes first, then what fails most', () => {
    const breaker: Breaker = { receiver: 'http://localhost:3', state: 'open', reason: 'x', nextProbeAt: null, failureShare: 1 };
    const rows = worstFirst([addon('good', 1), addon('half', 2), addon('held', 3), { ...addon('off', 4), state: 'disabled' }], [health('good', 10, 0), health('half', 5, 5)], [breaker]);
    expect(rows.map(({ addon: key }) => key)).toEqual(['held', 'half', 'good']);
    expect(rows[0]?.breaker?.state).toBe('open');
});
