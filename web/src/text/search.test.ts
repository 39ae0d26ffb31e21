import { expect, test } from 'vitest';

import { minuteOf, searchPlaces } from './search';

const noon = new Date(2026, 10, 24, 12, 0, 0).getTime();
const searched = { addons: [{ key: 'hello-addon', name: 'Hello' }], types: ['jira:issue_created', 'jira:issue_updated', 'page_created'], tenant: null, now: noon };

test('an id goes straight to its thing', () => {
    expect(searchPlaces('dlv_06z1pwwr80003', searched)[0]?.href).toBe('/deliveries/dlv_06z1pwwr80003');
    expect(searchPlaces('evt_06z1pwwr80003', { ...searched, tenant: 'acme' })[0]?.href).toBe('/events/evt_06z1pwwr80003?tenant=acme');
});
test('words find states, add-ons and types', () => {
    expect(searchPlaces('dead', searched).map(({ href }) => href)).toEqual(['/deliveries?state=dead']);
    expect(searchPlaces('HELLO', searched).map(({ kind }) => kind)).toEqual(['Add-on', 'Deliveries']);
    expect(searchPlaces('created', searched).map(({ name }) => name)).toEqual(['page_created', 'jira:issue_created']);
    expect(searchPlaces('xyzzy', searched)).toEqual([]);
});
test('a time is the last such minute', () => {
    expect(minuteOf('11:03', noon)).toBe(noon - 57 * 60_000);
    expect(minuteOf('14:03', noon)).toBe(noon + 123 * 60_000 - 86_400_000);
    expect(minuteOf('24:00', noon)).toBeNull();
    const place = searchPlaces('11:03', searched)[0];
    expect(place?.kind).toBe('Time');
    expect(place?.href).toContain('since=');
});
