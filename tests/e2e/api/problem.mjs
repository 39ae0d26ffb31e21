// What every refusal looks like: RFC 9457.
import assert from 'node:assert/strict';

/** Fails unless `answer` is a problem of `status`; `pointers` are the JSON pointers of its errors[], in any order. */
export function is_problem(answer, status, { detail, pointers } = {}) {
    assert.equal(answer.status, status, `answered ${answer.status}: ${answer.text}`);
    assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/, answer.text);
    const problem = answer.json;
    assert.equal(problem.status, status, answer.text);
    assert.ok(problem.type && problem.title && problem.detail, `type, title and detail: ${answer.text}`);
    if (detail) assert.match(problem.detail, detail);
    if (pointers) {
        for (const error of problem.errors ?? []) assert.ok(error.message || error.detail, answer.text);
        assert.deepEqual((problem.errors ?? []).map((error) => error.pointer).sort(), [...pointers].sort(), answer.text);
    }
    return problem;
}
