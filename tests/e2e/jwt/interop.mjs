// Asks our vectors program and atlassian-jwt the same things and compares.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import jwt from 'atlassian-jwt';

const vectors = process.argv[2];
const secret = 'c2VjcmV0IHdpdGggw6kgYW5kICs_';
const now = 1_700_000_050;
let checks = 0;
const failures = [];

function ask(questions) {
    const input = questions.map((question) => JSON.stringify(question)).join('\n') + '\n';
    const run = spawnSync(vectors, [], { input, encoding: 'utf8', maxBuffer: 64 << 20 });
    if (run.status !== 0) throw new Error(`${vectors} ended with ${run.status ?? run.signal}: ${run.stderr}`);
    const answers = run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
    if (answers.length !== questions.length) throw new Error(`${questions.length} questions, ${answers.length} answers`);
    return answers;
}

function same(what, ours, theirs) {
    checks += 1;
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) failures.push(`${what}\n    ours:   ${JSON.stringify(ours)}\n    theirs: ${JSON.stringify(theirs)}`);
}

const values = {
    'issue.key': 'ABC-1', 'odd': 'a b+c*d~e,f&g=h/i?j#k%l', 'unicode': 'Zoë 😀 ～', 'empty': '', 'quotes': `!'()"<>`,
};
const paths = [
    '', '/', '/hook', '/hook/', '/a b', '/a&b&c', '/a+b*c~d,e', '/a%2Fb%20c', '/é/😀', '/${issue.key}', '/{odd}/x', '/${unicode}/',
    '/;x=1/@/:/!$', '//double', '/a//', '/${unknown}', "/it's(me)",
];
const queries = [
    '', '?', '?a=1', '?b=2&a=1', '?a', '?a=', '?a=1&a=2&a=10&a', '?a=b c+d%20e%2Be', '?a=*~-._', '?a=1,2&a=3', '?a=:1&a=.1&a=/1',
    '?key=${issue.key}&o=${odd}&u=${unicode}&e=${empty}&q={quotes}', '?u=～&u=😀&u=é&u=%7E', "?a=!'()&b=%21%27%28%29", '?a=b=c=d',
    '?jwt=x.y.z&a=1', '?a=100%&b=%zz', '?B=1&b=2&A=3&a=4&_=5&~=6&-=7&.=8&9=9', '?a=1&b=2&a=1', '?a=?/:@', '?n.a=1&n-a=2&n_a=3&n~a=4&na=5',
    '?u=${unknown}&x={unknown}', '?a=%c3%a9&a=%C3%A8', '?url=https://x.example/?y=1', '?a=[1]&b={2}', '?plus=+&space=%20&a=+',
    '?user_id=admin&user_key=ad%20min', '?a=\\',
];
const bases = ['', '/app', '/app/', '/deep/base.path~x'];

// 1. Every path with every query below every base: the same canonical request and hash.
const cases = [];
for (const base of bases) {
    for (const path of paths) for (const query of queries) cases.push({ base, template: path + query });
}
const targets = ask(cases.map((one) => ({ do: 'target', ...one, values })));
const hashes = ask(targets.map(({ target, basePathBytes }) => ({ do: 'qsh', method: 'post', target, basePathBytes })));
cases.forEach(({ base, template }, i) => {
    const what = `${JSON.stringify(template)} below ${JSON.stringify(base)}, sent as ${targets[i].target}`;
    same(`faults of ${what}`, targets[i].faults, []);
    same(`warnings of ${what}`, targets[i].warnings, []);
    // This is what a framework does with the request line that it received.
    const request = jwt.fromMethodAndUrl('post', targets[i].target);
    const baseUrl = 'https://addon.example' + base.replace(/\/+$/, '');
    const canonical = jwt.createCanonicalRequest(request, false, baseUrl);
    same(`canonical request of ${what}`, hashes[i].canonical, canonical);
    same(`qsh of ${what}`, hashes[i].qsh, jwt.createQueryStringHash(request, false, baseUrl));
    same(`SHA-256 of ${what}`, hashes[i].qsh, createHash('sha256').update(canonical).digest('hex'));
});

