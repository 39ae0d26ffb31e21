import { expect, test } from 'vitest';

import { curlCommand } from './curl';

test('quotes can not end the quoting', () => {
    const command = curlCommand({
        method: 'POST', url: "https://a.example/it's?x=1&y=$(id)", headers: [{ name: 'X-A', value: "'; rm -rf /'" }, { name: 'Content-Length', value: '5' }], body: "{'a'}",
    });
    expect(command).toBe("curl -i -X POST 'https://a.example/it'\\''s?x=1&y=$(id)' \\\n  -H 'X-A: '\\''; rm -rf /'\\''' \\\n  --data-binary '{'\\''a'\\''}'");
});

test('bytes that are no text are piped', () => {
    const command = curlCommand({ method: 'POST', url: 'https://a.example/', headers: [], body: '//4=', encoding: 'base64' });
    expect(command).toBe("printf %s '//4=' | base64 -d | curl -i -X POST 'https://a.example/' \\\n  --data-binary @-");
});
