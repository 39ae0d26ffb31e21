import { expect, test } from 'vitest';

import { stateLine, type Signs } from './state_line';

const calm: Signs = { deadLastHour: 0, retriedLastFiveMinutes: 0, deliveredLastFiveMinutes: 100, waiting: 0, oldestSeconds: null, brokenReceivers: 0, pausedReceivers: 0, findings: 0 };

test('nothing wrong is said in few words', () => expect(stateLine(calm)).toEqual({ mood: 'good', text: 'All is well. What comes in goes out.' }));
test('only what needs a person is red', () => {
    expect(stateLine({ ...calm, deadLastHour: 1 })).toEqual({ mood: 'act', text: '1 delivery died in the last hour.' });
    expect(stateLine({ ...calm, brokenReceivers: 2 }).mood).toBe('watch');
    expect(stateLine({ ...calm, pausedReceivers: 1 })).toEqual({ mood: 'watch', text: '1 receiver is paused.' });
    expect(stateLine({ ...calm, retriedLastFiveMinutes: 5 }).mood).toBe('good');
    expect(stateLine({ ...calm, pausedReceivers: 1 })).toEqual({ mood: 'watch', text: '1 receiver is paused.' });
    expect(stateLine({ ...calm, retriedLastFiveMinutes: 50 })).toEqual({ mood: 'watch', text: '33 % of the tries of the last five minutes failed.' });
});
test('several things make one sentence', () => {
    expect(stateLine({ ...calm, deadLastHour: 3, oldestSeconds: 90, findings: 1 }).text).toBe(
        '1 thing at the server needs a person, 3 deliveries died in the last hour, and deliveries that are due wait for more than a minute.',
    );
});
