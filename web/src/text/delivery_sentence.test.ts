import { expect, test } from 'vitest';

import type { Schemas } from '../api/client';
import { deliverySentence, ordinal } from './delivery_sentence';

const now = Date.parse('2026-11-24T20:00:00.000Z');
const delivery = (changes: Partial<Schemas['Delivery']>): Schemas['Delivery'] => ({
    id: 'dlv_0dpr6k2s80001', eventId: 'evt_0dpr6k2s80000', event: 'jira:issue_created', addon: 'hello', webhook: '1-1', state: 'pending', reason: null,
    attemptCount: 0, madeAt: '2026-11-24T20:00:00.000Z', nextAttemptAt: null, endedAt: null, lastStatus: null, lastFailure: null, lastDuration: null,
    replayOf: null, ...changes,
});

test('a dead one says after how many tries, why, and what to do', () => {
    expect(deliverySentence(delivery({ state: 'dead', reason: 'exhausted', attemptCount: 10, lastStatus: 503 }), now)).toEqual({
        what: 'Dead after 10 tries: the receiver answered 503.',
        next: 'Replay it, or see why the receiver fails.',
    });
    expect(deliverySentence(delivery({ state: 'dead', reason: 'status', attemptCount: 1, lastStatus: 404 }), now).next).toMatch(/^Such an answer is never tried again/);
    expect(deliverySentence(delivery({ state: 'dead', reason: 'gone', attemptCount: 1, lastStatus: 410 }), now).what).toMatch(/webhook was paused/);
    expect(deliverySentence(delivery({ state: 'dead', reason: 'unsafe_url' }), now).what).toMatch(/nothing was sent/);
});
test('a retrying one says when it is tried next', () => {
    const retrying = delivery({ state: 'retrying', attemptCount: 2, lastFailure: 'refused', nextAttemptAt: '2026-11-24T20:00:30.000Z' });
    expect(deliverySentence(retrying, now)).toEqual({ what: '2 tries failed: the receiver refused the connection.', next: 'Next try in 30 s.' });
    expect(deliverySentence(retrying, now + 31_000).next).toBe('Next try any moment now.');
    expect(deliverySentence(retrying, now + 60_000).next).toMatch(/waits for the receiver/);
    expect(deliverySentence(retrying, now, true).next).toMatch(/paused/);
});
test('a delivered one says at which try', () => {
    expect(deliverySentence(delivery({ state: 'delivered', attemptCount: 1, lastStatus: 204 }), now).what).toBe('Delivered: the receiver answered 204.');
    expect(deliverySentence(delivery({ state: 'delivered', attemptCount: 3, lastStatus: 200 }), now).what).toBe('Delivered at the 3rd try: the receiver answered 200.');
});
test('waiting and cancelled ones', () => {
    expect(deliverySentence(delivery({}), now).what).toBe('Waiting for its first try.');
    expect(deliverySentence(delivery({}), now, true).what).toMatch(/paused/);
    expect(deliverySentence(delivery({ state: 'cancelled', attemptCount: 1 }), now).what).toBe('Cancelled after 1 try.');
});
test('ordinals', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 102].map(ordinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd']);
});
