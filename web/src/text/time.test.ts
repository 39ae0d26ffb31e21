import { describe, expect, test } from 'vitest';

import { durationText, fullTime, parseDuration, parseMs, relativeText, spanText } from './time';

describe('times', () => {
    const now = Date.UTC(2026, 10, 24, 12, 0, 0);

    test('say how long ago, and beyond a day the date', () => {
        expect(relativeText(now - 500, now)).toBe('just now');
        expect(relativeText(now - 12_000, now)).toBe('12 s ago');
        expect(relativeText(now - 59 * 60_000, now)).toBe('59 min ago');
        expect(relativeText(now - 5 * 3_600_000, now)).toBe('5 h ago');
        expect(relativeText(now + 30_000, now)).toBe('in 30 s');
        expect(relativeText(now - 3 * 86_400_000, now)).toMatch(/^2[01] Nov$/);
        expect(relativeText(now - 400 * 86_400_000, now)).toMatch(/2025$/);
    });
    test('durations have few digits', () => {
        expect([0.25, 1.23, 12.6, 999, 1200, 9990, 61_000].map(durationText)).toEqual(['0.25 ms', '1.2 ms', '13 ms', '999 ms', '1.2 s', '10 s', '1 min 1 s']);
        expect(durationText(Number.NaN)).toBe('–');
    });
    test('spans name their two largest units', () => {
        expect(spanText(3_600_000)).toBe('1 h');
        expect(spanText(90_061_000)).toBe('1 d 1 h');
        expect(spanText(86_400_000 + 5000)).toBe('1 d');
        expect(spanText(0)).toBe('1 s');
    });
    test('the full time has UTC to the millisecond', () => {
        expect(fullTime(now + 7)).toContain('2026-11-24 12:00:00.007 UTC');
    });
    test('the texts of the API are read', () => {
        expect(parseMs('12.345ms')).toBe(12.345);
        expect(parseMs(null)).toBeNull();
        expect(parseDuration('14d')).toBe(14 * 86_400_000);
        expect(parseDuration('soon')).toBeNull();
    });
});
