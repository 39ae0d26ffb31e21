import { expect, test } from 'vitest';

import { bytesText, counted, countText, rateText, shareText } from './numbers';

test('thousands have thin spaces, from five digits on', () => {
    expect(countText(1234)).toBe('1234');
    expect(countText(12345678)).toBe('12\u2009345\u2009678');
    expect(countText(-12345)).toBe('−12\u2009345');
});
test('a share is never rounded up to all or down to nothing', () => {
    expect(shareText(99_999, 100_000)).toBe('99.9 %');
    expect(shareText(1, 100_000)).toBe('0.1 %');
    expect(shareText(5, 5)).toBe('100 %');
    expect(shareText(0, 0)).toBe('–');
});
test('things are counted in words', () => {
    expect(counted(1, 'delivery', 'deliveries')).toBe('1 delivery');
    expect(counted(0, 'call')).toBe('0 calls');
});
test('sizes and rates', () => {
    expect([0, 1023, 1536, 5 * 1024 ** 3].map(bytesText)).toEqual(['0 B', '1023 B', '1.5 KB', '5.0 GB']);
    expect([0, 0.01, 0.5, 250].map(rateText)).toEqual(['0/s', '0.6/min', '0.5/s', '250/s']);
});
