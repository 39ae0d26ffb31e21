import { expect, test } from 'vitest';

import { hrefOf, parsePlace } from '../state/place';
import { apiQuery, filtersOf, fits } from './filters';

const now = Date.parse('2026-11-24T20:00:00.000Z');

test('filters come back from the address that they were written to', () => {
    const filters = { addon: 'a b&c=ü', event: 'jira:issue_created', state: 'dead', since: '1h', until: '' };
    const href = hrefOf('deliveries', 'dlv_1', filters);
    const place = parsePlace(href.split('?')[0] ?? '', `?${href.split('?')[1]}`);
    expect(place.view).toBe('deliveries');
    expect(place.id).toBe('dlv_1');
    expect(filtersOf(place.query)).toEqual(filters);
});
test('what is empty is not in the address', () => {
    expect(hrefOf('deliveries', null, { state: '', addon: null })).toBe('/deliveries');
    expect(hrefOf('')).toBe('/');
});
test('addresses that nobody has are told apart', () => {
    expect(parsePlace('/nothing', '').view).toBeNull();
    expect(parsePlace('/deliveries/a/b', '').view).toBeNull();
    expect(parsePlace('/addons/%zz', '').id).toBe('%zz');
    expect(parsePlace('/addons/a%2Fb', '').id).toBe('a/b');
});
test('the API is asked for moments', () => {
    expect(apiQuery({ addon: '', event: '', state: 'dead', since: '1h', until: '' }, now)).toEqual({ state: 'dead', since: '2026-11-24T19:00:00.000Z' });
    expect(apiQuery({ addon: '', event: '', state: '', since: 'rubbish', until: '2026-11-24T20:00:00Z' }, now)).toEqual({ until: '2026-11-24T20:00:00.000Z' });
});
test('a live row fits only what is filtered for', () => {
    const filters = { addon: 'hello', event: '', state: 'dead', since: '', until: '' };
    expect(fits(filters, { addon: 'hello', state: 'dead' })).toBe(true);
    expect(fits(filters, { addon: 'hello', state: 'delivered' })).toBe(false);
    expect(fits({ ...filters, until: 'x' }, { addon: 'hello', state: 'dead' })).toBe(false);
});
