import { afterEach, expect, test, vi } from 'vitest';

import type { Happening } from '../state/live.svelte';
import { changed, DeliveryList, merged, type Delivery } from './delivery_list.svelte';

const row = (number: number, changes: Partial<Delivery> = {}): Delivery => ({
    id: `dlv_${String(number).padStart(13, '0')}`, eventId: 'evt_0000000000000', event: 'jira:issue_created', addon: 'hello', webhook: '1-1', state: 'pending',
    reason: null, attemptCount: 0, madeAt: '2026-11-24T20:00:00.000Z', nextAttemptAt: null, endedAt: null, lastStatus: null, lastFailure: null,
    lastDuration: null, replayOf: null, ...changes,
});
const none = { addon: '', event: '', state: '', since: '', until: '' };

afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
});
function serve(pages: { items: Delivery[]; next: string | null }[]): { asked: string[] } {
    const asked: string[] = [];
    vi.stubGlobal('fetch', (url: string) => {
        asked.push(url);
        const page = pages.length > 1 ? pages.shift() : pages[0];
        return Promise.resolve(new Response(JSON.stringify(page), { status: 200, headers: { 'Content-Type': 'application/json' } }));
    });
    return { asked };
}
const happening = (changes: Partial<Happening>): Happening => ({ kind: 'delivery.attempted', at: '2026-11-24T20:00:01.000Z', tenant: 'jira', ...changes }) as Happening;

test('lists are put together newest first, the fresher row of each id', () => {
    const all = merged([row(3), row(2, { state: 'dead' })], [row(2), row(1)]);
    expect(all.map(({ id }) => Number(id.slice(4)))).toEqual([3, 2, 1]);
    expect(all[1]?.state).toBe('dead');
});
test('what happens to a row shows in place', () => {
    const after = changed(row(1), happening({ id: row(1).id, state: 'retrying', attempt: 2, status: 503, nextAttemptAt: '2026-11-24T20:00:30.000Z' }));
    expect(after).toMatchObject({ state: 'retrying', attemptCount: 2, lastStatus: 503, nextAttemptAt: '2026-11-24T20:00:30.000Z' });
});
test('rows that come in wait while the reader is further down', async () => {
    vi.useFakeTimers();
    serve([{ items: [row(2), row(1)], next: null }, { items: [row(3), row(2), row(1)], next: null }]);
    const list = new DeliveryList('jira', none);
    await list.load();
    list.isAtTop = false;
    list.happened([happening({ kind: 'event.accepted', deliveries: 1 })]);
    await vi.advanceTimersByTimeAsync(100);
    expect(list.rows).toHaveLength(2);
    expect(list.waiting).toHaveLength(1);
    list.showWaiting();
    expect(list.rows.map(({ id }) => Number(id.slice(4)))).toEqual([3, 2, 1]);
    list.stop();
});
test('a burst asks for the head of the list once, not once each', async () => {
    vi.useFakeTimers();
    const { asked } = serve([{ items: [row(1)], next: null }]);
    const list = new DeliveryList('jira', none);
    await list.load();
    for (let i = 0; i < 500; i++) list.happened([happening({ kind: 'event.accepted', deliveries: 1 })]);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toHaveLength(2);
    list.stop();
});
test('where a hole would be between new and old rows, the list begins anew', async () => {
    vi.useFakeTimers();
    serve([{ items: [row(2), row(1)], next: null }, { items: [row(300), row(299)], next: 'older' }]);
    const list = new DeliveryList('jira', none);
    await list.load();
    list.happened([happening({ kind: 'event.accepted', deliveries: 1 })]);
    await vi.advanceTimersByTimeAsync(100);
    expect(list.rows.map(({ id }) => Number(id.slice(4)))).toEqual([300, 299]);
    expect(list.hasMore).toBe(true);
    list.stop();
});