// 2. Our tokens, read and verified by them.
const [rsa, otherRsa] = ask([{ do: 'keys' }, { do: 'keys' }]);
const claims = {
    iss: 'client-key', iat: now - 50, qsh: hashes[0].qsh, sub: 'user "é" 😀', aud: 'https://addon.example/app',
    context: { user: { userKey: 'k', username: 'é', displayName: '"x"' } },
};
const [ours256, oursRsa, bare] = ask([
    { do: 'sign', alg: 'HS256', key: secret, claims },
    { do: 'sign', alg: 'RS256', key: rsa.private, kid: 'kid-1', claims },
    { do: 'sign', alg: 'HS256', key: secret, claims: { iss: 'c', iat: now, qsh: 'q' } },
]);
const wanted = { iss: claims.iss, iat: claims.iat, exp: claims.iat + 180, qsh: claims.qsh, sub: claims.sub, aud: [claims.aud], context: claims.context };
same('claims of our HS256 token', jwt.decodeSymmetric(ours256.token, secret, 'HS256'), wanted);
same('claims of our RS256 token', jwt.decodeAsymmetric(oursRsa.token, rsa.public, 'RS256'), wanted);
same('kid of our RS256 token', jwt.getKeyId(oursRsa.token), 'kid-1');
same('alg of our HS256 token', jwt.getAlgorithm(ours256.token), 'HS256');
same('claims of a bare token', jwt.decodeSymmetric(bare.token, secret, 'HS256'), { iss: 'c', iat: now, exp: now + 180, qsh: 'q', context: {} });
const refused = (what, attempt) => {
    let error = '';
    try { attempt(); } catch (thrown) { error = thrown.message; }
    same(what, error !== '', true);
};
refused('they refuse our token under another secret', () => jwt.decodeSymmetric(ours256.token, secret + 'x', 'HS256'));
refused('they refuse our token under another key', () => jwt.decodeAsymmetric(oursRsa.token, otherRsa.public, 'RS256'));

// 3. Their tokens, read and verified by us, each bound to one of the requests above.
const theirs = cases.map(({ base }, i) => {
    const request = jwt.fromMethodAndUrl('GET', targets[i].target);
    const baseUrl = 'https://addon.example' + base.replace(/\/+$/, '');
    const payload = { iss: 'addon', iat: now, exp: now + 180, qsh: jwt.createQueryStringHash(request, false, baseUrl) };
    return { do: 'check', alg: 'HS256', key: secret, token: jwt.encodeSymmetric(payload, secret), now, method: 'GET', ...targets[i] };
});
ask(theirs).forEach((answer, i) => same(`our check of their token for ${targets[i].target}`, answer, { faults: [] }));

const one = theirs[cases.findIndex(({ template }) => template === '/hook?a=1')];
const asymmetric = jwt.encodeAsymmetric({ iss: 'addon', iat: now, exp: now + 180, qsh: jwt.createQueryStringHash(jwt.fromMethodAndUrl('GET', '/hook?a=1'), false, '') },
    rsa.private, 'RS256', { kid: 'k' });
const hs512 = jwt.encodeSymmetric({ iss: 'addon', iat: now, exp: now + 180, qsh: 'x' }, secret, 'HS512');
const judged = ask([
    { ...one, alg: 'RS256', key: rsa.public, token: asymmetric },
    { ...one, alg: 'RS256', key: otherRsa.public, token: asymmetric },
    { ...one, key: secret + 'x' }, { ...one, now: now + 180 }, { ...one, now: now - 61 }, { ...one, method: 'POST' }, { ...one, token: hs512, method: 'GET' },
]);
same('our check of their RS256 token', judged[0], { faults: [] });
for (const [i, start] of [[1, 'the signature was not'], [2, 'the signature was not'], [3, 'expired 0 s ago'], [4, 'not yet valid'], [5, 'qsh is '], [6, 'alg is `HS512`']]) {
    same(`first fault of case ${i}`, judged[i].faults[0]?.startsWith(start), true);
}

// 4. Templates that must not be installed, and the one difference between frameworks.
const bad = ask([['/?=1', 'empty_query_name'], ['/?a=%FF', 'not_utf8'], ['https://x.example/', 'absolute_url'], ['/a/../b', 'dot_segment']]
    .map(([template]) => ({ do: 'target', base: '', template, values })));
same('faults of bad templates', bad.map((answer) => answer.faults), [['empty_query_name'], ['not_utf8'], ['absolute_url'], ['dot_segment']]);
const [ambiguous] = ask([{ do: 'target', base: '', template: '/?a.=1&a%3A=2', values }]);
same('warnings of a name that needs encoding', ambiguous.warnings, ['ambiguous_query_name']);

for (const failure of failures.slice(0, 20)) console.error(`not the same: ${failure}`);
console.log(`${checks - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
