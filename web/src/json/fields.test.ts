import { expect, test } from 'vitest';

import { formFields, setField } from './fields';

const sample = JSON.stringify({ timestamp: 17, issue: { key: 'ABC-1', self: 'https://x', fields: { summary: 'Broken', labels: ['a'] } }, user: { displayName: 'Ada' } }, null, 2);

test('the form has what a person would change', () => {
    const names = formFields(sample).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['issue.key', 'issue.fields.summary', 'user.displayName']));
    expect(names).not.toContain('issue.self');
});
test('setting one field leaves the rest as it stands', () => {
    const field = formFields(sample).find(({ name }) => name === 'issue.key');
    expect(field).toBeDefined();
    if (!field) return;
    const changed = setField(sample, field, 'X"Y');
    expect(JSON.parse(changed).issue.key).toBe('X"Y');
    expect(changed.replace('"X\\"Y"', '"ABC-1"')).toBe(sample);
});
test('a number stays a number, unless it is none any more', () => {
    const field = formFields('{"id":10042}')[0];
    expect(field).toBeDefined();
    if (!field) return;
    expect(setField('{"id":10042}', field, '7')).toBe('{"id":7}');
    expect(setField('{"id":10042}', field, 'seven')).toBe('{"id":"seven"}');
});
