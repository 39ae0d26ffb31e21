import { expect, test } from 'vitest';

import type { Schemas } from '../api/client';
import { settingsPatch, textsOf } from './settings';

const settings: Schemas['Settings'] = {
    installSigning: 'auto', retry: null, timeouts: { connect: null, answer: '30s' }, concurrency: 5, rate: null, ordering: 'none', standardWebhooks: false,
    ca: null, headers: { 'X-Key': '***' },
};

test('a form that nobody touched changes nothing', () => expect(settingsPatch(settings, textsOf(settings))).toEqual({}));
test('only what differs is sent, and an emptied field goes back to the default', () => {
    expect(settingsPatch(settings, { ...textsOf(settings), answer: '', connect: '2s', concurrency: '' })).toEqual({ timeouts: { connect: '2s', answer: null }, concurrency: null });
    expect(settingsPatch(settings, { ...textsOf(settings), retryKind: 'own', waits: '5s, 30s' })).toEqual({ retry: { waits: ['5s', '30s'] } });
    expect(settingsPatch(settings, { ...textsOf(settings), retryKind: 'jira', ordering: 'issue.key', rate: '100/s' })).toEqual({ retry: 'jira', ordering: 'issue.key', rate: '100/s' });
});
test('what is no number is the server’s to refuse', () => expect(settingsPatch(settings, { ...textsOf(settings), concurrency: 'many' })).toEqual({ concurrency: 'many' }));
test('headers are set and taken away by name', () =>
    expect(settingsPatch(settings, { ...textsOf(settings), removed: ['X-Key'] }, 'X-New', 'v')).toEqual({ headers: { 'X-Key': null, 'X-New': 'v' } }));
